"""What a check may contain: what everybody writes with pytest means in a check what it means there."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import numpy
import pytest
import torch
from click.testing import CliRunner
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.conftest import SECRET
from torchdojo.authoring.release import make_release
from torchdojo.batch.results import StoredResult
from torchdojo.cli.main import cli
from torchdojo.course import CourseError, load_course
from torchdojo.grading.assertion_words import plain_values
from torchdojo.grading.grader import Grader, Settings
from torchdojo.grading.result import CheckResult, Result
from torchdojo.grading.status import CheckStatus, ResultStatus
from torchdojo.grading.version import graders_hash
from torchdojo.grading.words import withhold_words
from torchdojo.nbgrader.feedback import exercise_text
from torchdojo.report.feedback import build_feedback
from torchdojo.report.render import feedback_html, feedback_markdown
from torchdojo.sandbox.backend import NONE
from torchdojo.sandbox.worker import Worker

HEAD = "import numpy\nimport pytest\nimport torch\nfrom hypothesis import given, settings, strategies as st\n\n"
TRIPLED = "return 3 * x"
Grade = Callable[..., dict[str, CheckResult]]


class Checks:
    """A tiny course whose exercise double has the checks of a test's own."""

    def __init__(self, root: Path, worker: Worker | None = None) -> None:
        self.root = root
        self.worker = worker
        self.folder = root / "graders/ch1_tiny"
        self.course = load_course(root)
        self.chapter = self.course.chapters[0]
        self.reference = self.course.reference_file(self.chapter).read_text(encoding="utf-8")

    def write(self, text: str) -> None:
        (self.folder / "test_double.py").write_text(HEAD + text, encoding="utf-8")

    def grader(self, secret: bytes = SECRET) -> Grader:
        return Grader(self.course, self.chapter, Settings(NONE, secret), self.worker)

    def result(self, body: str = TRIPLED, secret: bytes = SECRET) -> Result:
        """Grade double with this last line."""
        return self.grader(secret).grade(self.source(body), ["double"])

    def source(self, body: str = TRIPLED) -> bytes:
        assert "return 2 * x" in self.reference
        return self.reference.replace(
            "    return 2 * x", "".join(f"    {line}\n" for line in body.splitlines())
        ).encode()

    def grade(self, text: str, body: str = TRIPLED) -> dict[str, CheckResult]:
        self.write(text)
        return {check.check: check for check in self.result(body).checks}

    def refusal(self, text: str) -> str:
        """Return what is said of checks that cannot be run, without the folder."""
        self.write(text)
        with pytest.raises(CourseError) as refused:
            self.grader().checks()
        return str(refused.value).removeprefix(f"{self.folder}/")


@pytest.fixture
def checks(tiny_root: Path, plain_worker: Worker) -> Checks:
    return Checks(tiny_root, plain_worker)


FORMS = {
    "assert torch.equal(y, 2 * x)": ["assert False\n", "where False = equal(tensor([["],
    "assert torch.equal(y, 2 * x), 'not twice'": ["not twice\nassert False\n"],
    "assert y.tolist() == (2 * x).tolist()": ["assert [[", "At index 0 diff: ["],
    "assert y.sum().item() == pytest.approx((2 * x).sum().item())": ["Obtained: ", "Expected: ", "±"],
    "torch.testing.assert_close(y, 2 * x)": ["Tensor-likes are not close!", "Mismatched elements: 6 / 6"],
    "numpy.testing.assert_allclose(y.numpy(), (2 * x).numpy())": ["Not equal to tolerance", "Mismatched elements"],
    "numpy.testing.assert_array_equal(y.numpy(), (2 * x).numpy())": ["Arrays are not equal", "Mismatched elements"],
    "pytest.fail(f'{y.ndim} dimensions')": ["2 dimensions"],
    "raise ExceptionGroup('both', [AssertionError('one'), AssertionError('two')])": ["one"],
}


