"""Whatever an author writes wrongly ends in one line that names the file, and exit code 2; never in a traceback."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.conftest import PROJECT
from torchdojo.cli.main import run as run_dojo
from torchdojo.course import load_course, load_overlays
from torchdojo.verify.equivalent import load_equivalents
from torchdojo.verify.hostile import load_attacks

GRADERS = "graders/ch1_tiny"
SQUARED = f"{GRADERS}/mistakes/double/squared.py"
ADDED = f"{GRADERS}/accepted/double/added.py"
PROBES = f"{GRADERS}/probes.py"
CHECKS = f"{GRADERS}/test_double.py"
REFERENCE = "reference/ch1_tiny.py"
CALIBRATION = f"{GRADERS}/calibration.json"
EQUIVALENT = f"{GRADERS}/equivalent.json"
ATTACKS = "graders/hostile/attacks.toml"
FAILS = 'FAILS = ("values", "float32")'
WRITE_OUT = 'name the checks in one literal: FAILS = ("values", "float32")'
EXERCISE = "exercises/ch1_tiny.py"
ATTACK = (
    '[[attack]]\nid = "a"\ntries = "t"\nchapter = "ch1_tiny"\nexercise = "double"\nstatus = ["failed"]\ndefence = "d"\n'
)

Damage = Callable[[Path], object]


def put(text: str | bytes) -> Damage:
    """Another content, or another file."""

    def damage(path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(text if isinstance(text, bytes) else text.encode())

    return damage


def swap(old: str, new: str) -> Damage:
    def damage(path: Path) -> None:
        text = path.read_text(encoding="utf-8")
        assert old in text
        path.write_text(text.replace(old, new, 1), encoding="utf-8")

    return damage


def attacks(text: str | bytes) -> Damage:
    def damage(path: Path) -> None:
        put(text)(path)
        put("def double(x):\n    return x\n")(path.with_name("a.py"))

    return damage


def folder(path: Path) -> None:
    path.unlink(missing_ok=True)
    path.mkdir(parents=True)


def mark(text: str) -> Damage:
    """The last check of double, with other points or another mark beside them."""
    return swap("@pytest.mark.points(0.5)", text)


def beside(text: str) -> Damage:
    return mark(f"@pytest.mark.points(0.5)\n@pytest.mark.{text}")


def ends(root: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, *command: str) -> str:
    """Run dojo; return its one line on stderr, without the course's folder."""
    monkeypatch.setattr("sys.argv", ["dojo", "--course", str(root), *command])
    with pytest.raises(SystemExit) as left:
        run_dojo()
    said = capsys.readouterr()
    assert left.value.code == 2, said
    lines = said.err.splitlines()
    assert len(lines) == 1, lines
    prefix = f"dojo {command[0]}: {root}/"
    assert lines[0].startswith(prefix), lines
    return lines[0].removeprefix(prefix)


