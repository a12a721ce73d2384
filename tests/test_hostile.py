"""Attacks: each earns nothing, for its stated cause; and each defence, switched off, lets its attack bite."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner

from tests.conftest import PROJECT
from tests.test_sandbox import PROBES
from torchdojo.batch.jobs import Job
from torchdojo.batch.pool import run_jobs
from torchdojo.cli.main import cli
from torchdojo.course import load_course
from torchdojo.grading.grader import Grader, Settings
from torchdojo.grading.result import Result
from torchdojo.sandbox.backend import NONE, SandboxBackend
from torchdojo.sandbox.bubblewrap import BUBBLEWRAP
from torchdojo.sandbox.worker import Worker
from torchdojo.verify.hostile import Attack, Targets, load_attacks, run_attacks, set_up_targets, source_path
from torchdojo.worker.protocol import Call, Limits, Request

COURSE = load_course(PROJECT)
ATTACKS = {attack.id: attack for attack in load_attacks(COURSE)}
QUICK = ["exit_zero", "patched_allclose", "read_the_reference", "write_outside", "connect_home", "daemon", "sleeper"]
QUICK += ["memory_bomb", "forged_outputs", "hidden_in_subclasses", "deep_brackets", "right_the_first_time"]


@pytest.fixture
def targets() -> Iterator[Targets]:
    with set_up_targets() as found:
        yield found


def test_there_are_at_least_fifty_attacks() -> None:
    assert len(ATTACKS) >= 50
    files = {path.stem for path in (PROJECT / "graders" / "hostile").glob("*.py")}
    assert files == set(ATTACKS)


@pytest.mark.timeout(600)
def test_attacks_earn_nothing_and_end_for_their_cause(targets: Targets) -> None:
    """A quick choice; `make verify` runs them all."""
    chosen = [ATTACKS[name] for name in QUICK]
    found = {attack.id: problems for attack, _, problems in run_attacks(COURSE, chosen, targets, 2) if problems}
    time.sleep(0.5)
    assert found == {}
    assert targets.find_traces() == []


@pytest.mark.slow
@pytest.mark.timeout(3600)
def test_every_attack_earns_nothing(targets: Targets) -> None:
    found = {
        attack.id: problems for attack, _, problems in run_attacks(COURSE, ATTACKS.values(), targets, 2) if problems
    }
    time.sleep(1)
    assert found == {}
    assert targets.find_traces() == []


@pytest.mark.slow
@pytest.mark.timeout(3600)
def test_good_submissions_are_not_disturbed_by_hostile_ones(tmp_path: Path) -> None:
    """Forty good submissions, graded alone and among all attacks: the very same scores; nothing outside OUT changes."""
    good = (PROJECT / "reference" / "ch1_fundamentals.py").read_bytes()
    alone, mixed = tmp_path / "alone", tmp_path / "mixed"
    for number in range(40):
        for folder in (alone, mixed):
            hand_in(folder, f"good{number:02}", "ch1_fundamentals", good + f"\n# student {number}\n".encode())
    with set_up_targets() as targets:
        for attack in ATTACKS.values():
            source = targets.fill_in(source_path(COURSE, attack).read_bytes())
            hand_in(mixed, f"bad_{attack.id}", attack.chapter, source)
        before = listing(mixed)
        for folder in (alone, mixed):
            done = CliRunner().invoke(
                cli, ["--course", str(PROJECT), "grade", str(folder), "--out", str(tmp_path / f"{folder.name}_out")]
            )
            assert done.exit_code == 0, done.output
        time.sleep(1)
        assert targets.find_traces() == []
        assert listing(mixed) == before
    rows = [(tmp_path / f"{name}_out" / "grades.csv").read_text().splitlines() for name in ("alone", "mixed")]
    scores = [{row.split(",")[0]: row.split(",")[1] for row in one if row.startswith("good")} for one in rows]
    assert scores[0] == scores[1] == {f"good{number:02}": "20" for number in range(40)}
    assert not any(float(row.split(",")[-2]) for row in rows[1] if row.startswith("bad_"))


def hand_in(folder: Path, student: str, chapter: str, source: bytes) -> None:
    path = folder / student / f"{chapter}.py"
    path.parent.mkdir(parents=True)
    path.write_bytes(source)


def listing(folder: Path) -> dict[str, bytes]:
    return {str(path): path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file()}


# ------------------------------------------------------------------ each defence, switched off, and the attack it holds


def graded(
    attack: Attack, backend: SandboxBackend, targets: Targets, secret: bytes = b"s", source: bytes = b""
) -> Result:
    text = source or targets.fill_in(source_path(COURSE, attack).read_bytes())
    job = Job(attack, attack.chapter, text, secret, only=(attack.exercise,), seconds=attack.seconds)
    return next(result for _, result in run_jobs(PROJECT, backend, [job], 1))


@pytest.mark.parametrize("name", ["read_the_reference", "read_accepted_answers"])
def test_without_the_sandbox_answers_are_read(name: str, targets: Targets) -> None:
    assert graded(ATTACKS[name], NONE, targets).score
    assert graded(ATTACKS[name], BUBBLEWRAP, targets).score == 0


@pytest.mark.slow
def test_without_the_sandbox_a_secret_of_the_host_is_shown(targets: Targets) -> None:
    for name in ("read_a_secret", "read_the_environment"):
        open_, shut = (graded(ATTACKS[name], backend, targets) for backend in (NONE, BUBBLEWRAP))
        target = targets.secret if name == "read_a_secret" else targets.token
        assert any(target in check.message for check in open_.checks), name
        assert not any(target in check.message for check in shut.checks), name


def test_without_the_sandbox_the_host_is_written_to(targets: Targets) -> None:
    graded(ATTACKS["write_outside"], BUBBLEWRAP, targets)
    assert targets.find_traces() == []
    graded(ATTACKS["write_outside"], NONE, targets)
    assert any("dojo-was-here was written" in words for words in targets.find_traces())


@pytest.mark.slow
def test_without_the_sandbox_the_network_is_reached() -> None:
    with pytest.raises(AssertionError, match="connected to a server"), set_up_targets() as targets:
        graded(ATTACKS["connect_home"], NONE, targets)
    with set_up_targets() as targets:
        graded(ATTACKS["connect_home"], BUBBLEWRAP, targets)


def naive_pytest(folder: Path, submission: bytes) -> int:
    """Grade as a script would that nobody attacks: pytest beside the submission; its exit code is the verdict."""
    (folder / "submission.py").write_bytes(submission)
    (folder / "test_it.py").write_text(
        "import torch\nfrom submission import sigmoid\n\n\n"
        "def test_sigmoid():\n    x = torch.randn(3, 4, dtype=torch.float64)\n"
        "    assert torch.allclose(sigmoid(x), 1 / (1 + torch.exp(-x)))\n"
    )
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", str(folder / "test_it.py")]
    return subprocess.run(command, cwd=folder, capture_output=True, timeout=120, check=False).returncode


@pytest.mark.parametrize("name", ["exit_zero", "patched_allclose"])
def test_beside_its_judge_an_attack_wins(name: str, tmp_path: Path) -> None:
    """Trusting a process that a submission runs in: leaving with 0 passes, and so does a patched torch.allclose."""
    assert naive_pytest(tmp_path, source_path(COURSE, ATTACKS[name]).read_bytes()) == 0
    assert naive_pytest(tmp_path, b"def sigmoid(x):\n    return x\n") != 0


@pytest.mark.slow
def test_where_pytest_collects_beside_it_a_planted_conftest_wins(tmp_path: Path) -> None:
    attack = source_path(COURSE, ATTACKS["plant_conftest"]).read_bytes()
    assert naive_pytest(tmp_path, attack) != 0
    assert naive_pytest(tmp_path, attack) == 0  # the second time, conftest.py is there


def test_with_a_known_secret_answers_can_be_held_ready(targets: Targets, tmp_path: Path) -> None:
    attack = ATTACKS["guessed_seeds"]
    text = source_path(COURSE, attack).read_text(encoding="utf-8")
    source = text.replace("{}  # @ANSWERS@", repr(answers_for(b"known", text, tmp_path))).encode()
    assert graded(attack, BUBBLEWRAP, targets, b"known", source).score
    assert graded(attack, BUBBLEWRAP, targets, b"another", source).score == 0


def answers_for(secret: bytes, attack: str, folder: Path) -> dict[str, list[float]]:
    """Run the reference with this secret, and note what its sigmoid is asked and what it answers."""
    notes = folder / "notes.txt"
    key = attack[attack.index("def key") : attack.index("def sigmoid")]
    reference = (PROJECT / "reference" / "ch1_fundamentals.py").read_text(encoding="utf-8")
    recorder = (
        f"{reference}\nimport hashlib\n\n\n{key}\n_right = sigmoid\n\n\ndef sigmoid(x):\n    y = _right(x)\n"
        f"    with open({str(notes)!r}, 'a') as file:\n"
        "        file.write(repr((key(x), y.detach().cpu().double().flatten().tolist())) + '\\n')\n    return y\n"
    )
    chapter = COURSE.find("ch1_fundamentals")
    assert chapter is not None
    grader = Grader(COURSE, chapter, Settings(NONE, secret))
    try:
        grader.grade(recorder.encode(), ["sigmoid"])
    finally:
        grader.close()
    return dict(eval(line) for line in notes.read_text().splitlines())


def test_right_the_first_time_earns_nothing_even_when_asked_once(
    targets: Targets, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The probes of an exercise call it more than once themselves."""
    from torchdojo.grading.check_run import CheckRun

    attack = ATTACKS["right_the_first_time"]
    assert graded(attack, BUBBLEWRAP, targets).score == 0
    monkeypatch.setattr(CheckRun._derive_calls, "__defaults__", None)
    real = CheckRun._derive_calls
    monkeypatch.setattr(CheckRun, "_derive_calls", lambda self, probe, params, count: real(self, probe, params, 1))
    assert graded(attack, BUBBLEWRAP, targets).score == 0


