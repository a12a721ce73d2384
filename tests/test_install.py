"""Setting up: pip's progress is shown, one line says what is missing, and the same command continues."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import venv
import zipfile
from pathlib import Path

import pytest

from tests.conftest import PROJECT
from torchdojo.cli.install import OTHER_PYTHONS, main

ENGINE = PROJECT / "torchdojo"
LAST = "To continue once that is fixed, repeat the same command."
FAKE_PIP = """\
import sys
from pathlib import Path

if "--version" not in sys.argv:
    here = Path(__file__).parent
    print(f"terminal: {sys.stdout.isatty()}", flush=True)
    sys.stdout.write((here / "out").read_text())
    sys.stderr.write((here / "err").read_text())
    for name in (here / "scripts").read_text().split():
        (Path(sys.executable).parent / name).write_text("#!/bin/sh\\necho dojo was called: $@\\n")
        (Path(sys.executable).parent / name).chmod(0o755)
    sys.exit(bool((here / "err").read_text()))
"""


@pytest.fixture
def no_registry(monkeypatch: pytest.MonkeyPatch) -> None:
    """No package registry can be reached, and pip does not try for long."""
    for name in [name for name in os.environ if name.startswith(("PIP_", "MAKE"))]:
        monkeypatch.delenv(name)
    settings = {"INDEX_URL": "http://127.0.0.1:9/simple", "CONFIG_FILE": os.devnull, "RETRIES": "1"}
    for name, value in {**settings, "DISABLE_PIP_VERSION_CHECK": "1"}.items():
        monkeypatch.setenv(f"PIP_{name}", value)


def fake_pip(folder: Path, out: str = "", err: str = "", scripts: str = "") -> Path:
    """Make an environment whose pip only says what it is told to."""
    venv.create(folder, with_pip=False, symlinks=True)
    place = next((folder / "lib").glob("python*/site-packages")) / "pip"
    shutil.rmtree(place, ignore_errors=True)
    place.mkdir()
    for name, text in {"__init__.py": "", "__main__.py": FAKE_PIP, "out": out, "err": err, "scripts": scripts}.items():
        (place / name).write_text(text)
    return folder


def wheel(path: Path, name: str, metadata: str = "", files: tuple[str, ...] = ("__init__.py",)) -> Path:
    """Write a wheel of a package: with the engine's own text, or empty files."""
    path.parent.mkdir(parents=True, exist_ok=True)
    info = f"{name}-0.1.0.dist-info"
    with zipfile.ZipFile(path, "w") as archive:
        for file in files:
            source = ENGINE / file
            archive.writestr(f"{name}/{file}", source.read_text() if name == "torchdojo" else "")
        archive.writestr(f"{info}/METADATA", f"Metadata-Version: 2.1\nName: {name}\nVersion: 0.1.0\n{metadata}")
        archive.writestr(f"{info}/WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n")
        archive.writestr(f"{info}/RECORD", "")
    return path


