"""Every command that a page shows exists as shown, and a test runs it or it is listed with the reason why not."""

from __future__ import annotations

import ast
import json
import os
import re
import shlex
import subprocess
import time
import tomllib
from collections.abc import Iterator
from pathlib import Path

import click
import pytest
from nbgrader.apps import NbGraderApp
from PIL import Image

from tests.conftest import PROJECT, TESTS
from tests.jobs.conftest import BIN, copy_course, dojo, read_grades, reference, run
from tests.jobs.documents import RELEASED, blocks, commands, pages, spans
from torchdojo.cli.common import pick, pick_exercise
from torchdojo.cli.main import cli
from torchdojo.course import load_course
from torchdojo.errors import UserError

HERE = "test_documented_commands.py"
NBGRADER = "test_nbgrader_job.py::test_a_class_from_the_exchange_to_the_exported_grades"
BUILD = "test_nbgrader_job.py::test_what_nbgrader_gives_out_holds_no_solution"
GREETING = "test_check_job.py::test_a_fresh_course_greets_a_learner_calmly"
HINTS = "test_check_job.py::test_hints_go_deeper_each_time"
RIGHT = "test_check_job.py::test_right_chapters_get_all_their_points_and_a_wrong_answer_its_name"
RUN = "test_check_job.py::test_run_trains_with_the_learners_code_and_draws_it"
GRADES = "test_grade_job.py::test_grades_csv_has_a_row_per_student_with_the_scores_and_their_sum"
GRADEBOOK = "test_grade_job.py::test_a_gradebook_holds_the_numbers_of_grades_csv"
PICTURE = "test_site_job.py::test_make_site_draws_what_a_chapter_trains"
RELEASE = "test_release_job.py::test_no_solution_and_no_folder_of_answers_is_in_it"
CALM = "test_release_job.py::test_the_first_check_is_calm"
SITTING = "../test_watch.py::test_a_sitting_in_a_terminal"
FIRST_COURSE = "test_first_course.py::test_the_first_course_is_as_the_page_says"
REVIEW = "../test_review_command.py::test_points_with_a_reason_count_and_are_explained"
EVENING = "test_desk_job.py::test_an_evening_at_the_desk"
NEW = "test_new_course.py::test_a_course_of_ones_own"

