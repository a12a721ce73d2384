"""Chapters without torch: beside one with torch in the same course, through every command, in a worker of their own."""

from __future__ import annotations

import json
import shutil
import time
from dataclasses import replace
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from tests.conftest import SECRET
from torchdojo.cli.main import cli
from torchdojo.course import Course, CourseError, load_course
from torchdojo.grading.grader import Grader, Settings
from torchdojo.grading.status import CheckStatus
from torchdojo.sandbox.backend import NONE, SandboxBackend
from torchdojo.sandbox.worker import Worker
from torchdojo.worker.protocol import Call, Limits, ReplyStatus, Request

CHAPTER = """
[[chapter]]
name = "ch2_graphs"
title = "Graphs"
short = "graphs"
kind = "python"
check_seconds = 5
memory_mb = 256

[[chapter.exercise]]
name = "reachable"
points = 2
hints = ["Which nodes are one step away?", "Keep those that are still to visit.", "Use a list and a set."]
"""
REFERENCE = '''# %% [markdown]
# # Graphs

# %%
def reachable(edges: list[tuple[int, int]], start: int) -> set[int]:
    """Return the nodes that can be reached from start, itself included."""
    ### BEGIN SOLUTION
    found, waiting = {start}, [start]
    while waiting:
        node = waiting.pop()
        for a, b in edges:
            for near, far in ((a, b), (b, a)):
                if near == node and far not in found:
                    found.add(far)
                    waiting.append(far)
    return found
    ### END SOLUTION
'''
PROBES = """import sys

from torchdojo.probe import Draw, probe


@probe("reachable(edges, 0) for a graph of {nodes} nodes")
def reached(ch, draw: Draw, *, nodes=8, edges=6):
    drawn = draw.edges(nodes, edges)
    return {"nodes": ch.reachable(draw.shuffled(drawn), 0), "of each edge": {edge: sum(edge) for edge in drawn}}


@probe("reachable([(0, 1)], 0)")
def loaded(ch, draw: Draw):
    ch.reachable([(0, 1)], 0)
    return {"modules": sorted({"torch", "numpy"} & set(sys.modules))}
"""
CHECKS = '''import pytest

pytestmark = pytest.mark.exercise("reachable")


@pytest.mark.public
@pytest.mark.points(2)
@pytest.mark.rests_on("Return the nodes that can be reached from start, itself included")
def test_values(compare, probes):
    """It finds what can be reached."""
    for edges in (6, 3, 12, 0):
        compare(probes.reached, edges=edges)

'''
MISTAKE = '''"""The nodes that are one step away are found, and none beyond them"""

FAILS = ["values"]


def reachable(edges, start):
    return {start} | {b for a, b in edges if a == start} | {a for a, b in edges if b == start}
'''
ACCEPTED = '''"""With numpy, by powers of the matrix of edges."""

import numpy as np


def reachable(edges, start):
    size = 1 + max([start, *(node for edge in edges for node in edge)])
    steps = np.eye(size, dtype=int)
    for a, b in edges:
        steps[a, b] = steps[b, a] = 1
    found = np.eye(size, dtype=int)[start]
    for _ in range(size):
        found = np.minimum(found @ steps, 1)
    return {int(node) for node in np.flatnonzero(found)}
'''


@pytest.fixture
def root(tiny_root: Path) -> Path:
    """The tiny course, with a second chapter that does without torch."""
    folder = tiny_root / "graders/ch2_graphs"
    texts = {
        tiny_root / "reference/ch2_graphs.py": REFERENCE,
        folder / "probes.py": PROBES,
        folder / "test_reachable.py": CHECKS,
        folder / "mistakes/reachable/one_step.py": MISTAKE,
        folder / "accepted/reachable/matrix.py": ACCEPTED,
    }
    for path, text in texts.items():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    with (tiny_root / "course.toml").open("a", encoding="utf-8") as file:
        file.write(CHAPTER)
    assert dojo(tiny_root, "stubs").exit_code == 0
    return tiny_root


def dojo(root: Path, *arguments: object) -> Result:
    return CliRunner().invoke(cli, ["--course", str(root), *map(str, arguments)])


def grader(root: Path, worker: Worker | None = None, backend: SandboxBackend | None = None) -> Grader:
    course: Course = load_course(root)
    chapter = course.find("ch2_graphs")
    assert chapter is not None
    assert backend or worker
    return Grader(course, chapter, Settings(backend or worker.backend, SECRET), worker)  # type: ignore[union-attr]


