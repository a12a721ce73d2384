"""A submission is loaded statement by statement: what fails costs only what depends on it."""

from __future__ import annotations

import pytest

from tests.conftest import Tiny
from torchdojo.grading.result import CheckResult, Result


def base(tiny: Tiny) -> str:
    """Return the reference with exercises that do not need each other."""
    return tiny.reference.replace("double(x) / 2", "x")


def with_top(tiny: Tiny, *lines: str) -> str:
    """Return the reference with statements after its imports."""
    return base(tiny).replace("import torch\n", "import torch\n" + "\n".join(lines) + "\n", 1)


def line_of(source: str, text: str) -> int:
    return source.splitlines().index(text) + 1


def failing(result: Result, exercise: str) -> CheckResult:
    return next(c for c in result.checks if c.exercise.name == exercise and not c.status.is_done)


def statuses(result: Result, exercise: str) -> set[str]:
    return {c.status for c in result.checks if c.exercise.name == exercise}


def score(result: Result, exercise: str) -> float:
    return sum(c.earned for c in result.checks if c.exercise.name == exercise)


@pytest.mark.parametrize(
    ("statement", "error"),
    [
        ("import wandb_is_not_here", "ModuleNotFoundError: No module named 'wandb_is_not_here'"),
        ("from .helpers import mean", "ImportError: attempted relative import"),
        ("arguments = __import__('argparse').ArgumentParser().parse_args(['--no'])", "SystemExit: 2"),
        ("answer = input('epochs? ')", "EOFError"),
        ("assert torch.zeros(1).item() == 1, 'my own test'", "AssertionError: my own test"),
        ("print(double(torch.ones(2)))", "NameError: name 'double' is not defined"),
        ("exit()", "SystemExit"),
        ("raise KeyboardInterrupt", "KeyboardInterrupt"),
        ("return 3", "SyntaxError: 'return' outside function"),
        ("x = 1; y = x / 0; z = 3", "ZeroDivisionError: division by zero"),
    ],
)
def test_a_statement_that_raises_is_left_out_with_a_note(tiny: Tiny, statement: str, error: str) -> None:
    source = with_top(tiny, statement)
    result = tiny.grade(source)
    assert (result.status, result.score) == ("graded", 3.5)
    (note,) = result.notes
    assert note.startswith(f"line {line_of(source, statement)} could not be run and was left out: {error}")
    assert result.to_line("ada")["notes"] == [note]


def test_a_script_that_parses_its_arguments_finds_none(tiny: Tiny) -> None:
    source = with_top(
        tiny,
        "import argparse",
        "parser = argparse.ArgumentParser()",
        "parser.add_argument('--factor', default=2)",
        "arguments = parser.parse_args()",
    )
    result = tiny.grade(source.replace("2 * x", "arguments.factor * x"))
    assert (result.score, result.notes) == (3.5, [])


def test_a_clean_submission_has_no_notes(tiny: Tiny) -> None:
    assert tiny.grade(tiny.reference).notes == []


def test_only_what_depends_on_it_fails_and_the_message_says_why(tiny: Tiny) -> None:
    source = with_top(tiny, "from wandb_is_not_here import track").replace(
        "def double(x: Tensor) -> Tensor:", "def double(x: Tensor) -> Tensor:\n    track(x)"
    )
    result = tiny.grade(source)
    assert score(result, "Scale") == 1.5
    check = failing(result, "double")
    assert check.status == "error"
    assert "track is missing: line" in check.message
    assert "No module named 'wandb_is_not_here'" in check.message


def test_an_exercise_whose_definition_raises_is_an_error_with_its_line(tiny: Tiny) -> None:
    source = base(tiny).replace("def double", "@nothing_of_that_name\ndef double")
    result = tiny.grade(source)
    assert statuses(result, "double") == {"error"}
    assert "NameError: name 'nothing_of_that_name' is not defined" in failing(result, "double").message
    assert score(result, "Scale") == 1.5


def test_errors_in_a_definition_keep_their_lines_and_future_imports_hold(tiny: Tiny) -> None:
    source = "from __future__ import annotations\nimport nowhere_at_all\n" + tiny.with_double(
        "def inner(x: NotThere) -> AlsoNot:\n    return 2 * x @ 'oops'\nreturn inner(x)"
    )
    check = failing(tiny.grade(source), "double")
    assert check.finding.text == "return 2 * x @ 'oops'"
    assert check.finding.line == line_of(source, "        return 2 * x @ 'oops'")