# Commands of blocks and tables, by the test that runs them, perhaps on other files.
RUN_BY = {
    "dojo --help": "../test_light_commands.py::test_what_needs_no_course_loads_not_even_a_screen",
    "dojo check NAME": RIGHT,
    'dask worker tcp://10.0.0.5:8786 --nthreads 1 --resources "GPU=1"': f"{HERE}::test_jobs_go_to_the_workers_with_a_resource",
    "dojo check": f"{HERE}::test_the_screen_in_the_readme_is_the_first_check",
    "dojo check ch1": RIGHT,
    "dojo calibrate": "../test_threshold.py::test_a_chapter_with_nothing_to_calibrate_says_so",
    "dojo check EXERCISE": RIGHT,
    "dojo compare sigmoid": "../test_compare_command.py::test_both_versions_are_shown_without_docstring_and_markers",
    "dojo doctor": "test_check_job.py::test_doctor_finds_the_machine_ready",
    "dojo export autograder": "test_autograder_job.py::test_the_autograder_gives_the_score_and_says_why",
    "dojo export autograder --out autograder.zip": "test_autograder_job.py::test_the_autograder_gives_the_score_and_says_why",
    "dojo export canvas results/ --out canvas.csv": GRADEBOOK,
    "dojo export gradescope results/ --out folder/": "test_grade_job.py::test_gradescope_gets_each_students_points_and_words",
    "dojo export moodle results/ --out moodle.csv": GRADEBOOK,
    "dojo export moodle-worksheet results/ --chapter ch1_fundamentals --out sheet.csv": "test_grade_job.py::test_a_moodle_worksheet_holds_the_numbers_of_its_chapter",
    "dojo grade": GRADES,
    "dojo grade ../submissions --out ../results": FIRST_COURSE,
    "dojo grade submissions/ --out results/": GRADES,
    "dojo grade submissions/ --out results/ --scheduler tcp://10.0.0.5:8786": "../test_cluster.py::test_a_killed_worker_loses_and_doubles_nothing",
    "dojo grade submissions/ --out results/ --scheduler tcp://10.0.0.5:8786 --resource GPU=1": f"{HERE}::test_jobs_go_to_the_workers_with_a_resource",
    "dojo list --all": RIGHT,
    "dojo hint sigmoid": HINTS,
    "dojo nbgrader build --out ~/torchdojo-class": BUILD,
    "dojo nbgrader convert exercises/ch3_modules.py my.ipynb": f"{HERE}::test_convert_brings_back_the_same_text",
    "dojo nbgrader convert my.ipynb ch3_modules.py": f"{HERE}::test_convert_brings_back_the_same_text",
    "dojo new chapter": "../test_new.py::test_the_real_course_takes_a_chapter_and_an_exercise",
    "dojo new course": NEW,
    "dojo new course basics": FIRST_COURSE,
    "dojo new exercise": NEW,
    "dojo new mistake": NEW,
    "dojo new mistake ch1_basics/softmax/mean_subtracted": FIRST_COURSE,
    "dojo release": RELEASE,
    "dojo release --out ../autumn": RELEASE,
    "dojo release --out ../release": FIRST_COURSE,
    "dojo reset": RIGHT,
    "dojo reset sigmoid": RIGHT,
    "dojo export nbgrader results/ --course folder/": "../test_nbgrader_export.py::test_points_and_comments_are_written_once",
    "dojo desk results/": EVENING,
    "dojo grade submissions/ --out results/ --dry-run": "../test_changes.py::test_a_dry_run_says_what_the_run_then_changes_and_leaves_everything_as_it_is",
    "dojo publish results/": EVENING,
    "dojo review results/ ada fundamentals/sigmoid": REVIEW,
    'dojo review results/ ada fundamentals/sigmoid --points 1.5 --reason "right, but it overflows"': REVIEW,
    'dojo review results/ ada fundamentals/sigmoid --comment "See *numerical stability*." --line 12': "../test_review_command.py::test_comments_requests_and_marks_are_shown",
    'dojo review results/ fundamentals/sigmoid --all-with-mistake sign_forgotten --points 1 --reason "as announced"': "../test_review_command.py::test_all_with_a_mistake_are_one_decision",
    "dojo review results/ --undo": "../test_review_command.py::test_withdrawing_and_undoing",
    "dojo run": RUN,
    "dojo run CHAPTER": RUN,
    "dojo run ch1": RUN,
    "dojo schema --out course.schema.json": "../test_course_schema.py::test_dojo_schema_writes_what_is_committed",
    "dojo stubs": FIRST_COURSE,
    "dojo try sigmoid": "../test_try.py::test_a_wrong_answer_is_shown_beside_the_right_one",
    "dojo verify": FIRST_COURSE,
    "dojo verify --mistakes-only --messages messages.md": FIRST_COURSE,
    "dojo verify ch1_fundamentals/sgd_step": "test_verify_job.py::test_every_answer_and_mutant_of_an_exercise_gets_its_verdict",
    "dojo verify ch3 --mistakes-only --messages messages.md": "../test_messages.py::test_the_page_shows_what_each_mistake_of_a_selection_is_told",
    "dojo watch": SITTING,
    "cd basics": FIRST_COURSE,
    "cp reference/ch1_basics.py ../submissions/ada/": FIRST_COURSE,
    "make check": GREETING,
    "make list": GREETING,
    "make release": RELEASE,
    "make site": PICTURE,
    "make watch": SITTING,
    "mkdir -p ../submissions/ada": FIRST_COURSE,
    "nbgrader autograde ch3_modules": NBGRADER,
    "nbgrader collect ch3_modules": NBGRADER,
    "nbgrader export": NBGRADER,
    "nbgrader fetch_assignment ch3_modules": NBGRADER,
    "nbgrader generate_assignment ch3_modules": BUILD,
    "nbgrader generate_feedback ch3_modules": NBGRADER,
    "nbgrader release_assignment ch3_modules": NBGRADER,
    "nbgrader release_feedback ch3_modules": NBGRADER,
    "nbgrader submit ch3_modules": NBGRADER,
    "nbgrader zip_collect ch3_modules": NBGRADER,
    "pytest graders/ch1_basics": FIRST_COURSE,
    "pytest graders/ch1_basics --submission reference/ch1_basics.py": FIRST_COURSE,
    "python scripts/measure_results.py FOLDER --epochs 3 --threads 1": f"{HERE}::test_measure_results_prints_the_table_of_the_page",
    "python3 -m http.server --directory dist/site": "test_site_job.py::test_every_page_is_whole_and_asks_nobody_else",
}
# Those of a release's README, which are other commands: its Makefile and its course are its own.
RUN_IN_A_RELEASE = {
    "dojo check ch1": "test_release_job.py::test_a_wrong_answer_is_told_as_in_the_course",
    "dojo check sigmoid": "test_release_job.py::test_a_wrong_answer_is_told_as_in_the_course",
    "dojo hint sigmoid": "test_release_job.py::test_hint_reset_list_and_doctor_work",
    "make check": CALM,
    "dojo reset sigmoid": "test_release_job.py::test_hint_reset_list_and_doctor_work",
    "make doctor": "test_release_job.py::test_hint_reset_list_and_doctor_work",
    "make list": "test_release_job.py::test_hint_reset_list_and_doctor_work",
    "make submit": "test_release_job.py::test_right_answers_pass_here_and_what_is_submitted_gets_full_marks",
    "make watch": "test_release_job.py::test_watch_tells_of_a_save",
}
NOT_RUN = {
    "cd ~/torchdojo-class": "does nothing by itself; the next commands are run in that folder",
    "make test": "is what runs these tests",
    "make test-gpu": "needs a CUDA device",
    "pip install 'torchdojo[dask]'": "needs a network",
    "pip install 'torchdojo[grade]'": "needs a network",
    "python -c 'import torch'": "runs no part of torchdojo: a command's time is compared with it",
}
NOT_RUN_IN_A_RELEASE = {"dojo run ch1": "trains as in the course, with the same code"}
PLACEHOLDER = re.compile(r"…|<\w+>|[A-Z]+(\.svg)?")
PYTEST_OPTIONS = ("--collect-only", "--junit-xml", "--lf", "--submission")
FOREIGN_OPTIONS = {"--nthreads": "dask", "--student": "nbgrader", **dict.fromkeys(PYTEST_OPTIONS, "pytest")}