@pytest.mark.slow
def test_without_the_ban_a_hidden_call_earns(targets: Targets, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("hidden_functional", "hidden_in_subclasses", "hidden_optimizer"):
        assert graded(ATTACKS[name], BUBBLEWRAP, targets).score == 0
    monkeypatch.setattr("torchdojo.grading.submission.find_violation", lambda *_: None)
    monkeypatch.setattr("torchdojo.grading.grader.Request", lambda *given, **named: Request(*given[:8], **named))
    for name in ("hidden_functional", "hidden_in_subclasses", "hidden_optimizer"):
        assert graded(ATTACKS[name], BUBBLEWRAP, targets).score


@pytest.mark.slow
def test_without_the_gate_raising_alone_earns(targets: Targets, monkeypatch: pytest.MonkeyPatch) -> None:
    assert graded(ATTACKS["only_raises"], BUBBLEWRAP, targets).score == 0
    monkeypatch.setattr("torchdojo.grading.grader.score_exercises", lambda *_: None)
    assert graded(ATTACKS["only_raises"], BUBBLEWRAP, targets).score


@pytest.mark.slow
@pytest.mark.parametrize(
    ("name", "limits", "status"),
    [
        ("memory_flood", Limits(seconds=20, memory=2**28), "memory"),
        ("sleeper", Limits(seconds=1), "timeout"),
    ],
)
def test_each_limit_is_what_stops_its_attack(name: str, limits: Limits, status: str) -> None:
    """Under the limit the attack ends; the same work, within wide limits, goes through."""
    modest = {
        "memory_flood": "def attempt(target):\n    kept = [bytearray(b'x') * 2**24 for _ in range(32)]\n    return 'done'\n",
        "sleeper": "import time\ndef attempt(target):\n    time.sleep(2)\n    return 'done'\n",
    }[name]
    call = (Call("attempt", {"target": ""}, 0),)
    request = Request("attempt", modest.encode(), "attempt.py", call)
    with Worker(BUBBLEWRAP, [PROBES]) as worker:
        assert worker.run(request, PROBES, limits).status == status
        assert worker.run(request, PROBES, Limits(seconds=30, memory=2**31)).status == "ok"


def test_attacks_are_only_run_where_there_is_a_sandbox() -> None:
    assert os.name == "posix"
    assert all(attack.defence for attack in ATTACKS.values())