def test_an_assertion_fails_its_check_with_its_message(checks: Checks) -> None:
    text = ""
    for number, form in enumerate(FORMS):
        text += (
            f"def test_{number}(observe, probes):\n"
            "    outputs = observe(probes.doubled)\n"
            "    y, x = outputs['y'], outputs['x']\n"
            "    if not torch.equal(y, 2 * x):\n"
            f"        {form}\n"
        )
    for found, form in zip(checks.grade(text).values(), FORMS, strict=True):
        assert found.status is CheckStatus.FAILED
        assert found.finding.called == "double(x), x of shape (2, 3)"
        got = found.finding.got
        assert all(words in got for words in FORMS[form]), got
        assert not re.search(r"0x[0-9a-f]{6}|\x1b|\\n|Use -v|-vv|built-in", got), got
        assert len(got) < 1500
        assert len(got.splitlines()) <= 14
    assert {check.status for check in checks.grade(text, "return 2 * x").values()} == {CheckStatus.PASSED}


def test_pytest_raises_means_what_it_means(checks: Checks) -> None:
    text = """
def test_raises(observe, probes):
    if not (raised := observe(probes.double_of_nothing))["raised"]:
        with pytest.raises(ValueError):
            pass
"""
    assert checks.grade(text, "return 2 * x")["raises"].status is CheckStatus.PASSED


def test_a_check_that_the_reference_fails_too_is_the_graders_fault(checks: Checks) -> None:
    found = checks.grade("def test_it(observe, probes):\n    assert observe(probes.doubled)['y'].ndim == 3\n")["it"]
    assert found.status is CheckStatus.GRADER_ERROR
    assert found.finding.got.startswith("the reference fails this check, too: assert 2 == 3")


def test_what_a_check_did_not_foresee_is_the_answers_fault_only_if_the_reference_passes(checks: Checks) -> None:
    text = "def test_it(observe, probes):\n    {'fine': 1}['fine' if torch.equal((o := observe(probes.doubled))['y'], 2 * o['x']) else 'no']\n"
    found = checks.grade(text)["it"]
    assert found.status is CheckStatus.FAILED
    assert "KeyError when it was looked at" in found.finding.got


def test_an_assertion_in_a_fixture_or_a_class_is_one_of_the_check(checks: Checks) -> None:
    text = """
@pytest.fixture
def twice(observe, probes):
    outputs = observe(probes.doubled)
    assert torch.equal(outputs["y"], 2 * outputs["x"]), "not twice"

class TestDouble:
    def setup_method(self):
        self.factor = 2

    def test_by_fixture(self, twice):
        assert self.factor == 2

    def test_by_method(self, observe, probes):
        outputs = observe(probes.doubled)
        assert torch.equal(outputs["y"], self.factor * outputs["x"])

@pytest.fixture
def broken():
    raise RuntimeError("no such file")

def test_broken(broken): ...
"""
    found = checks.grade(text)
    assert {name: check.status for name, check in found.items()} == {
        "by_fixture": CheckStatus.FAILED,
        "by_method": CheckStatus.FAILED,
        "broken": CheckStatus.GRADER_ERROR,
    }
    assert found["by_fixture"].finding.got.startswith("not twice\n")
    assert found["broken"].finding.got == "RuntimeError: no such file"


def test_cases_share_the_points_of_their_test_and_say_which_they_are(checks: Checks) -> None:
    text = """
@pytest.mark.points(1)
@pytest.mark.parametrize("n", [1, 2, 4])
def test_length(compare, probes, n):
    '''It works for every length.'''
    compare(probes.doubled, shape=(n,))

@pytest.mark.points(0.5, each=True)
@pytest.mark.parametrize("n", [0, 3], ids=["none", "three"])
def test_each(compare, probes, n):
    compare(probes.doubled, shape=(n, 2))
"""
    found = checks.grade(text)
    points = {name: check.points for name, check in found.items()}
    assert points == pytest.approx(
        {"length[1]": 0.34, "length[2]": 0.33, "length[4]": 0.33} | {"each[none]": 0.5, "each[three]": 0.5}
    )
    assert found["length[4]"].title == "It works for every length [4]"
    assert found["each[three]"].title == "each [three]"