# What is shown exists


def subcommand(words: list[str]) -> tuple[click.Command, click.Context, list[str]]:
    """Return the command that words after `dojo` call, and what is left of them. click.UsageError where there is none."""
    command: click.Command = cli
    context = click.Context(cli, info_name="dojo")
    while isinstance(command, click.Group) and words:
        _, words, _ = command.make_parser(context).parse_args(list(words))
        if not words:
            break
        found = command.get_command(context, words[0])
        if found is None:
            raise click.UsageError(f"no command {words[0]}")
        command, context, words = found, click.Context(found, context, words[0]), words[1:]
    return command, context, words


def misused(text: str, *, whole: bool = True) -> str | None:
    """Return what is wrong with a call of dojo, or None: an option, a choice, or the name of a chapter or exercise.

    whole: whether every required argument must be given
    """
    words = [word for word in shlex.split(text.partition(" ")[2]) if word != "…"]
    try:
        command, context, rest = subcommand(words)
        if isinstance(command, click.Group):
            return None
        given, extra, _ = command.make_parser(context).parse_args(list(rest))
        if extra:
            return f"unexpected {extra}"
        for parameter in command.params:
            found = given.get(parameter.name or "")
            values = [
                value for value in (found if isinstance(found, list | tuple) else [found]) if isinstance(value, str)
            ]
            if whole and rest and parameter.required and not values:
                return f"{parameter.name} is missing"
            demand([value for value in values if not PLACEHOLDER.fullmatch(value)], parameter, context)
    except click.UsageError as error:
        return error.format_message()
    except UserError as error:
        return str(error)
    return None


