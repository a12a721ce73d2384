"""What a submission prints: kept for the learner whose check fails, and for nobody else."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from tests.conftest import PROJECT, SECRET, TESTS, Tiny
from tests.test_check_command import check
from torchdojo.batch.results import StoredResult
from torchdojo.course import Course, load_course
from torchdojo.grading import marks
from torchdojo.grading.grader import Grader, Settings
from torchdojo.grading.words import withhold_words
from torchdojo.nbgrader.feedback import exercise_html, exercise_text
from torchdojo.report.feedback import build_feedback
from torchdojo.report.render import feedback_html, feedback_markdown
from torchdojo.sandbox.backend import NONE
from torchdojo.sandbox.worker import Worker
from torchdojo.wire import WireLimits
from torchdojo.worker.inline import InlineServer
from torchdojo.worker.modules import load_file
from torchdojo.worker.protocol import Call, Limits, Request, Run, decode_reply

SAYS = 'print("shape:", tuple(x.shape))'


def printed(tiny: Tiny, body: str, exercise: str = "double") -> dict[str, str]:
    """Return what each check keeps of what `double` with this body prints."""
    result = tiny.grade(tiny.with_double(body), [exercise])
    return {check.check: check.finding.printed for check in result.checks}


def test_every_check_keeps_what_was_printed_while_it_asked(tiny: Tiny) -> None:
    kept = printed(tiny, f"{SAYS}\nreturn 3 * x")
    assert kept == {
        "values": "shape: (2, 3)\nshape: (2, 3)",  # it calls twice
        "float32": "shape: (2, 3)\nshape: (2, 3)",
        "refuses_nothing": "shape: (0,)",
    }


def test_what_is_printed_before_an_exception_and_to_standard_error_is_kept(tiny: Tiny) -> None:
    body = 'import sys, pprint\npprint.pprint({"a": 1})\nsys.stderr.write("here\\n")\nraise KeyError("b")'
    assert printed(tiny, body)["values"] == "{'a': 1}\nhere"


def test_a_flood_leaves_its_last_lines(tiny: Tiny) -> None:
    kept = printed(tiny, 'for i in range(30_000):\n    print(i, "y" * 500)\nprint("\\x1b[2Jend\\u202e")\nreturn x')
    lines = kept["values"].split("\n")
    assert lines[-1] == "�[2Jend�"
    assert lines[-2].startswith("29999 yyy")
    assert len(lines) <= 20
    assert max(map(len, lines)) <= 200


def test_a_progress_bar_leaves_its_last_state(tiny: Tiny) -> None:
    body = 'for i in range(5):\n    print(f"\\r{i} of 5", end="")\nprint()\nreturn x'
    assert printed(tiny, body)["values"] == "4 of 5\n4 of 5"


def test_standard_output_is_a_real_stream(tiny: Tiny) -> None:
    body = 'import sys\nsys.stdout.buffer.write(b"bytes ")\nprint(sys.stdout.fileno(), sys.stdout.isatty())\nreturn x'
    assert printed(tiny, body)["values"].split("\n")[-1] == "bytes 1 False"
    assert printed(tiny, "import sys\nprint(1)\nsys.stdout.close()\nreturn x")["refuses_nothing"] == "1"


def test_prints_and_warnings_of_others_are_not_kept(tiny: Tiny) -> None:
    """Loading the file, and what torch says about itself, is not what a check's question made the learner's code say."""
    loud = (
        tiny.with_double("import warnings\nwarnings.warn('mine')\nreturn torch.tensor(2.0) * x") + "\nprint('load')\n"
    )
    result = tiny.grade(loud, ["double"])
    kept = result.checks[0].finding.printed
    assert "UserWarning: mine" in kept
    body = "import warnings\nwarnings.warn('of torch (Triggered internally at /a/b.cpp:8.)')\nreturn x"
    assert "UserWarning: of torch\n" in printed(tiny, body)["values"]
    assert "load" not in kept
    body = "import warnings\nwarnings.warn_explicit('other', UserWarning, 'torch/nn/functional.py', 1)\nreturn x"
    assert printed(tiny, body)["values"] == ""


def test_nothing_is_kept_of_what_is_printed_with_the_references_version_of_another_exercise(tiny: Tiny) -> None:
    """Scale is asked again with the right `double`, whose answers it could print."""
    body = "return x"
    source = tiny.with_double(body).replace(
        "result = self", "print('twice', double(x).sum() / x.sum())\n        result = self"
    )
    result = tiny.grade(source, ["Scale"])
    kept = [check.finding.printed for check in result.checks]
    assert any(check.given for check in result.checks)
    assert kept[0].startswith("twice tensor(1")
    assert all("tensor(2" not in text for text in kept)


def test_the_inline_worker_keeps_them_too() -> None:
    """It answers in its own process, whose streams are its own again afterwards."""
    path = TESTS / "tiny/graders/ch1_tiny/probes.py"
    from torchdojo.probe import collect_probes

    probes = {str(path): collect_probes(load_file("probes_inline", path))}
    request = Request(
        "ch1_inline", b"def double(x):\n    print('hello')\n    return x\n", "ch1_inline.py", (Call("doubled", {}, 0),)
    )
    streams = sys.stdout, sys.stderr, sys.breakpointhook
    reply = decode_reply(InlineServer().serve(Run(request, str(path), Limits()), probes), WireLimits.total_bytes)
    assert reply.printed == "hello"
    assert (sys.stdout, sys.stderr, sys.breakpointhook) == streams


def write_double(root: Path, body: str) -> None:
    path = root / "exercises/ch1_tiny.py"
    path.write_text(path.read_text().replace("    ...\n", "".join(f"    {line}\n" for line in body.splitlines()), 1))


def test_the_screen_shows_the_prints_of_the_failing_check(tiny_root: Path) -> None:
    write_double(tiny_root, f"{SAYS}\nreturn x * x")
    for arguments in ((), ("double",)):
        assert "printed     shape: (2, 3)" in check(tiny_root, *arguments).output
    assert "shape:" not in check(tiny_root, "--json").stdout


def test_an_exercise_asked_for_shows_its_prints_when_it_passes_and_when_it_is_unfinished(tiny_root: Path) -> None:
    write_double(tiny_root, f"if x.numel() == 0:\n    raise ValueError\n{SAYS}\nreturn 2 * x")
    done = check(tiny_root, "double").output
    assert "✓ double" in done
    assert done.count("printed  ") == 1
    path = tiny_root / "exercises/ch1_tiny.py"
    path.write_text(path.read_text().replace("return 2 * x", "y = ..."))
    unfinished = check(tiny_root, "double").output
    assert "still to do" in unfinished
    assert "printed     shape: (2, 3)" in unfinished


@pytest.fixture(scope="module")
def course() -> Course:
    return load_course(PROJECT)


def pages(course: Course, source: bytes, exercise: str, *, withheld: bool) -> str:
    """Return all that a student could be shown of a graded submission."""
    chapter = course.chapters[0]
    declared = chapter.find(exercise)
    assert declared is not None
    with Worker(NONE, [course.graders_folder(chapter) / "probes.py"]) as worker:
        result = Grader(course, chapter, Settings(NONE, SECRET), worker).grade(source, [exercise])
    result = withhold_words(result, source) if withheld else result
    shown = build_feedback(course, chapter, StoredResult("ada", result))
    parts = [feedback_html(shown), feedback_markdown(shown), str(result.to_line("ada"))]
    parts += [exercise_html(declared, result.checks), exercise_text(declared, result.checks)]
    return "\n".join(parts)


def hide_all_checks(monkeypatch: pytest.MonkeyPatch) -> None:
    has_mark = marks.has_mark
    monkeypatch.setattr(marks, "has_mark", lambda item, name: name != "public" and has_mark(item, name))


@pytest.mark.parametrize("withheld", [True, False])
def test_students_never_see_what_a_hidden_check_made_them_print(
    course: Course, monkeypatch: pytest.MonkeyPatch, withheld: bool
) -> None:
    """Neither of two defences needs the other: what is kept of a hidden check, and what pages and cells show of one."""
    attack = (PROJECT / "graders/hostile/printed_inputs.py").read_bytes()
    hide_all_checks(monkeypatch)
    assert "inputs:" not in pages(course, attack, "sigmoid", withheld=withheld)


def test_students_see_what_the_first_failing_public_check_made_them_print(course: Course) -> None:
    source = b"def sigmoid(x):\n    print('<b>' + str(x.ndim))\n    return x\n"
    shown = pages(course, source, "sigmoid", withheld=True)
    assert "<dt>printed</dt>\n<dd>&lt;b&gt;" in shown
    assert shown.count("<dt>printed</dt>") == 1