@pytest.mark.usefixtures("no_registry")
def test_without_a_registry_one_line_says_so_and_the_same_command_continues(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    local = wheel(tmp_path / "local-0.1.0-py3-none-any.whl", "local", "Requires-Dist: other\n")
    other = wheel(tmp_path / "wheels/other-0.1.0-py3-none-any.whl", "other")
    command = [str(tmp_path / "env"), str(local)]
    assert main(command) == 2
    said = f"The installation failed: no package registry can be reached. {LAST}\n"
    assert capfd.readouterr() == ("", said)

    os.environ["PIP_FIND_LINKS"] = str(other.parent)  # undone with what no_registry has set
    try:
        shutil.rmtree(next((tmp_path / "env/lib").glob("python*/site-packages/pip")))  # as if it had been half made
        assert main(command) == 0
    finally:
        del os.environ["PIP_FIND_LINKS"]
    assert capfd.readouterr() == (" installing what was downloaded\n", "")
    subprocess.run([tmp_path / "env/bin/python", "-c", "import local, other"], check=True)


@pytest.mark.parametrize(
    ("said", "words"),
    [
        ("ERROR: Could not install packages due to an OSError: [Errno 28] No space left on device", "the disk is full"),
        (
            "WARNING: Retrying (Retry(total=4)) after connection broken by 'NewConnectionError(...: [Errno -3] Temporary "
            "failure in name resolution')': /simple/torch/\nERROR: No matching distribution found for torch==2.13.0",
            "no package registry can be reached",
        ),
        (
            "ERROR: Could not find a version that satisfies the requirement torch\n"
            "ERROR: No matching distribution found for torch==2.13.0\n",
            "the package registry has no torch==2.13.0 for this Python and this system, or cannot be reached",
        ),
        (
            "ERROR: Package 'torchdojo' requires a different Python: 3.15.0 not in '<3.15,>=3.11'\n",
            "Python 3.15.0 is not supported; <3.15,>=3.11 is needed, " + OTHER_PYTHONS,
        ),
        ("ERROR: Cannot uninstall it.\nhint: See above.\n", "pip failed: hint: See above."),
    ],
)
def test_what_pip_says_at_length_is_said_in_one_line(
    said: str, words: str, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    assert main([str(fake_pip(tmp_path / "env", err=said)), "torch"]) == 2
    assert capfd.readouterr().err == f"The installation failed: {words}. {LAST}\n"


OUT = """\
Collecting torch==2.13.0
  Downloading torch-2.13.0-cp311-none-linux_x86_64.whl.metadata (29 kB)
Requirement already satisfied: click in ./lib (8.1)
Downloading https://host.example/torch-2.13.0-cp311-none-linux_x86_64.whl (915.6 MB)
Installing collected packages: torch, sympy
Successfully installed torch-2.13.0
"""


def test_off_a_terminal_each_large_download_is_a_line(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    assert main([str(fake_pip(tmp_path / "env", OUT)), "torch"]) == 0
    lines = [" downloading torch-2.13.0-cp311-none-linux_x86_64.whl (915.6 MB)", " installing what was downloaded"]
    assert capfd.readouterr() == ("\n".join(lines) + "\n", "")


@pytest.mark.skipif(sys.platform == "win32", reason="needs a pseudo-terminal")
def test_on_a_terminal_pip_shows_its_own_progress(tmp_path: Path) -> None:
    import pexpect

    command = ["-m", "torchdojo.cli.install", str(fake_pip(tmp_path / "env", OUT)), "torch"]
    shown, code = pexpect.run(
        f"{sys.executable} {' '.join(command)}", withexitstatus=True, cwd=str(PROJECT), encoding="utf-8", timeout=60
    )
    assert code == 0
    assert "terminal: True" in shown
    assert "Collecting torch==2.13.0" in shown


def project(folder: Path) -> Path:
    """Copy what the Makefile needs to set up."""
    for name in ("Makefile", "pyproject.toml", "constraints.txt", "README.md"):
        shutil.copy(PROJECT / name, folder)
    for name in ("__init__.py", "cli/__init__.py", "cli/install.py"):
        (folder / "torchdojo" / name).parent.mkdir(exist_ok=True, parents=True)
        shutil.copy(ENGINE / name, folder / "torchdojo" / name)
    return folder


def release(folder: Path) -> Path:
    """Lay out what a release's Makefile needs to set up."""
    shutil.copy(ENGINE / "authoring/release_makefile.txt", folder / "Makefile")
    shutil.copy(PROJECT / "constraints.txt", folder)
    files = ("__init__.py", "cli/__init__.py", "cli/install.py")
    wheel(folder / "wheels/torchdojo-0.1.0-py3-none-any.whl", "torchdojo", "Requires-Dist: torch\n", files)
    return folder


def make(folder: Path, *targets: str) -> subprocess.CompletedProcess[str]:
    command = ["make", "--no-print-directory", f"PYTHON={sys.executable}", *targets]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=120, check=False)


@pytest.mark.usefixtures("no_registry")
@pytest.mark.parametrize("lay_out", [project, release])
def test_make_check_ends_in_one_line_and_continues(lay_out, tmp_path: Path) -> None:
    folder = lay_out(tmp_path)
    done = make(folder, "check")
    assert done.returncode == 2
    said = [line for line in (done.stdout + done.stderr).splitlines() if not line.startswith("make")]
    assert [line.split(" with ")[0] for line in said[:1]] == ["setting up .venv"]
    assert said[-1] == f"The installation failed: no package registry can be reached. {LAST}"
    assert len(said) <= 3

    fake_pip(folder / ".venv", scripts="dojo")
    done = make(folder, "check")
    assert done.stdout.splitlines()[-1] == "dojo was called: check"
    assert make(folder, "check").stdout == "dojo was called: check\n"  # nothing is installed again


def test_every_target_installs_what_it_needs_once(tmp_path: Path) -> None:
    """Also what only some targets need, such as the pages' own packages."""
    folder = project(tmp_path)
    fake_pip(folder / ".venv", scripts="dojo")
    first = make(folder, "site")
    assert "installing what site needs (once)" in first.stdout
    assert make(folder, "site").stdout == "dojo was called: site --out dist/site\n"
    assert "installing" not in make(folder, "check").stdout


def test_without_a_python_that_works_make_says_how_to_get_one(tmp_path: Path) -> None:
    for makefile in (PROJECT / "Makefile", PROJECT / "torchdojo/authoring/release_makefile.txt"):
        command = ["make", "--no-print-directory", "-f", str(makefile), "PYTHON=", f"VENV={tmp_path}/venv"]
        done = subprocess.run([*command, "setup"], cwd=PROJECT, capture_output=True, text=True, check=False)
        assert done.returncode == 2
        first, *ways = done.stdout.splitlines()
        assert first.startswith("Python 3.11, 3.12, 3.13 or 3.14 is needed, and none was found.")
        assert [way.split()[0] for way in ways] == ["uv", "python.org", "conda"]
        assert 'make PYTHON="$(uv python find 3.13)"' in ways[0]


def test_every_place_that_looks_for_python_admits_the_versions_of_the_package() -> None:
    required = re.search(r'requires-python = ">=3\.(\d+),<3\.(\d+)"', (PROJECT / "pyproject.toml").read_text())
    assert required
    versions = [f"python3.{minor}" for minor in range(int(required[1]), int(required[2]))]
    for name in ("Makefile", "torchdojo/authoring/release_makefile.txt", "torchdojo/report/lms/autograder.py"):
        text = (PROJECT / name).read_text()
        assert " ".join(versions) in text, name
        assert f"<= (3, {int(required[2]) - 1}))" in text, name


@pytest.mark.parametrize("makefile", [PROJECT / "Makefile", ENGINE / "authoring/release_makefile.txt"])
def test_make_help_lists_every_target_with_a_line(makefile: Path) -> None:
    text = makefile.read_text(encoding="utf-8")
    targets = re.findall(r"^([a-z][\w-]*):", text, re.MULTILINE)
    assert len(targets) > 7
    assert re.findall(r"^\.PHONY: (.+)\n\1:", text, re.MULTILINE) == targets
    done = subprocess.run(["make", "-f", makefile, "help"], capture_output=True, text=True, check=True)
    assert re.findall(r"^  make ([\w-]+) +[A-Z].{8,}$", done.stdout, re.MULTILINE) == targets


def test_make_test_without_a_browser_asks_for_none() -> None:
    def commands(*arguments: str) -> str:
        command = ["make", "--dry-run", *arguments]
        plain = {
            name: value for name, value in os.environ.items() if not name.startswith(("MAKE", "MFLAGS", "BROWSER"))
        }
        return subprocess.run(command, cwd=PROJECT, env=plain, capture_output=True, text=True, check=True).stdout

    assert "install_chromium" in commands("test")
    assert "--without-browser" not in commands("test")
    assert "install_chromium" not in commands("test", "BROWSER=0")
    assert "pytest --without-browser" in commands("test", "BROWSER=0")