def demand(values: list[str], parameter: click.Parameter, context: click.Context) -> None:
    """Raise click.UsageError if a parameter does not take a value: a choice, a number, a chapter or an exercise."""
    for value in values:
        if isinstance(parameter.type, click.Choice | click.IntRange):
            parameter.type.convert(value, parameter, context)
        elif parameter.name in ("name", "names", "chapter", "chapters") and not makes_it(context):
            (pick_exercise if context.info_name in ("hint", "reset") else pick)(load_course(PROJECT), value)


def makes_it(context: click.Context) -> bool:
    """Whether a call is of `dojo new`, whose names are those of what is not there yet."""
    return context.parent is not None and context.parent.info_name == "new"


def test_every_call_of_dojo_parses() -> None:
    shown = [call for call in commands() if call.program == "dojo"]
    assert len(shown) > 60
    said = {(call.page, call.text): misused(call.text, whole=call.where != "sentence") for call in shown}
    assert {call: wrong for call, wrong in said.items() if wrong} == {}


@pytest.mark.parametrize(
    "text",
    [
        "dojo grades submissions/ --out results/",
        "dojo grade submissions/ --out results/ --rooster roster.csv",
        "dojo grade submissions/ --out results/ --sandbox docker",
        "dojo grade submissions/ --out results/ more/",
        "dojo grade submissions/",
        "dojo export blackboard results/ --out grades.csv",
        "dojo export moodle results/ --out grades.csv --chapter ch9_transformers",
        "dojo hint sigmoids",
        "dojo reset ch1",
        "dojo check --jason",
    ],
)
def test_a_call_of_dojo_that_does_not_exist_is_found(text: str) -> None:
    assert misused(text)


def test_every_option_in_a_sentence_exists() -> None:
    def every(command: click.Command) -> Iterator[click.Parameter]:
        yield from command.params
        if isinstance(command, click.Group):
            for name in command.list_commands(click.Context(command)):
                yield from every(command.get_command(click.Context(command), name))

    known: dict[str, list[click.Parameter]] = {}
    for option in every(cli):
        for name in (*option.opts, *option.secondary_opts):
            known.setdefault(name, []).append(option)
    shown = [(span.page, *span.text.split(maxsplit=1)) for span in spans() if re.match(r"--\w", span.text)]
    assert len(shown) > 10
    unknown = [(page, name) for page, name, *_ in shown if name not in known and name not in FOREIGN_OPTIONS]
    assert unknown == []
    for page, name, *value in shown:
        choices = [option.type.choices for option in known.get(name, []) if isinstance(option.type, click.Choice)]
        assert not value or not choices or any(value[0] in some for some in choices), (page, name, value)


def test_every_option_of_pytest_in_a_page_exists() -> None:
    shown = [word for command in commands() if command.program == "pytest" for word in shlex.split(command.words)]
    options = {word for word in shown if word.startswith("-")} | set(PYTEST_OPTIONS)
    known = run(BIN / "pytest", "--help").out
    assert [option for option in options if not re.search(rf"(^|[\s,]){re.escape(option)}\b", known)] == []


def test_every_make_target_exists() -> None:
    for page in pages():
        released = page.relative_to(PROJECT).as_posix() == RELEASED
        makefile = PROJECT / ("torchdojo/authoring/release_makefile.txt" if released else "Makefile")
        shown = {c.words for c in commands() if PROJECT / c.page == page and c.program == "make" and c.words}
        targets = set(re.findall(r"^([\w-]+):", makefile.read_text(encoding="utf-8"), re.MULTILINE))
        assert shown <= targets, page


