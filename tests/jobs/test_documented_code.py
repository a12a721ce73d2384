"""What a page shows as code is true: Python runs, TOML is a part of a course, CSV is a roster."""

from __future__ import annotations

import ast
import shutil
import tomllib
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import torch

from tests.conftest import PROJECT, SECRET
from tests.jobs.conftest import answer, copy_course, reference
from tests.jobs.documents import SHELL, Block, blocks
from tests.jobs.test_first_course import first_part
from torchdojo.batch.roster import Arrangement, read_roster
from torchdojo.course import Course, load_course
from torchdojo.course.build import build_course
from torchdojo.course.stub import make_stub
from torchdojo.course.tables import CourseTable
from torchdojo.grading.grader import Grader, Settings
from torchdojo.grading.result import Result
from torchdojo.sandbox.backend import NONE
from torchdojo.sandbox.worker import Worker

CODE = [block for block in blocks() if block.language not in SHELL]
LINEAR = """\
title = "A course"

[[chapter]]
name = "ch3_modules"
title = "Modules"
short = "modules"
check_seconds = 20
memory_mb = 2048

[[chapter.exercise]]
name = "Linear"
points = 1.25
hints = ["a nudge", "the idea", "almost the answer"]
"""


def shown(page: str, language: str, words: str) -> str:
    """Return the one block of a page that is in a language and holds some words."""
    (text,) = (block.text for block in CODE if (block.page, block.language) == (page, language) and words in block.text)
    return text


def key(block: Block) -> tuple[str, str]:
    """Return a block's page and its first line."""
    return block.page, block.text.strip().splitlines()[0].strip().split("  ")[0]


def grade(course: Course, *sources: str) -> list[Result]:
    """Grade submissions of a course's only chapter."""
    (chapter,) = course.chapters
    with Worker(NONE, [course.graders_folder(chapter) / "probes.py"]) as worker:
        grader = Grader(course, chapter, Settings(NONE, SECRET), worker)
        return [grader.grade(source.encode()) for source in sources]


def one_exercise(folder: Path, toml: str, **files: str) -> Course:
    """Write a course of one chapter's one exercise, with these files as its graders; return it."""
    root = copy_course(folder)
    (root / "course.toml").write_text(toml, encoding="utf-8")
    (chapter,) = load_course(root).chapters
    graders = root / "graders" / chapter.name
    for path in graders.glob("test_*.py"):
        path.unlink()
    for path in (*graders.glob("mistakes/*"), *graders.glob("accepted/*")):
        if path.name != chapter.exercises[0].name:
            shutil.rmtree(path)
    for name, text in files.items():
        (graders / f"{name}.py").write_text(text, encoding="utf-8")
    return load_course(root)


def merged(text: str) -> dict[str, Any]:
    """Return the real course's tables with those of a page laid over them, chapter by chapter and name by name."""
    table, part = (tomllib.loads(t) for t in ((PROJECT / "course.toml").read_text(encoding="utf-8"), text))
    for own in part.pop("chapter"):
        (chapter,) = (chapter for chapter in table["chapter"] if chapter["name"] == own["name"])
        for changed in own.pop("exercise", []):
            (exercise,) = (exercise for exercise in chapter["exercise"] if exercise["name"] == changed["name"])
            exercise.update(changed)
        chapter.update(own)
    return {**table, **part}


def policy_course() -> Course:
    table = CourseTable.model_validate(merged(shown("docs/grading.md", "toml", "[policy]")))
    return build_course(table.to_json(), PROJECT)


def a_reference_cell(tmp_path: Path) -> None:
    text = shown("docs/authoring.md", "python", "def sigmoid")
    solution = text[text.index("    ### BEGIN") : text.index("### END SOLUTION") + len("### END SOLUTION")]
    assert make_stub(text) == text.replace(solution, "    ...")
    names: dict[str, Any] = {}
    exec("from __future__ import annotations\nimport torch\n" + text, names)
    assert torch.equal(names["sigmoid"](torch.zeros(3)), torch.full((3,), 0.5))