def test_both_kinds_are_checked_one_after_the_other(root: Path) -> None:
    for name in ("ch1_tiny", "ch2_graphs"):
        shutil.copy(root / f"reference/{name}.py", root / f"exercises/{name}.py")
    done = dojo(root, "check", "--sandbox", "none")
    assert done.exit_code == 0, done.output
    (root / "exercises/ch2_graphs.py").write_text(MISTAKE)
    wrong = dojo(root, "check", "ch2_graphs", "--sandbox", "none")
    assert wrong.exit_code == 1, wrong.output
    assert "The nodes that are one step away are found, and none beyond them" in " ".join(wrong.output.split())
    assert "nodes: without " in wrong.output


def test_both_kinds_are_graded(root: Path, tmp_path: Path) -> None:
    for student, text in {"ada": REFERENCE, "bob": MISTAKE, "eve": ACCEPTED}.items():
        folder = tmp_path / "in" / student
        folder.mkdir(parents=True)
        (folder / "ch2_graphs.py").write_text(text, encoding="utf-8")
        shutil.copy(root / "reference/ch1_tiny.py", folder)
    done = dojo(root, "grade", tmp_path / "in", "--out", tmp_path / "out", "--sandbox", "bubblewrap")
    assert done.exit_code == 0, done.output
    lines = [json.loads(line) for line in (tmp_path / "out/results.jsonl").read_text().splitlines()]
    scores = {(line["student"], line["chapter"]): line["score"] for line in lines}
    assert {student: scores[student, "ch2_graphs"] for student in ("ada", "bob", "eve")} == {
        "ada": 2.0,
        "bob": 0,
        "eve": 2.0,
    }
    assert {scores[student, "ch1_tiny"] for student in ("ada", "bob", "eve")} == {3.5}


def test_a_chapter_without_torch_is_verified(root: Path) -> None:
    done = dojo(root, "verify", "ch2_graphs", "--sandbox", "none", "--seeds", "2")
    assert done.exit_code == 0, done.output


def test_its_worker_imports_neither_torch_nor_numpy_and_starts_at_once(root: Path, bubblewrap: SandboxBackend) -> None:
    probes = root / "graders/ch2_graphs/probes.py"
    started = time.perf_counter()
    with Worker(bubblewrap, [probes], kind="python") as worker:
        worker.prepare(probes)
        seconds = time.perf_counter() - started
        request = Request("ch2_graphs", REFERENCE.encode(), "ch2_graphs.py", (Call("loaded", {}, 0),))
        reply = worker.run(request, probes, Limits())
    assert reply.outputs == [{"modules": []}]
    assert seconds < 2  # a fifth of a second on an idle machine; with torch, four


def test_a_line_that_imports_torch_costs_nothing_but_itself(root: Path) -> None:
    with Worker(NONE, [root / "graders/ch2_graphs/probes.py"], kind="python") as worker:
        left_over = grader(root, worker).grade(b"import torch\nfrom torch import nn\n" + REFERENCE.encode())
        needed = grader(root, worker).grade(
            f"import torch\n{REFERENCE}".replace("{start},", "set(torch.tensor([start]).tolist()),").encode()
        )
    assert [check.status for check in left_over.checks] == [CheckStatus.PASSED]
    assert any("torch is not available here" in note for note in left_over.notes)
    assert {check.status for check in needed.checks} == {CheckStatus.ERROR}
    assert any("torch is not available here" in note for note in needed.notes)


def test_limits_hold_as_in_other_chapters(root: Path, bubblewrap: SandboxBackend) -> None:
    worker = Worker(bubblewrap, [root / "graders/ch2_graphs/probes.py"], kind="python")
    with worker:
        one = grader(root, worker)
        one.limits = Limits(seconds=1, memory=256 * 2**20)
        endless = one.grade(REFERENCE.replace("found, waiting = {start}, [start]", "while True: pass").encode())
        huge = one.grade(REFERENCE.replace("found, waiting = {start}, [start]", "x = [1] * 2**27").encode())
        printed = one.grade(
            REFERENCE.replace("found, waiting =", "print('at', start); return set(); found, waiting =").encode()
        )
    assert {check.status for check in endless.checks} == {CheckStatus.TIMEOUT}
    assert {check.status for check in huge.checks} == {CheckStatus.MEMORY}
    assert "at 0" in printed.checks[0].finding.printed