def test_every_variable_of_make_is_one_that_the_makefile_reads() -> None:
    makefile = (PROJECT / "Makefile").read_text(encoding="utf-8")
    shown = {name for page in pages() for name in re.findall(r"\b([A-Z]{2,})=…", page.read_text(encoding="utf-8"))}
    assert shown >= {"RELEASE", "SITE"}
    assert {name for name in shown if not re.search(rf"^{name} \?=", makefile, re.MULTILINE)} == set()


def test_every_call_of_nbgrader_names_a_command_of_its_own() -> None:
    shown = {command.words.split()[0] for command in commands() if command.program == "nbgrader" and command.words}
    assert len(shown) > 8
    assert shown <= set(NbGraderApp().subcommands)


def test_every_script_and_its_options_exist() -> None:
    shown = [
        command.words for command in commands() if command.program.startswith("python") and "scripts" in command.words
    ]
    shown += [span.text for span in spans() if span.text.startswith("scripts/")]
    assert len(shown) >= 4
    for text in shown:
        name, *words = shlex.split(text.removeprefix("-m "))
        path = PROJECT / (name if name.endswith(".py") else name.replace(".", "/"))
        files = [path] if path.is_file() else list(path.glob("*.py"))
        code = "".join(file.read_text(encoding="utf-8") for file in files)
        assert [word for word in words if word.startswith("-") and f'"{word}"' not in code] == [], text
        assert files, text