def a_chapters_table(tmp_path: Path) -> None:
    root = copy_course(tmp_path / "course")
    text = shown("docs/authoring.md", "toml", "[[chapter]]")
    (root / "course.toml").write_text(f'title = "A course"\n{text}', encoding="utf-8")
    (chapter,) = load_course(root).chapters
    assert (chapter.name, [(exercise.name, exercise.points) for exercise in chapter.exercises]) == (
        "ch1_fundamentals",
        [("sgd_step", 2)],
    )


def a_probe_and_its_check(tmp_path: Path) -> None:
    probes = shown("docs/authoring.md", "python", "def linear_forward")
    check = shown("docs/authoring.md", "python", "def test_any_leading_shape")
    course = one_exercise(tmp_path / "course", LINEAR, probes=probes, test_linear=check)
    mistake = answer("ch3_modules", "mistakes/Linear/two_dimensions_only")
    right, wrong = grade(course, reference("ch3_modules"), mistake)
    assert [(one.status, one.earned) for one in right.checks] == [("passed", 1.25)]
    (missed,) = wrong.checks
    assert missed.status in ("failed", "error")
    assert missed.title == "Linear maps the last dimension and keeps every dimension before it"
    assert missed.finding.called == "Linear(4, 3)(x), x of shape (2, 5, 4)"
    assert missed.mistake == "two_dimensions_only"


def an_exercise_that_people_grade(tmp_path: Path) -> None:
    root = copy_course(tmp_path / "course")
    rubric = shown("docs/authoring.md", "toml", "graded_by")
    (root / "course.toml").write_text(f"{LINEAR}\n{rubric}", encoding="utf-8")
    (chapter,) = load_course(root).chapters
    assert (chapter.points, chapter.hand_points) == (1.25, 3)
    assert [item.name for exercise in chapter.hand_exercises for item in exercise.rubric] == ["tradeoff", "example"]


def a_mistake(tmp_path: Path) -> None:
    text = shown("docs/authoring.md", "python", "Update recorded")
    real = PROJECT / "graders/ch1_fundamentals/mistakes/sgd_step/update_recorded.py"
    assert ast.dump(ast.parse(text)) == ast.dump(ast.parse(real.read_text(encoding="utf-8")))


def a_public_check(tmp_path: Path) -> None:
    text = shown("docs/releasing.md", "python", "@pytest.mark.public")
    toml = LINEAR.replace("ch3_modules", "ch1_fundamentals").replace("Linear", "sgd_step").replace("1.25", "0.5")
    head = 'import pytest\n\npytestmark = pytest.mark.exercise("sgd_step")\n\n\n'
    course = one_exercise(tmp_path / "course", toml, test_sgd_step=head + text)
    right, wrong = grade(course, reference("ch1_fundamentals"), answer("ch1_fundamentals", "mistakes/sgd_step/uphill"))
    assert [(one.status, one.earned, one.public) for one in right.checks] == [("passed", 0.5, True)]
    assert [one.status for one in wrong.checks] == ["failed"]


def the_simulated_accelerator(tmp_path: Path) -> None:
    text = shown("docs/gpu.md", "python", "simulated_accelerator")
    message = text.partition("# RuntimeError: ")[2].partition(", …")[0]
    assert message
    with pytest.raises(RuntimeError, match=message):
        exec(text, {})


def a_policy(tmp_path: Path) -> None:
    course = policy_course()
    policy = course.policy
    assert (policy.penalty_per_day, policy.penalty_cap, policy.grace_days, policy.grace_minutes) == (10, 50, 3, 15)
    assert course.chapters[0].due == datetime.fromisoformat("2026-03-01T23:59:00+01:00")
    assert [exercise.name for exercise in course.chapters[0].exercises if exercise.extra_credit] == ["train_with_optim"]