@pytest.mark.parametrize(
    "demo",
    [
        "import time\ntime.sleep(4)",
        "while True:\n    pass",
        "import os\nos._exit(0)",
        "kept = []\nwhile True:\n    kept.append(torch.ones(10**7))",
        "for step in range(10**12):\n    loss = double(torch.ones(2)).sum()",
    ],
)
def test_a_demo_that_never_ends_is_left_out(tiny: Tiny, demo: str) -> None:
    result = tiny.grade(f"{tiny.reference}\n{demo}\n", seconds=1)
    assert (result.status, result.score) == ("graded", 3.5)
    assert any("left out" in note for note in result.notes)


def test_what_only_tries_things_out_costs_nothing_and_is_called_that(tiny: Tiny) -> None:
    main = 'if __name__ == "__main__":\n    raise SystemExit\n'
    result = tiny.grade(f'{tiny.reference}\nprint(double(torch.ones(2)))\nname = input("?")\n{main}')
    assert (result.status, result.score) == ("graded", 3.5)
    (note,) = result.notes
    assert note.endswith("It only tries things out, so that costs nothing")


def test_an_exercise_that_needs_what_never_ends_fails_alone(tiny: Tiny) -> None:
    endless = "def wait():\n    while True:\n        pass\n\nFACTOR = wait()\n"
    source = endless + base(tiny).replace("2 * x", "FACTOR * x")
    result = tiny.grade(source, seconds=1)
    assert failing(result, "double").status == "error"
    assert "FACTOR is missing: line 5 was left out" in failing(result, "double").message


def test_what_defines_no_exercise_any_more_is_rejected(tiny: Tiny) -> None:
    result = tiny.grade(tiny.reference.replace("torch", "torch_is_not_here"))
    assert (result.status, result.score) == ("rejected", 0)
    assert "ModuleNotFoundError" in result.message


def test_the_main_block_is_not_run(tiny: Tiny) -> None:
    assert tiny.grade(f'{tiny.reference}\nif __name__ == "__main__":\n    exit(1)\n').notes == []


# ------------------------------------------------------------------ text that does not parse


@pytest.mark.parametrize(
    "broken",
    [
        "def double(x)\n    return 2 * x",
        "def double(x):\n    return (2 * x",
        "def double(x):\n    return 2 * x\n      return x",
        "def double(x):\nreturn = 2 * x",
        'def double(x):\n    """Twice.\n    return 2 * x',
        "def double(x):\n    y = x\n<<<<<<< HEAD\n    return 2 * y\n=======\n    return y + y\n>>>>>>> mine",
        "def double(x):\n    y = x\nhere I am stuck\n    return 2 * y",
    ],
)
def test_a_broken_block_costs_its_own_exercise_only(tiny: Tiny, broken: str) -> None:
    text = base(tiny)
    source = text[: text.index("def double")] + broken + "\n\n\n" + text[text.index("# %%\nclass") :]
    result = tiny.grade(source)
    assert result.status == "graded"
    assert statuses(result, "double") == {"error"}
    assert score(result, "double") == 0
    assert score(result, "Scale") == 1.5
    assert "not parse and" in failing(result, "double").message
    assert any("not parse and" in note for note in result.notes)


# ------------------------------------------------------------------ torch.compile


@pytest.mark.parametrize(
    ("decorator", "body"),
    [
        ("@torch.compile", ""),
        ("@torch.compile(mode='reduce-overhead', fullgraph=True)", ""),
        ("@torch.jit.script", ""),
        ("", "double = torch.compile(double, dynamic=True)"),
        ("", "class Net(nn.Module):\n    def forward(self, x):\n        return x\n\n\nnet = Net()\nnet.compile()"),
    ],
)
def test_nothing_is_compiled_and_a_note_says_so(tiny: Tiny, decorator: str, body: str) -> None:
    source = tiny.reference.replace("def double", f"{decorator}\ndef double") + f"\n{body}\n"
    result = tiny.grade(source)
    assert result.score == 3.5
    assert result.notes == ["torch.compile is left out in grading: the code runs as it is written"]


def test_notes_hold_no_control_characters_and_are_short(tiny: Tiny) -> None:
    (note,) = tiny.grade(f"{tiny.reference}\nraise ValueError('\\x1b[31m\\n\\u202e' + 'x' * 10_000)\n").notes
    assert note.isprintable()
    assert len(note) < 500
