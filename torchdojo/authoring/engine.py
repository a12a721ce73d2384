"""Build the engine's wheel, offline."""

from __future__ import annotations

import base64
import hashlib
import os
import shutil
import subprocess
import sys
import tempfile
import zipfile
from pathlib import Path

import torchdojo
from torchdojo.course import CourseError

SOURCES = ("pyproject.toml", "README.md", "LICENSE")
ZIP_EPOCH = "315532800"  # 1980, the earliest time that a zip file can hold, so that equal engines give equal files
# The solutions and hidden checks that `dojo new` writes: a course may have kept some.
LEFT_OUT = ("__pycache__", "templates")
# What an installer adds to a wheel's own metadata.
INSTALLERS_FILES = ("INSTALLER", "RECORD", "REQUESTED", "direct_url.json")


def build_wheel(folder: Path) -> Path:
    """Build the wheel of the running engine into a folder; return its path. CourseError if that fails.

    It is built from the sources, or packed again from an installed wheel. It is for learners: `dojo new` is left out.
    """
    package = Path(torchdojo.__file__).parent
    if (package.parent / "pyproject.toml").is_file():
        return _build_from_sources(package, folder)
    return _pack_installed(package, folder)


def _build_from_sources(package: Path, folder: Path) -> Path:
    """Build from a copy, so that no build files are left beside the sources, and with the installed packages only."""
    project = package.parent
    with tempfile.TemporaryDirectory() as temporary:
        copy = Path(temporary) / "torchdojo"
        shutil.copytree(package, copy / "torchdojo", ignore=shutil.ignore_patterns(*LEFT_OUT))
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


def _pack_installed(package: Path, folder: Path) -> Path:
    """Pack the files that a wheel was installed as. CourseError if the engine was not installed from one."""
    site = package.parent
    infos = list(site.glob(f"{package.name}-*.dist-info"))
    if len(infos) != 1 or not (infos[0] / "WHEEL").is_file():
        raise CourseError(site, "no wheel can be made of this engine: install torchdojo with pip, or use --no-wheel")
    info = infos[0]
    files = [path for path in package.rglob("*") if path.is_file()]
    files = [path for path in files if not set(LEFT_OUT) & set(path.relative_to(site).parts)]
    files += [path for path in info.rglob("*") if path.is_file() and path.name not in INSTALLERS_FILES]
    contents = {path.relative_to(site).as_posix(): path.read_bytes() for path in sorted(files)}
    rows = [f"{name},{_record_digest(content)},{len(content)}\n" for name, content in contents.items()]
    contents[f"{info.name}/RECORD"] = "".join([*rows, f"{info.name}/RECORD,,\n"]).encode("utf-8")
    folder.mkdir(parents=True, exist_ok=True)
    wheel = folder / f"{info.stem}-py3-none-any.whl"
    with zipfile.ZipFile(wheel, "w") as archive:
        for name, content in contents.items():
            archive.writestr(zipfile.ZipInfo(name), content, zipfile.ZIP_DEFLATED)  # dated 1980, as the built one
    return wheel


def _record_digest(content: bytes) -> str:
    """Return a file's digest as a wheel's RECORD has it."""
    return f"sha256={base64.urlsafe_b64encode(hashlib.sha256(content).digest()).rstrip(b'=').decode()}"