LAST = next(
    number
    for number, line in enumerate((PROJECT / "tests/tiny" / CHECKS).read_text(encoding="utf-8").splitlines(), start=1)
    if line == "@pytest.mark.points(0.5)"
)
POINTS = f":{LAST}: test_refuses_nothing: points takes a number of at least 0"
CHANCE = f":{LAST}: test_refuses_nothing: chance takes a probability of at most"
KEPT = f":{LAST}: test_refuses_nothing: kept takes the reason"
MARKED = ":6: test_values: its exercise mark names"
UNCALIBRATED = ": lacks the threshold of a probe"
# What was damaged, how, and what is said of it after the file's name.
BROKEN = [
    (SQUARED, swap(FAILS, "FAILS = NAMES"), f":6: FAILS: {WRITE_OUT}"),
    (SQUARED, swap(FAILS, "FAILS = 3"), f":6: FAILS: {WRITE_OUT}"),
    (SQUARED, swap(FAILS, "FAILS = None"), f":6: FAILS: {WRITE_OUT}"),
    (SQUARED, swap(FAILS, "FAILS = (1, 2)"), f":6: FAILS: {WRITE_OUT}"),
    (SQUARED, swap(FAILS, "FAILS = tuple('ab')"), f":6: FAILS: {WRITE_OUT}"),
    (SQUARED, swap(FAILS, 'FAILS = {"values": 1}'), f":6: FAILS: {WRITE_OUT}"),
    (SQUARED, swap(FAILS, 'FAILS = ("values",)\nFAILS += ("float32",)'), f":7: FAILS: {WRITE_OUT}"),
    (SQUARED, swap(FAILS, f"{FAILS}\n{FAILS}"), f":7: FAILS: {WRITE_OUT}"),
    (SQUARED, swap(FAILS, ""), ": FAILS: a mistake needs FAILS"),
    (SQUARED, swap("def double", "def duoble"), ": changes nothing: it does not define any name of the reference"),
    (SQUARED, put(FAILS), ":1: an overlay needs a docstring"),
    (SQUARED, put('"""x."""\ndef f(:\n'), ":2: does not parse: invalid syntax"),
    (SQUARED, put(b'"""\xe9."""\n'), ":1: is not UTF-8 text"),
    (SQUARED, put(""), ": is empty"),
    (SQUARED, folder, ": is not a regular file"),
    (ADDED, swap("def", f"{FAILS}\n\n\ndef"), ": FAILS: an accepted answer must not have FAILS"),
    (f"{GRADERS}/mistakes/double/notes.txt", put("x"), ": only .py files belong here, each a mistake"),
    (f"{GRADERS}/mistakes/duoble/x.py", put("x"), ": ch1_tiny has no exercise of this name; did you mean double?"),
    (f"{GRADERS}/accepted/halve/x.py", put("x"), ": ch1_tiny has no exercise of this name; if you removed it"),
    (REFERENCE, swap("    ### END SOLUTION\n", ""), ":26: ### BEGIN SOLUTION inside the solution"),
    (REFERENCE, swap("    ### BEGIN SOLUTION\n", ""), ":17: ### END SOLUTION without ### BEGIN SOLUTION"),
    (REFERENCE, swap("    return 2 * x", "    return (2 *"), " does not parse"),
    (
        REFERENCE,
        swap("result = self.weight", "result = (1)  # SOLUTION\n            # SOLUTION"),
        ": its stub does not parse",
    ),
    (PROBES, Path.unlink, ": the chapter's probes are missing"),
    (PROBES, folder, ": the chapter's probes are missing"),
    (PROBES, put("\n"), ": is empty"),
    (PROBES, put("def f(:\n"), ":1: cannot be loaded: SyntaxError"),
    (PROBES, put(b"# \xe9\n"), ":1: is not UTF-8 text"),
    (PROBES, swap("import torch\n", "import torch\n1 / 0\n"), ":2: cannot be loaded: ZeroDivisionError"),
    (PROBES, swap("import torch\n", "import torch\nimport nonesuch\n"), ":2: cannot be loaded: ModuleNotFoundError"),
    (PROBES, swap("import torch\n", "import torch\nraise SystemExit(0)\n"), ":2: cannot be loaded: SystemExit"),
    (PROBES, swap('@probe("Scale(3)(x)")', "@probe"), ":19: cannot be loaded: TypeError: write @probe("),
    (PROBES, swap('@probe("Scale(3)(x)")', "@probe()"), ":19: cannot be loaded: TypeError"),
    (PROBES, swap("{shape}", "{shpae}"), ":6: cannot be loaded: ValueError: doubled: "),
    (PROBES, swap("{shape}", "{"), ":6: cannot be loaded: ValueError"),
    (CHECKS, put("def f(:\n"), ":1: cannot be loaded: SyntaxError"),
    (CHECKS, swap("import pytest\n", "import pytest\n1 / 0\n"), ":2: cannot be loaded: ZeroDivisionError"),
    (CHECKS, swap("import pytest\n", "import pytest\nimport nonesuch\n"), ":2: cannot be loaded: ModuleNotFoundError"),
    (CHECKS, swap("import pytest\n", "import pytest\nraise SystemExit(0)\n"), ":2: cannot be loaded: SystemExit"),
    (
        CHECKS,
        swap('exercise("double")', 'exercise("duoble")'),
        f"{MARKED} 'duoble', which is not in course.toml; did you mean double?",
    ),
    (CHECKS, swap('exercise("double")', "exercise()"), f"{MARKED} None"),
    (CHECKS, swap('exercise("double")', 'exercise(["double"])'), f"{MARKED} ['double']"),
    (CHECKS, mark("@pytest.mark.points()"), POINTS),
    (
        CHECKS,
        swap("@pytest.mark.public\n", "def test_more(compare, probes):\n    pass\n\n\n@pytest.mark.public\n"),
        ":6: test_more: no points are left for it: the other checks of double have all 2 points of course.toml",
    ),
    (CHECKS, mark("@pytest.mark.points"), POINTS),
    (CHECKS, mark("@pytest.mark.points(n=0.5)"), POINTS),
    (CHECKS, mark("@pytest.mark.points('0.5')"), POINTS),
    (CHECKS, mark("@pytest.mark.points(-0.5)"), POINTS),
    (CHECKS, mark("@pytest.mark.points(True)"), POINTS),
    (CHECKS, mark("@pytest.mark.points(float('nan'))"), POINTS),
    (CHECKS, mark("@pytest.mark.points([0.5])"), POINTS),
    (CHECKS, beside("chance()"), CHANCE),
    (CHECKS, beside("chance('x')"), CHANCE),
    (CHECKS, beside("chance(0.5)"), CHANCE),
    (CHECKS, beside("kept()"), KEPT),
    (CHECKS, beside("kept(3)"), KEPT),
    (CHECKS, beside("pulbic"), f":{LAST + 1}: unknown mark pulbic; did you mean public?"),
    (f"{GRADERS}/test_other.py", folder, ": is not a file"),
    (f"{GRADERS}/other_test.py", put(""), ": checks are in test_*.py"),
    (CALIBRATION, put("{"), ":1: is not JSON"),
    (CALIBRATION, put(b"\xff\xfe"), ":1: is not UTF-8 text"),
    (CALIBRATION, put("[" * 100_000), ": is nested too deeply to be read as JSON"),
    (CALIBRATION, put("[]"), UNCALIBRATED),
    (CALIBRATION, put("{}"), UNCALIBRATED),
    (CALIBRATION, put('{"probes": []}'), UNCALIBRATED),
    (CALIBRATION, put('{"probes": {"scaled": 1}}'), UNCALIBRATED),
    (CALIBRATION, put('{"probes": {"scaled": {}}}'), UNCALIBRATED),
    (CALIBRATION, put('{"probes": {"scaled": {"threshold": "x"}}}'), UNCALIBRATED),
    (CALIBRATION, put('{"probes": {"scaled": {"threshold": null}}}'), UNCALIBRATED),
    (CALIBRATION, put('{"probes": {"scaled": {"threshold": NaN}}}'), UNCALIBRATED),
    (CALIBRATION, folder, ": is not a regular file"),
    (EQUIVALENT, put("{"), ":1: is not JSON"),
    (EQUIVALENT, put("[]"), ': must be {"exercise/id of the mutant"'),
    (EQUIVALENT, put('{"double/x": 3}'), ': must be {"exercise/id of the mutant"'),
    (EQUIVALENT, put('{"duoble/x": "why"}'), ": 'duoble/x' is not of an exercise of ch1_tiny"),
    (EQUIVALENT, folder, ": is not a regular file"),
    (ATTACKS, attacks("[["), ": is not TOML"),
    (ATTACKS, attacks(b"\xff\xfe"), ":1: is not UTF-8 text"),
    (ATTACKS, attacks("attack = 3\n"), ": attack: Input should be a valid list"),
    (ATTACKS, attacks("attack = [1]\n"), ": attack.0: Input should be"),
    (ATTACKS, attacks('[[attack]]\nid = "a"\n'), ": attack.0.tries: Field required"),
    (ATTACKS, attacks(f"{ATTACK}more = 1\n"), ": attack.0.more: Extra inputs are not permitted"),
    (ATTACKS, attacks(ATTACK.replace("attack", "attacks")), ": attack: Field required"),
    (ATTACKS, attacks(ATTACK.replace("failed", "faield")), ": attack.0.status.0: Value error, must be one of failed, "),
    (ATTACKS, attacks(f'{ATTACK}cause = "("\n'), ": attack.0.cause: Value error, not a regular expression"),
    (ATTACKS, attacks(f"{ATTACK}seconds = -1\n"), ": attack.0.seconds: Input should be greater than 0"),
    (ATTACKS, attacks(ATTACK.replace("ch1_tiny", "ch9")), ": a: no exercise ch9/double"),
    (ATTACKS, attacks(ATTACK.replace('"double"', '"duoble"')), ": a: no exercise ch1_tiny/duoble"),
    (ATTACKS, attacks(ATTACK + ATTACK), ": a: appears twice"),
    (ATTACKS, folder, ": is not a regular file"),
    ("graders/hostile/b.py", put(b"x"), "graders/hostile/attacks.toml: cannot be opened"),
    ("course.toml", put("[["), ": is not TOML"),
    ("course.toml", put(b"\xff"), ": cannot be read"),
    (
        "course.toml",
        swap('"What is twice x?", ', ""),
        ":14: chapter[ch1_tiny].exercise[double].hints: must be a list of three hints, is ",
    ),
    (
        "course.toml",
        swap('"What is twice x?"', "3"),
        ":14: chapter[ch1_tiny].exercise[double].hints[1]: must be a string that is not empty, is ",
    ),
    ("course.toml", swap('read = "https', 'read = ["https'), ": is not TOML"),
    (
        "course.toml",
        swap('name = "ch1_tiny"', 'name = "Ch 1"'),
        'must be a Python name (letters, digits and underscores, without a digit in front), is "Ch 1"',
    ),
]