def test_every_extra_that_a_page_installs_is_one() -> None:
    extras = tomllib.loads((PROJECT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["optional-dependencies"]
    shown = {name for page in pages() for name in re.findall(r"torchdojo\[(\w+)\]", page.read_text(encoding="utf-8"))}
    assert shown >= {"dask", "nbgrader"}
    assert shown <= set(extras)


# What is shown is run


def test_every_command_is_run_or_listed_with_the_reason() -> None:
    for released, run_by, not_run in ((False, RUN_BY, NOT_RUN), (True, RUN_IN_A_RELEASE, NOT_RUN_IN_A_RELEASE)):
        shown = {
            command.text
            for command in commands()
            if command.where != "sentence" and command.words and (command.page == RELEASED) == released
        }
        assert shown == set(run_by) | set(not_run)
        assert set(run_by) & set(not_run) == set()


@pytest.mark.parametrize(("text", "test"), sorted({**RUN_BY, **RUN_IN_A_RELEASE}.items()))
def test_the_test_that_runs_it_is_there_and_names_it(text: str, test: str) -> None:
    file, _, name = test.partition("::")
    source = (TESTS / "jobs" / file).read_text(encoding="utf-8")
    tests = {node.name for node in ast.parse(source).body if isinstance(node, ast.FunctionDef)}
    assert name in tests
    words = text.split()[1:]
    word = next((word for word in words if not word.startswith("-")), words[0])
    assert word in source


def documented(text: str) -> list[str]:
    """Return the words of a command that some page shows in a block."""
    assert text in {command.text for command in commands() if command.where == "block"}
    return shlex.split(text)


def test_the_screen_in_the_readme_is_the_first_check(tmp_path: Path) -> None:
    (shown,) = (block.text for block in blocks() if block.page == "README.md" and not block.language)
    done = dojo("check", cwd=copy_course(tmp_path / "course"))
    assert done.code == 1
    said, promised = (re.sub(r"[\s░]+", " ", text) for text in (done.out, shown))
    assert promised in said


def test_convert_brings_back_the_same_text(tmp_path: Path) -> None:
    place = copy_course(tmp_path / "course")
    for text in (
        "dojo nbgrader convert exercises/ch3_modules.py my.ipynb",
        "dojo nbgrader convert my.ipynb ch3_modules.py",
    ):
        done = dojo(*documented(text)[1:], cwd=place)
        assert (done.code, done.err) == (0, ""), done.text
    assert (place / "ch3_modules.py").read_bytes() == (place / "exercises/ch3_modules.py").read_bytes()
    notebook = json.loads((place / "my.ipynb").read_text(encoding="utf-8"))
    cells = [cell["metadata"].get("nbgrader", {}) for cell in notebook["cells"]]
    points = {cell["grade_id"]: cell["points"] for cell in cells if cell.get("grade")}
    assert points == {
        f"{exercise.name}-grade": exercise.points for exercise in load_course(PROJECT).find("ch3_modules").exercises
    }


def test_measure_results_prints_the_table_of_the_page(tmp_path: Path) -> None:
    page = (PROJECT / "docs/results.md").read_text(encoding="utf-8")
    for split in ("train", "test"):
        for label in ["airplane", "automobile", "bird", "cat", "deer", "dog", "frog", "horse", "ship", "truck"]:
            (tmp_path / split / label).mkdir(parents=True)
            Image.new("RGB", (32, 32), (90, 20 * len(label), 70)).save(tmp_path / split / label / "1.jpg")
    words = documented("python scripts/measure_results.py FOLDER --epochs 3 --threads 1")
    done = run(BIN / words[0], *(str(tmp_path) if word == "FOLDER" else word for word in words[1:]))
    assert done.code == 0, done.text
    assert "10 training images, 10 test images" in done.out

    def rows(text: str) -> list[tuple[str, ...]]:
        """Return the networks of a table, with their parameters and epochs: what does not depend on the images."""
        lines = re.findall(r"^\|([^|]+)\|([^|]+)\|([^|]+)\|[^|]+\|[^|]+\|$", text, re.MULTILINE)
        return [tuple(cell.strip() for cell in line) for line in lines]

    assert rows(done.out) == rows(page)


@pytest.fixture
def scheduler(tmp_path: Path) -> Iterator[str]:
    """The address of a scheduler with one worker that has a GPU, by its own account."""
    file = tmp_path / "scheduler.json"
    words = documented('dask worker tcp://10.0.0.5:8786 --nthreads 1 --resources "GPU=1"')
    options = ["--host", "127.0.0.1", "--port", "0", "--no-dashboard", "--scheduler-file", str(file)]
    log = (tmp_path / "dask.log").open("wb")
    started = [subprocess.Popen([BIN / "dask", "scheduler", *options], stdout=log, stderr=log, cwd=tmp_path)]
    try:
        deadline = time.monotonic() + 120
        while not file.exists() or not file.read_text():
            assert time.monotonic() < deadline
            time.sleep(0.1)
        address = json.loads(file.read_text())["address"]
        own = [address if word.startswith("tcp:") else word for word in words[1:]]
        environment = {**os.environ, "TORCHDOJO_COURSE": str(PROJECT)}
        worker = [BIN / "dask", *own, "--no-nanny", "--no-dashboard"]
        started.append(subprocess.Popen(worker, stdout=log, stderr=log, cwd=tmp_path, env=environment))
        yield address
    finally:
        for process in reversed(started):
            process.terminate()
            process.wait()


def test_jobs_go_to_the_workers_with_a_resource(tmp_path: Path, scheduler: str, bubblewrap: object) -> None:
    (tmp_path / "submissions/ada").mkdir(parents=True)
    (tmp_path / "submissions/ada/ch3_modules.py").write_text(reference("ch3_modules"), encoding="utf-8")
    words = documented("dojo grade submissions/ --out results/ --scheduler tcp://10.0.0.5:8786 --resource GPU=1")
    own = [scheduler if word.startswith("tcp:") else word for word in words[1:]]
    done = dojo("--course", PROJECT, *own, cwd=tmp_path)
    assert done.code == 0, done.text
    assert read_grades(tmp_path / "results")["ada"]["ch3_modules"] == "20"