def test_a_skipped_check_is_not_counted(checks: Checks) -> None:
    text = """
def test_here(): pytest.skip("no such package")
@pytest.mark.skipif(True, reason="not today")
def test_marked(): ...
def test_import(): pytest.importorskip("nonesuch")
def test_counted(compare, probes): compare(probes.doubled)
"""
    found = checks.grade(text)
    assert [check.status for check in found.values()] == [CheckStatus.SKIPPED] * 3 + [CheckStatus.FAILED]
    assert found["marked"].finding.got == "not today"


REFUSED = {
    "@pytest.mark.xfail\ndef test_it(): ...\n": ":6: test_it: no check is expected to fail: remove its xfail mark",
    "async def test_it(): ...\n": ":6: test_it: an async check is not run: make it a plain function",
    "def test_it(subtests): ...\n": ":6: test_it: subtests have no verdict of their own: use @pytest.mark.parametrize",
    "def test_it(obsreve): ...\n": ":6: test_it: unknown fixture obsreve; did you mean observe?",
    "@given(st.integers())\ndef test_it(drawn, n): ...\n": ":6: test_it: drawn and hypothesis both choose its parameters",
    "@pytest.mark.pulbic\ndef test_it(): ...\n": ":6: unknown mark pulbic; did you mean public?",
    "@pytest.mark.timeout(0)\ndef test_it(): ...\n": ":6: test_it: timeout takes seconds, more than 0",
    "import unittest\nclass Case(unittest.TestCase): ...\n": ": cannot be loaded: Case is a unittest.TestCase",
    "pytest.skip('x', allow_module_level=True)\n": ": cannot be loaded: it skips itself, and no check may vanish",
    "def test_it(): yield 3\n": ": cannot be loaded: Failed: 'yield' keyword is allowed in fixtures",
}


@pytest.mark.parametrize("text", REFUSED)
def test_what_gives_no_verdict_is_refused_with_its_line(text: str, checks: Checks) -> None:
    said = checks.refusal(text)
    assert said.startswith(f"test_double.py{REFUSED[text]}"), said


def test_a_check_has_the_time_that_its_mark_says(checks: Checks) -> None:
    """And no other check has it."""
    text = """
@pytest.mark.timeout(0.5)
def test_short(compare, probes): compare(probes.doubled)
def test_long(compare, probes): compare(probes.doubled)
"""
    found = checks.grade(text, "import time\ntime.sleep(0.7)\nreturn 2 * x")
    assert found["short"].status is CheckStatus.TIMEOUT
    assert found["long"].status is CheckStatus.PASSED, found["long"].message


def test_a_mark_may_allow_more_time_than_the_chapter(checks: Checks) -> None:
    path = checks.root / "course.toml"
    path.write_text(
        path.read_text(encoding="utf-8").replace("check_seconds = 5", "check_seconds = 0.5"), encoding="utf-8"
    )
    checks = Checks(checks.root, checks.worker)
    text = """
def test_short(compare, probes): compare(probes.doubled)
@pytest.mark.timeout(5)
def test_long(compare, probes): compare(probes.doubled)
"""
    found = checks.grade(text, "import time\ntime.sleep(0.6)\nreturn 2 * x")
    assert found["short"].status is CheckStatus.TIMEOUT
    assert found["long"].status is CheckStatus.PASSED, found["long"].message


def test_a_check_that_returns_its_verdict_is_broken(checks: Checks) -> None:
    text = """
def test_it(observe, probes):
    o = observe(probes.doubled)
    return torch.equal(o["y"], 2 * o["x"])
"""
    for body in (TRIPLED, "return 2 * x"):
        found = checks.grade(text, body)["it"]
        assert found.status is CheckStatus.GRADER_ERROR
        assert found.finding.got.endswith("it returns a bool, which judges nothing: write assert, not return")


# ------------------------------------------------------------------ hypothesis

GIVEN = """
@given(n=st.integers(1, 50), words=st.text())
def test_lengths(observe, probes, n, words):
    outputs = observe(probes.doubled, shape=(n,))
    assert torch.equal(outputs["y"], 2 * outputs["x"])
"""


