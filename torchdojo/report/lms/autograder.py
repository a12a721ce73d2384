"""A Gradescope autograder: a zip with setup.sh and run_autograder that grades with this engine and this course.

The format: https://gradescope-autograders.readthedocs.io/en/latest/specs/. Gradescope unpacks the zip to
/autograder/source, runs setup.sh once when it builds the image, and run_autograder for each submission, which it puts
into /autograder/submission; results are read from /autograder/results/results.json.
"""

from __future__ import annotations

import zipfile
from pathlib import Path

import torchdojo
from torchdojo.course import Chapter, Course
from torchdojo.files import replacing
from torchdojo.report.lms.gradebook import ExportError

SETUP = """\
#!/usr/bin/env bash
# Gradescope runs this once, when it builds the autograder's image.
set -euo pipefail
root="${AUTOGRADER:-/autograder}"
python=""
for name in python3.11 python3.12 python3.13 python3.14 python3; do
    if "$name" -c 'import sys, venv; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 14))' 2>/dev/null; then
        python="$name"
        break
    fi
done
apt-get update
if [ -z "$python" ]; then
    apt-get install -y --no-install-recommends python3.11 python3.11-venv
    python=python3.11
else
    apt-get install -y --no-install-recommends "$(basename "$python")-venv" || true
fi
apt-get install -y --no-install-recommends bubblewrap
"$python" -m venv "$root/venv"
"$root/venv/bin/pip" install --quiet --extra-index-url https://download.pytorch.org/whl/cpu \\
    --constraint "$root/source/constraints.txt" "$root/source[grade]"
"$root/venv/bin/dojo" --version
"""
RUN = """\
#!/usr/bin/env bash
# Gradescope runs this for each submission. If it fails, results.json is not written, and no points are lost.
set -euo pipefail
root="${{AUTOGRADER:-/autograder}}"
work="$(mktemp -d)"
trap 'rm -rf "$work"' EXIT
mkdir -p "$work/in" "$root/results"
cp -R -P "$root/submission" "$work/in/student"
"$root/venv/bin/dojo" --course "$root/source" grade "$work/in" --out "$work/out" --layout folders \\
    --jobs 1 --sandbox {sandbox}
"$root/venv/bin/dojo" --course "$root/source" export gradescope "$work/out" --student student {chapters} \\
    --out "$root/results/results.json"
"""
EXCLUDED_NAMES = {"__pycache__", ".torchdojo"}


def write_autograder(course: Course, chapters: list[Chapter], path: Path, sandbox: str = "bubblewrap") -> None:
    """Write the zip; the same course gives the same bytes.

    sandbox: "bubblewrap", which refuses to grade where the platform's containers forbid it, or "none", which relies on
    the container alone, so that a submission could read the reference
    ExportError if the course has no references, WriteError if the file cannot be written.
    """
    if not all(course.reference_file(chapter).is_file() for chapter in course.chapters):
        raise ExportError("an autograder needs the course with its references and graders, but this is a release")
    files: dict[str, bytes] = {
        "setup.sh": SETUP.encode(),
        "run_autograder": RUN.format(
            sandbox=sandbox, chapters=" ".join(f"--chapter {chapter.name}" for chapter in chapters)
        ).encode(),
        "course.toml": (course.root / "course.toml").read_bytes(),
    }
    for folder in ("reference", "exercises", "graders"):
        files |= _tree(course.root / folder, folder)
    engine = Path(torchdojo.__file__).parent
    files |= _tree(engine, "torchdojo")
    for name, text in _packaging(engine.parent).items():
        files[name] = text
    with replacing(path) as file, zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for name in sorted(files):
            info = zipfile.ZipInfo(name, (2000, 1, 1, 0, 0, 0))
            info.compress_type = zipfile.ZIP_DEFLATED
            info.create_system = 3
            info.external_attr = (0o100755 if name in ("setup.sh", "run_autograder") else 0o100644) << 16
            archive.writestr(info, files[name])


def _tree(folder: Path, name: str) -> dict[str, bytes]:
    files = {}
    for path in sorted(folder.rglob("*")):
        below = path.relative_to(folder)
        if path.is_file() and not path.is_symlink() and not EXCLUDED_NAMES & set(below.parts):
            files[f"{name}/{below.as_posix()}"] = path.read_bytes()
    return files


def _packaging(project: Path) -> dict[str, bytes]:
    """Return the files that pip needs besides the engine; ExportError if the project folder is missing."""
    files = {}
    for name in ("pyproject.toml", "constraints.txt", "README.md", "LICENSE"):
        if not (project / name).is_file():
            raise ExportError(f"an autograder can only be made from the project folder, and {project} has no {name}")
        files[name] = (project / name).read_bytes()
    return files