BANNED = ("sorted", "heapq.*", "statistics.median")
ROADS = {
    "return sorted(edges)": "sorted",
    "return SORT(edges)": "sorted",
    "import builtins; return getattr(builtins, 'so' + 'rted')(edges)": "sorted",
    "return list(map(sorted, [edges]))": "sorted",
    "import heapq; return heapq.heapify(edges)": "heapq.heapify",
    "import _heapq; return _heapq.heappop(edges)": "heapq.heappop",
    "import heapq; return heapq.nsmallest(2, edges)": "heapq.nsmallest",
    "import queue; queue.PriorityQueue().put(3)": "heapq.heappush",
    "import statistics; return statistics.median([1])": "statistics.median",
    "return {min(edges)[0], start}": None,
}


@pytest.mark.parametrize("isolated", [True, False])
def test_what_is_forbidden_refuses_whatever_road_leads_there(
    root: Path, bubblewrap: SandboxBackend, isolated: bool
) -> None:
    probes = root / "graders/ch2_graphs/probes.py"
    probes.write_text(PROBES.replace("drawn = draw", "sorted([2, 1]); drawn = draw"))
    with Worker(bubblewrap if isolated else NONE, [probes], kind="python") as worker:
        for body, name in ROADS.items():
            source = f"SORT = sorted\nORDER = sorted([2, 1])\n\n\ndef reachable(edges, start):\n    {body}\n".encode()
            request = Request("ch2_graphs", source, "ch2_graphs.py", (Call("reached", {}, 0),), forbids=BANNED)
            others = (replace(request, forbids=(*BANNED, "math.gcd")), request)
            for asked, session in ((request, ""), (request, body), *((other, "") for other in others)):
                reply = worker.run(asked, probes, Limits(), session=session)
                assert (reply.type if reply.status is ReplyStatus.FORBIDDEN else None) == name, (body, reply)
                assert name is None or reply.line == 6
            assert worker.run(replace(request, forbids=()), probes, Limits()).status is not ReplyStatus.FORBIDDEN


def test_a_method_of_a_built_in_type_cannot_be_forbidden(root: Path) -> None:
    path = root / "course.toml"
    path.write_text(path.read_text() + 'forbids = ["list.sort"]\n')
    with pytest.raises(CourseError, match=r"list.sort cannot be forbidden: Python has no way to watch a method"):
        grader(root, backend=NONE)


@pytest.mark.parametrize(
    ("returned", "said"),
    [
        (
            "{'layer': nn.Linear(1, 1)}",
            'outputs["layer"] is a torch.nn.Linear, which cannot be sent to the check: return its numbers, such as layer.weight',
        ),
        ("{'y': [1, map(str, [])]}", 'outputs["y"][1] is a map, which cannot be sent to the check: return list(y)'),
        (
            "{'of': {(1, 2): len}}",
            'outputs["of"][(1, 2)] is a builtin_function_or_method, which cannot be sent to the check: return what it returns',
        ),
        (
            "{'y': {frozenset({range(2)})}}",
            'outputs["y"] is a set of frozenset, which cannot be sent to the check: make its items or keys numbers, strings, or tuples of these',
        ),
        (
            "{'y': draw}",
            'outputs["y"] is a torchdojo.probe.draw.Draw, which cannot be sent to the check: return what the check needs of it',
        ),
    ],
)
def test_what_a_probe_cannot_return_is_said_once_with_what_to_do(
    root: Path, plain_worker: Worker, returned: str, said: str
) -> None:
    probes = root / "graders/ch1_tiny/probes.py"
    text = probes.read_text().replace("import torch\n", "import torch\nfrom torch import nn\n", 1)
    probes.write_text(text.replace('return {"y": y, "x": x, "x.grad": x.grad}', f"return {returned}"))
    course = load_course(root)
    with Worker(NONE, [probes]) as worker:
        result = Grader(course, course.chapters[0], Settings(NONE, SECRET), worker).grade(
            course.reference_file(course.chapters[0]).read_bytes(), ["double"]
        )
    (broken, _, _) = result.checks
    assert broken.status is CheckStatus.GRADER_ERROR
    assert f"probe doubled: {said}" in str(broken)


def test_a_result_that_depends_on_chance_is_the_same_for_the_same_seed(root: Path) -> None:
    text = REFERENCE.replace(
        "    ### BEGIN SOLUTION\n", "    import random\n    edges = sorted(edges, key=lambda _: random.random())\n"
    )
    text = text.replace("return found", "return {random.random()}")
    (root / "reference/ch2_graphs.py").write_text(text)
    with Worker(NONE, [root / "graders/ch2_graphs/probes.py"], kind="python") as worker:
        result = grader(root, worker).grade(text.encode())
    assert [check.status for check in result.checks] == [CheckStatus.PASSED]