def test_hypothesis_finds_the_smallest_example(checks: Checks) -> None:
    found = checks.grade(GIVEN, "return 2 * x if len(x) < 7 else 3 * x")["lengths"]
    assert found.status is CheckStatus.FAILED
    assert found.finding.got.splitlines()[-1] == "for example with n=7, words=''"
    assert found.finding.called == "double(x), x of shape (7,)"
    assert "CheckRun" not in found.finding.got
    assert checks.grade(GIVEN, "return 2 * x")["lengths"].status is CheckStatus.PASSED


def test_the_same_secret_gives_the_same_examples(checks: Checks, tmp_path: Path) -> None:
    """Also in another process, where other modules are loaded; another secret gives others. No files are left."""
    checks.write(
        "SEEN = []\n@given(n=st.integers())\ndef test_it(observe, n): SEEN.append(n)\n"
        "def test_seen(): raise RuntimeError(repr(SEEN))\n"
    )
    seen = [checks.result("return 2 * x", secret).checks[-1].finding.got for secret in (SECRET, SECRET, b"another")]
    script = (
        "import sys, tests.test_checks as t; from pathlib import Path\n"
        "c = t.Checks(Path(sys.argv[1])); print(c.result('return 2 * x').checks[-1].finding.got)\n"
    )
    work = tmp_path / "work"
    work.mkdir()
    environment = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[1])}
    command = [sys.executable, "-c", script, str(checks.root)]
    other = subprocess.run(command, cwd=work, env=environment, capture_output=True, text=True, check=True)
    assert seen[0] == seen[1] == other.stdout.strip()
    settings.register_profile("few", max_examples=3)
    settings.load_profile("few")
    try:
        assert checks.result("return 2 * x").checks[-1].finding.got == seen[0]
    finally:
        settings.load_profile("default")
    assert seen[2] != seen[0]
    assert list(work.iterdir()) == []


def test_an_answer_that_takes_too_long_is_not_made_smaller(checks: Checks) -> None:
    found = checks.grade(f"@pytest.mark.timeout(0.5)\n{GIVEN.strip()}\n", "import time\ntime.sleep(2)\nreturn x")
    assert found["lengths"].status is CheckStatus.TIMEOUT
    assert found["lengths"].seconds < 5


def test_only_checks_take_examples_without_the_constants_of_modules(checks: Checks) -> None:
    from hypothesis.internal.conjecture import providers

    before = providers._get_local_constants
    checks.write(
        "from hypothesis.internal.conjecture import providers\n"
        "@given(n=st.integers())\n"
        "def test_it(observe, probes, n):\n"
        "    assert not list(providers._get_local_constants().integers)\n"
        "    observe(probes.doubled)\n"
    )
    assert [check.status for check in checks.result("return 2 * x").checks] == [CheckStatus.PASSED]
    assert providers._get_local_constants is before


# ------------------------------------------------------------------ what is shown


def test_the_lines_of_an_assertion_stay_lines_on_every_page(checks: Checks) -> None:
    checks.write(
        "@pytest.mark.public\n@pytest.mark.parametrize('n', [3], ids=['<three>'])\n"
        "def test_it(observe, probes, n):\n"
        "    o = observe(probes.doubled, shape=(n,))\n"
        "    assert torch.equal(o['y'], 2 * o['x']), 'not twice,\\n  nor <half>'\n"
    )
    (checks.root / "exercises/ch1_tiny.py").write_bytes(checks.source())
    arguments = ["--course", str(checks.root), "check", "double", "--sandbox", "none"]
    screen = CliRunner().invoke(cli, arguments).stdout
    assert "got         not twice,\n                   nor <half>\n                 assert False\n" in screen
    (line,) = CliRunner().invoke(cli, [*arguments, "--lines"]).stdout.splitlines()
    assert line.endswith(": double: it [<three>]; called double(x), x of shape (3,); got not twice,")
    (check,) = checks.result().checks
    (exercise,) = [e for e in checks.chapter.exercises if e.name == "double"]
    stored = StoredResult("ada", Result("ch1_tiny", ResultStatus.GRADED, [check], "none", "cpu", 0.0, "", ""))
    feedback = build_feedback(checks.course, checks.chapter, stored)
    page = feedback_html(feedback)
    assert "<dd>not twice,\n  nor &lt;half&gt;\nassert False\n" in page
    assert "dd { margin: 0; white-space: pre-wrap;" in page
    assert "it [&lt;three&gt;]" in page
    assert "got      not twice,\n             nor <half>\n           assert False\n" in feedback_markdown(feedback)
    cell = exercise_text(exercise, [check])
    assert re.search(r"not twice,\n +nor <half>\n +assert False", cell), cell
    for text in (screen, page, feedback_markdown(feedback), cell):
        assert "\x1b" not in text
        assert max(map(len, check.finding.got.splitlines())) <= 200