def a_roster(tmp_path: Path) -> None:
    file = tmp_path / "roster.csv"
    file.write_text(shown("docs/grading.md", "csv", "student,"), encoding="utf-8")
    roster = read_roster(file, policy_course())
    assert sorted(roster.people) == ["1001", "1002", "1003"]
    person = roster.people["1001"]
    assert (person.name, person.email, person.section) == ("Ada Lovelace", "ada@example.org", "A")
    assert roster.arrangement("1001", "ch7_gradient_noise") == Arrangement(extension=timedelta(days=2))
    assert roster.arrangement("1002", "ch3_modules").extension == datetime.fromisoformat("2026-03-20T12:00+01:00")
    assert roster.arrangement("1002", "ch5_ensembles").exempt
    assert roster.arrangement("1003", "ch1_fundamentals").submitted == datetime.fromisoformat("2026-03-01T22:10+01:00")


def a_cluster_of(package: str) -> Callable[[Path], None]:
    """Return a proof of no more than that the code compiles: the package needs a cluster, and is not installed here."""

    def compiles(tmp_path: Path) -> None:
        tree = ast.parse(shown("docs/scaling.md", "python", f"from {package}"))
        assert ast.unparse(tree).count("scheduler_address") == 1

    return compiles


def is_run_elsewhere(test: str) -> Callable[[Path], None]:
    """Return a proof that another test of this folder is there, which reads the block from its page."""

    def is_there(tmp_path: Path) -> None:
        file, _, name = test.partition("::")
        assert f"def {name}(" in (Path(__file__).parent / file).read_text(encoding="utf-8")

    return is_there


PROOFS: dict[tuple[str, str], Callable[[Path], None]] = {
    ("README.md", "torchdojo · A PyTorch course that grades itself"): is_run_elsewhere(
        "test_documented_commands.py::test_the_screen_in_the_readme_is_the_first_check"
    ),
    **{
        key(block): is_run_elsewhere("test_first_course.py::test_the_first_course_is_as_the_page_says")
        for block in first_part()
        if block.language not in SHELL
    },
    ("docs/authoring.md", "# %%"): a_reference_cell,
    ("docs/authoring.md", "[[chapter]]"): a_chapters_table,
    ("docs/authoring.md", "[[chapter.exercise]]"): an_exercise_that_people_grade,
    ("docs/authoring.md", "import torch"): a_probe_and_its_check,
    ("docs/authoring.md", "import pytest"): a_probe_and_its_check,
    ("docs/authoring.md", '"""Update recorded.'): a_mistake,
    **{
        key(block): is_run_elsewhere("test_coming_from.py::test_an_example_judges_alike_before_and_after")
        for block in CODE
        if block.page == "docs/coming-from.md"
    },
    ("docs/course-toml.md", "#:schema ./course.schema.json"): is_run_elsewhere(
        "../test_course_schema.py::test_the_example_loads_and_shows_every_key"
    ),
    ("docs/gpu.md", "import torch"): the_simulated_accelerator,
    (
        "docs/grading.md",
        'zone = "Europe/Berlin" # the course\'s time zone, above the first table of the file',
    ): a_policy,
    ("docs/grading.md", "student,name,email,section,chapter,extension,exempt,submitted"): a_roster,
    ("docs/nbgrader.md", "c = get_config()"): is_run_elsewhere("test_nbgrader_job.py::open_exchange"),
    ("docs/releasing.md", "@pytest.mark.public"): a_public_check,
    ("docs/scaling.md", "from dask_jobqueue import SLURMCluster"): a_cluster_of("dask_jobqueue"),
    ("docs/scaling.md", "from dask_kubernetes.operator import KubeCluster, make_cluster_spec"): a_cluster_of(
        "dask_kubernetes"
    ),
}


def test_every_block_of_code_has_a_proof() -> None:
    assert set(map(key, CODE)) == set(PROOFS)


@pytest.mark.parametrize("proof", dict.fromkeys(PROOFS.values()), ids=lambda proof: proof.__qualname__)
def test_what_a_page_shows_as_code_is_true(proof: Callable[[Path], None], tmp_path: Path) -> None:
    proof(tmp_path)
