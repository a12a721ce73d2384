"""Build the engine's wheel, offline."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import torchdojo
from torchdojo.course import CourseError

SOURCES = ("pyproject.toml", "README.md", "LICENSE")
ZIP_EPOCH = "315532800"  # 1980, the earliest time that a zip file can hold, so that equal engines give equal files


def build_wheel(folder: Path) -> Path:
    """Build the wheel of the running engine into a folder; return its path. CourseError if that fails.

    It is built from a copy, so that no build files are left beside the sources, and with the installed packages only.
    """
    package = Path(torchdojo.__file__).parent
    project = package.parent
    if not (project / "pyproject.toml").is_file():
        raise CourseError(project, "the engine's sources are needed for its wheel: run dojo from a clone of torchdojo")
    with tempfile.TemporaryDirectory() as temporary:
        copy = Path(temporary) / "torchdojo"
        shutil.copytree(package, copy / "torchdojo", ignore=shutil.ignore_patterns("__pycache__"))
        for name in SOURCES:
            if (project / name).is_file():
                shutil.copyfile(project / name, copy / name)
        command = [sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "--no-build-isolation", "--no-index"]
        command += ["--disable-pip-version-check", "--wheel-dir", str(folder), str(copy)]
        environment = {**os.environ, "SOURCE_DATE_EPOCH": ZIP_EPOCH}
        done = subprocess.run(command, capture_output=True, text=True, check=False, env=environment)
    wheels = list(folder.glob("*.whl"))
    if done.returncode or len(wheels) != 1:
        raise CourseError(project, f"the engine's wheel could not be built: {done.stderr.strip()[-500:]}")
    return wheels[0]