# ------------------------------------------------------------------ hidden checks


def told(checks: Checks, text: str, body: str = TRIPLED) -> list[str]:
    """Return what students read of hidden checks."""
    checks.write(text)
    return [check.finding.got for check in withhold_words(checks.result(body), checks.source(body)).checks]


def test_a_hidden_checks_assertion_shows_no_values(checks: Checks) -> None:
    text = """
def test_tensor(observe, probes):
    o = observe(probes.doubled)
    assert torch.equal(o["y"], 2 * o["x"])
def test_list(observe, probes):
    o = observe(probes.doubled)
    assert o["y"].flatten().long().tolist() == (2 * o["x"]).flatten().long().tolist(), "not twice"
def test_close(observe, probes):
    o = observe(probes.doubled)
    torch.testing.assert_close(o["y"], 2 * o["x"])
def test_shape(observe, probes):
    o = observe(probes.doubled)
    assert o["y"].shape == (7 if not torch.equal(o["y"], 2 * o["x"]) else 2, 3)
@pytest.mark.public
def test_public(observe, probes):
    o = observe(probes.doubled)
    assert torch.equal(o["y"], 2 * o["x"])
"""
    tensor, items, close, shape, public = told(checks, text)
    assert tensor == "assert False"
    assert items == "not twice"
    assert close.startswith("Tensor-likes are not close!\nMismatched elements: 6 / 6 (100.0%)")
    assert shape.startswith("assert torch.Size([2, 3]) == (7, 3)")
    assert "tensor([[" in public


@given(st.text() | st.lists(st.integers(10**6)) | st.lists(st.integers(), min_size=9))
def test_no_text_and_no_list_of_a_submission_passes_for_plain_values(value: object) -> None:
    shown = plain_values(f"assert {value!r} == 0")
    assert not shown or not re.sub(r"[\W\d]", "", repr(value)) or value in ("", "or", "and")
    assert sum(map(len, re.findall(r"\d+", shown))) <= 50


# ------------------------------------------------------------------ the author's own files

OWN_FILES = {
    "graders/conftest.py": """
import pytest
@pytest.fixture(scope="session")
def factor(): return 2
@pytest.fixture
def secret_factor(): return 17
""",
    "graders/near.py": "def near(a, b):\n    return abs(a - b) < 1e-9\n\n\ndef hidden_helper():\n    return 18\n",
    "graders/ch1_tiny/conftest.py": """
import pytest
@pytest.fixture
def outputs(observe, probes, factor): return observe(probes.doubled), factor
""",
    "graders/ch1_tiny/adapters.py": "from ..near import near\n\n\ndef run_sum(y):\n    return y.sum().item()\n",
}
OWN_CHECKS = """
from pathlib import Path
from ..near import near, hidden_helper
from .adapters import run_sum
@pytest.mark.public
def test_own(outputs):
    o, factor = outputs
    assert near(run_sum(o["y"]), factor * run_sum(o["x"]))
@pytest.mark.public
def test_numbers(observe, probes):
    expected = numpy.load(Path(__file__).with_name("expected.npz"))["two"]
    o = observe(probes.doubled)
    torch.testing.assert_close(o["y"], o["x"] * float(expected))
def test_hidden(observe, probes, secret_factor):
    numpy.load(Path(__file__).with_name("hidden.npz"))
    assert hidden_helper() == secret_factor + 1 and observe(probes.doubled)
"""