@pytest.mark.parametrize(("name", "damage", "words"), BROKEN, ids=lambda value: value if isinstance(value, str) else "")
def test_what_is_wrong_is_one_line_with_the_file(
    name: str,
    damage: Damage,
    words: str,
    tiny_root: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    damage(tiny_root / name)
    said = ends(tiny_root, capsys, monkeypatch, "verify", "--jobs", "1", "--seeds", "1")
    assert words in said
    assert said.startswith(name.rpartition("/")[0])


@pytest.mark.parametrize("command", ["check", "verify", "release", "grade"])
def test_a_reference_that_cannot_be_loaded_is_named(
    command: str, tiny_root: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    shutil.copyfile(tiny_root / REFERENCE, tiny_root / EXERCISE)
    put((tiny_root / REFERENCE).read_bytes())(tiny_root.parent / "in/ada/ch1_tiny.py")
    swap("import torch\n", "import torch\n1 / 0\n")(tiny_root / REFERENCE)
    out = str(tiny_root.parent / "out")
    commands = {
        "check": ("check", "--sandbox", "none"),
        "verify": ("verify", "--jobs", "1"),
        "release": ("release", "--no-wheel", "--out", out),
        "grade": ("grade", str(tiny_root.parent / "in"), "--sandbox", "none", "--jobs", "1", "--out", out),
    }
    said = ends(tiny_root, capsys, monkeypatch, *commands[command])
    assert said == f"{REFERENCE}:8: cannot be loaded: ZeroDivisionError: division by zero"


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [("runs/ch1_tiny.py", b"# \xe9\n", ":1: is not UTF-8 text"), (CALIBRATION, b"{}", UNCALIBRATED)],
)
def test_a_file_that_a_release_copies_is_named(
    name: str,
    content: bytes,
    words: str,
    tiny_root: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    put(content)(tiny_root / name)
    said = ends(tiny_root, capsys, monkeypatch, "release", "--no-wheel", "--out", str(tiny_root.parent / "out"))
    assert said.startswith(name + words)


@pytest.mark.parametrize(
    ("calibrate", "words"),
    [
        ("lambda outputs, draw: 1", "scaled: <lambda> returns no float"),
        ('"accuracy"', "calibrate takes the function that computes the number"),
    ],
)
def test_a_probe_that_gives_no_number_is_not_calibrated(
    calibrate: str, words: str, tiny_root: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    swap('"Scale(3)(x)"', f'"Scale(3)(x)", calibrate={calibrate}')(tiny_root / PROBES)
    assert words in ends(tiny_root, capsys, monkeypatch, "calibrate", "--seeds", "20")
    assert not (tiny_root / CALIBRATION).exists()


def test_a_folder_in_the_place_of_an_exercise_file_is_named(
    tiny_root: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    folder(tiny_root / EXERCISE)
    assert ends(tiny_root, capsys, monkeypatch, "stubs").startswith(f"{EXERCISE} cannot be written: ")


def test_a_file_that_is_not_text_gets_its_stub_again(
    tiny_root: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    before = (tiny_root / EXERCISE).read_bytes()
    put(b"# \xe9\n")(tiny_root / EXERCISE)
    monkeypatch.setattr("sys.argv", ["dojo", "--course", str(tiny_root), "stubs"])
    with pytest.raises(SystemExit, match="0"):
        run_dojo()
    assert capsys.readouterr().out == f"wrote {tiny_root / EXERCISE}\n"
    assert (tiny_root / EXERCISE).read_bytes() == before


@pytest.mark.parametrize(
    ("text", "words"),
    [("def f(:\n", ":1: cannot be loaded: SyntaxError"), ("1 / 0\n", ":1: cannot be loaded: ZeroDivisionError")],
)
def test_a_picture_that_cannot_be_loaded_is_named(
    text: str, words: str, tiny_root: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    put(text)(tiny_root / "runs/ch1_tiny.py")
    assert f"runs/ch1_tiny.py{words}" in ends(tiny_root, capsys, monkeypatch, "run", "ch1", "--reference")


def test_everything_in_the_course_is_read_without_an_error() -> None:
    """None of what is refused above is in the course itself."""
    course = load_course(PROJECT)
    assert load_attacks(course)
    for chapter in course.chapters:
        assert load_overlays(course, chapter, "mistakes")
        assert load_overlays(course, chapter, "accepted")
        load_equivalents(course, chapter)
