"""The first part of docs/authoring.md, done as it is written: each command, each file, each line of output."""

from __future__ import annotations

import os
import re
from pathlib import Path

from tests.jobs.conftest import BIN, Done, read_grades, run
from tests.jobs.documents import SHELL, Block, blocks

PAGE = "docs/authoring.md"
END = "# %%"  # the first line of the first block after that part
CHAPTER = "graders/ch1_basics"
# What the reader does with a block of Python: in which file it replaces what, "" for what is appended or written.
EDITS = {
    "return x.exp() / x.exp().sum()": ("exercises/ch1_basics.py", "    ...\n"),
    "x: any shape but ()": (
        "reference/ch1_basics.py",
        "    x: any shape but (), and any numbers, also so large that exp(x) overflows\n",
    ),
    '@probe("softmax(x), where': (f"{CHAPTER}/probes.py", ""),
    "@pytest.mark.rests_on": (f"{CHAPTER}/test_softmax.py", ""),
    '"""Mean subtracted': (f"{CHAPTER}/mistakes/softmax/mean_subtracted.py", ""),
    '"""Along the first dimension': (f"{CHAPTER}/accepted/softmax/with_a_transpose.py", ""),
    "import pytest": (f"{CHAPTER}/test_existing.py", ""),
}
# The commands, in this order.
COMMANDS = [
    "pip install 'torchdojo[grade]'",
    "dojo new course basics",
    "cd basics",
    "dojo check",
    "dojo check",
    "pytest graders/ch1_basics",
    "dojo stubs",
    "dojo new mistake ch1_basics/softmax/mean_subtracted",
    "dojo verify --mistakes-only --messages messages.md",
    "dojo verify",
    "pytest graders/ch1_basics --submission reference/ch1_basics.py",
    "dojo release --out ../release",
    "mkdir -p ../submissions/ada",
    "cp reference/ch1_basics.py ../submissions/ada/",
    "dojo grade ../submissions --out ../results",
]


def first_part() -> list[Block]:
    own = [block for block in blocks() if block.page == PAGE]
    end = next(index for index, block in enumerate(own) if block.text.startswith(END))
    return own[:end]


def edit(root: Path, text: str) -> None:
    """Do what the page says to do with a block of Python."""
    name, old = next(edit for start, edit in EDITS.items() if text.strip().startswith(start))
    path = root / name
    before = path.read_text(encoding="utf-8") if path.exists() else ""
    if old:
        assert before.count(old) == 1
        path.write_text(before.replace(old, text), encoding="utf-8")
    elif path.name in ("probes.py", "test_softmax.py"):
        before = before.replace("points(1.5)", "points(1)")
        path.write_text(f"{before}\n\n{text}", encoding="utf-8")
    else:
        path.write_text(text, encoding="utf-8")


def plain(text: str) -> str:
    return re.sub(r"[\s░]+", " ", text).strip()


def assert_shown(shown: str, done: Done) -> None:
    """The lines that a page shows are in a command's output, in their order; … stands for any others."""
    rest = plain(done.text)
    for part in filter(None, map(plain, re.split(r"^ *…$", shown, flags=re.MULTILINE))):
        assert part in rest, f"{part}\n\nis not in\n\n{done.text}"
        rest = rest.partition(part)[2]


def test_the_first_course_is_as_the_page_says(tmp_path: Path) -> None:
    place, commands, done = tmp_path, [], Done(0, "", "")
    path = {"PATH": f"{BIN}{os.pathsep}{os.environ['PATH']}"}
    for block in first_part():
        if block.language == "python":
            edit(place, block.text)
        elif block.language not in SHELL:
            assert_shown(block.text, done)
        else:
            for line in block.text.splitlines():
                commands.append(line)
                if line.startswith("cd "):
                    place /= line.removeprefix("cd ")
                elif not line.startswith("pip "):
                    done = run("bash", "-c", line, cwd=place, env=path)
                    failing = commands.count("dojo check") and line in ("dojo check", "pytest graders/ch1_basics")
                    assert done.code == (1 if failing else 0), done.text
    assert commands == COMMANDS
    assert [float(row["total"]) for row in read_grades(tmp_path / "results").values()] == [2.0]
    messages = (place / "messages.md").read_text(encoding="utf-8")
    assert "Mean subtracted instead of the largest number" in messages
    assert len(EDITS) == sum(block.language == "python" for block in first_part())