@pytest.fixture
def own(checks: Checks) -> Checks:
    for name, text in OWN_FILES.items():
        (checks.root / name).write_text(text, encoding="utf-8")
    for name in ("expected.npz", "hidden.npz"):
        numpy.savez(checks.folder / name, two=numpy.array(2.0))
    checks.write(OWN_CHECKS)
    return checks


def test_the_authors_own_files_work_in_checks(own: Checks) -> None:
    assert [check.status.value for check in own.result("return 2 * x").checks] == ["passed"] * 3
    assert [check.status.value for check in own.result().checks] == ["failed", "failed", "passed"]
    near = own.root / "graders/near.py"
    near.write_text(near.read_text(encoding="utf-8").replace("1e-9", "-1"), encoding="utf-8")
    assert own.result("return 2 * x").checks[0].status is CheckStatus.GRADER_ERROR


SAVED = """
import json
from pathlib import Path

HERE = Path(__file__).parent


def test_saved_by_torch(observe, probes):
    expected = torch.load(HERE / "expected.pt", weights_only=True)
    outputs = observe(probes.doubled)
    torch.testing.assert_close(outputs["y"] / outputs["x"], expected)


def test_snapshot(observe, probes, factor, request):
    assert ("seen", 1) in request.node.user_properties
    outputs = observe(probes.doubled)
    assert json.loads((HERE / "expected.json").read_text())["factor"] == factor
    torch.testing.assert_close(outputs["y"], factor * outputs["x"])
"""


def test_numbers_saved_by_torch_or_as_json_and_fixtures_of_each_chapter(checks: Checks) -> None:
    """A chapter's own fixture takes the place of one of that name for all chapters; a hook of a conftest.py runs."""
    torch.save(torch.full((2, 3), 2.0, dtype=torch.float64), checks.folder / "expected.pt")
    (checks.folder / "expected.json").write_text('{"factor": 2}')
    fixture = "import pytest\n@pytest.fixture\ndef factor(): return {}\n"
    hook = "def pytest_runtest_setup(item): item.user_properties.append(('seen', 1))\n"
    (checks.root / "graders/conftest.py").write_text(fixture.format(5) + hook)
    (checks.folder / "conftest.py").write_text(fixture.format(2))
    checks.write(SAVED)
    for body, status in (("return 2 * x", "passed"), (TRIPLED, "failed")):
        found = {check.check: check.status.value for check in checks.result(body).checks}
        assert found == {"saved_by_torch": status, "snapshot": status}


def test_a_broken_conftest_is_named_with_its_line(own: Checks) -> None:
    (own.root / "graders/conftest.py").write_text("x = 1\n1 / 0\n", encoding="utf-8")
    with pytest.raises(CourseError, match=r"graders/conftest.py:2: cannot be loaded: ZeroDivisionError"):
        own.grader().checks()


@pytest.mark.parametrize("name", [*OWN_FILES, "graders/ch1_tiny/expected.npz"])
def test_the_authors_own_files_are_in_the_hash(name: str, own: Checks) -> None:
    before = graders_hash(own.course, own.chapter)
    path = own.root / name
    path.write_bytes(path.read_bytes() + b"\n")
    assert graders_hash(own.course, own.chapter) != before


def test_a_release_has_what_its_public_checks_use_and_no_more(own: Checks, tmp_path: Path) -> None:
    out = make_release(own.course, tmp_path / "release", wheel=False)
    texts = {path.name: path.read_text(encoding="utf-8") for path in out.rglob("graders/**/*.py")}
    assert "secret_factor" not in "".join(texts.values())
    assert "hidden_helper" not in "".join(texts.values())
    assert (out / "graders/ch1_tiny/expected.npz").is_file()
    assert not (out / "graders/ch1_tiny/hidden.npz").exists()
    released = load_course(out)
    assert own.worker is not None
    grader = Grader(released, released.chapters[0], Settings(NONE, SECRET, public=True), own.worker)
    found = grader.grade(own.source("return 2 * x"), ["double"]).checks
    assert {check.check: check.status.value for check in found} == {"own": "passed", "numbers": "passed"}
    assert [check.points for check in found] == pytest.approx([0.67, 0.67])
