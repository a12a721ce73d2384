"""Make courses, chapters and exercises from the templates."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from torchdojo.authoring.scaffold.changes import Changes, ScaffoldError
from torchdojo.authoring.scaffold.code_text import add_code
from torchdojo.authoring.scaffold.course_text import add_chapter, add_exercise
from torchdojo.authoring.scaffold.names import check_chapter_name, check_name
from torchdojo.authoring.scaffold.template import fill, list_templates
from torchdojo.authoring.toml_text import toml_string
from torchdojo.course import Chapter, Course, load_course, parse_course_file
from torchdojo.course.load import FILE_NAME
from torchdojo.course.stub import make_chapter_stub, make_stub
from torchdojo.files import display_path
from torchdojo.source.files import ParsedSource

FIRST_CHAPTER = "ch1_basics"
FIRST_EXERCISE = {"torch": "softmax", "python": "run_lengths"}
MEMORY_MB = {"torch": 1024, "python": 512}
NUMBER = re.compile(r"^ch\d+_")
WORD_START = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")
POINTS_STEP = 0.25
LEAST_POINTS = 1.0  # so that each of two checks is worth something, and the core one most


@dataclass(frozen=True)
class NewExercise:
    """An exercise to add.

    form: "function", "class", or "text" for people to grade; points: a multiple of 0.25, at least 1
    """

    name: str
    form: str = "function"
    points: float = 2.0

    def __post_init__(self) -> None:
        if not LEAST_POINTS <= self.points < 1000 or self.points % POINTS_STEP:
            raise ScaffoldError(f"points must be a multiple of {POINTS_STEP:g}, and at least {LEAST_POINTS:g}")

    @property
    def values(self) -> dict[str, str]:
        """What its templates are filled in with. Its core check, or first item, has three quarters of the points."""
        other = self.points / 4 // POINTS_STEP * POINTS_STEP
        words = self.name.replace("_", " ").strip()
        return {
            "name": self.name,
            "snake": WORD_START.sub("_", self.name).lower(),
            "heading": self.name if self.form == "class" else f"{words[0].upper()}{words[1:]}",
            "points": f"{self.points:g}",
            "core_points": f"{self.points - other:g}",
            "other_points": f"{other:g}",
        }


def new_course(folder: Path, title: str | None, kind: str) -> Changes:
    """Write a course with a chapter and an exercise to a folder, which is missing or empty; return what was written."""
    if folder.exists() and not folder.is_dir():
        raise ScaffoldError(f"{display_path(folder)} exists and is not a folder")
    if folder.is_dir() and any(not path.name.startswith(".") for path in folder.iterdir()):
        raise ScaffoldError(f"{display_path(folder)} is not empty: choose a different folder")
    title = _one_line(title) or title_of(folder.resolve().name)
    values = {"title": title, "title_text": toml_string(title)}
    changes = Changes()
    changes.add(folder / "README.md", fill("course/README.md", values))
    changes.add(folder / ".gitignore", fill("course/gitignore", values))
    tables = _plan_chapter(changes, folder, FIRST_CHAPTER, None, kind, NewExercise(FIRST_EXERCISE[kind]))
    changes.add(folder / FILE_NAME, f"{fill('course/course.toml', values)}\n{tables}")
    changes.write(lambda: _require_loads(folder))
    return changes


def new_chapter(course: Course, name: str, title: str | None, kind: str | None) -> Changes:
    """Add a chapter with an exercise to a course; return what was written. kind: None for that of the last chapter"""
    check_chapter_name(name, [chapter.name for chapter in course.chapters])
    kind = kind or course.chapters[-1].kind
    taken = {exercise.name for chapter in course.chapters for exercise in chapter.exercises}
    exercise = NewExercise(_free_name(FIRST_EXERCISE[kind], taken))
    path = course.root / FILE_NAME
    changes = Changes()
    tables = _plan_chapter(changes, course.root, name, title, kind, exercise)
    changes.change(path, add_chapter(path, _read(path), tables))
    changes.write(lambda: _require_loads(course.root))
    return changes


def new_exercise(course: Course, chapter: Chapter, exercise: NewExercise) -> Changes:
    """Add an exercise to a chapter; return what was written.

    An exercise file that somebody has worked in keeps what is in it, and gets the new exercise at its end.
    """
    check_name("an exercise", exercise.name, [other.name for other in chapter.exercises])
    toml, reference, stub = course.root / FILE_NAME, course.reference_file(chapter), course.exercise_file(chapter)
    template = "exercise/text" if exercise.form == "text" else f"exercise/{chapter.kind}/{exercise.form}"
    _require_unbound(reference, [exercise.name])
    changes = Changes()
    if exercise.form != "text":
        _plan_graders(changes, course.graders_folder(chapter), template, exercise)
        _plan_probes(changes, course.graders_folder(chapter) / "probes.py", template, exercise)
    code = fill(f"{template}/reference.py", exercise.values)
    text = add_code(_read(reference), code)
    changes.change(reference, text)
    if not stub.is_file():
        changes.add(stub, make_stub(text))
    elif stub.read_bytes() == make_chapter_stub(course, chapter).encode():
        changes.change(stub, make_stub(text))
    else:
        changes.change(stub, add_code(_read(stub), make_stub(code)))
    table = fill(f"{template}/course.toml", exercise.values)
    changes.change(toml, add_exercise(toml, _read(toml), chapter.name, table))
    changes.write(lambda: _require_loads(course.root))
    return changes


def title_of(name: str) -> str:
    """Return a title for a name, such as "Basics" for ch1_basics."""
    words = NUMBER.sub("", name).replace("_", " ").replace("-", " ").strip()
    return f"{words[0].upper()}{words[1:]}" if words else name


def _plan_chapter(changes: Changes, root: Path, name: str, title: str | None, kind: str, exercise: NewExercise) -> str:
    """Plan the files of a chapter with an exercise; return its tables of course.toml."""
    title = _one_line(title) or title_of(name)
    values = {
        "chapter": name,
        "title": title,
        "title_text": toml_string(title),
        "short_text": toml_string(NUMBER.sub("", name).replace("_", " ")),
        "kind_line": f'kind = "{kind}"    # nothing imports torch where its answers run\n' if kind != "torch" else "",
        "memory_mb": str(MEMORY_MB[kind]),
    }
    template, folder = f"exercise/{kind}/{exercise.form}", root / "graders" / name
    reference = add_code(fill("chapter/reference.py", values), fill(f"{template}/reference.py", exercise.values))
    probes = add_code(fill("chapter/probes.py", values), fill(f"{template}/probes.py", exercise.values))
    changes.add(root / "reference" / f"{name}.py", reference)
    changes.add(root / "exercises" / f"{name}.py", make_stub(reference))
    changes.add(folder / "probes.py", probes)
    _plan_graders(changes, folder, template, exercise)
    return f"{fill('chapter/course.toml', values)}\n{fill(f'{template}/course.toml', exercise.values)}"


def _plan_graders(changes: Changes, folder: Path, template: str, exercise: NewExercise) -> None:
    """Plan the checks, mistakes and accepted answers of an exercise."""
    changes.add(folder / f"test_{exercise.values['snake']}.py", fill(f"{template}/test.py", exercise.values))
    for kind in ("mistakes", "accepted"):
        for file in list_templates(f"{template}/{kind}"):
            changes.add(folder / kind / exercise.name / file, fill(f"{template}/{kind}/{file}", exercise.values))


def _plan_probes(changes: Changes, path: Path, template: str, exercise: NewExercise) -> None:
    """Plan the probes of an exercise, in a file that may be there."""
    probes = fill(f"{template}/probes.py", exercise.values)
    if path.is_file():
        _require_unbound(path, ParsedSource(probes.encode()).definitions)
        changes.change(path, add_code(_read(path), probes))
    else:
        changes.add(path, add_code(fill("chapter/probes.py", {}), probes))


def _require_unbound(path: Path, names: Iterable[str]) -> None:
    bound = {name for statement in parse_course_file(path).statements for name in statement.binds}
    for name in names:
        if name in bound:
            raise ScaffoldError(f"{display_path(path)} already has something called {name}: choose another name")


def _free_name(name: str, taken: set[str]) -> str:
    """Return a name that is not taken: this one, or with the first number that makes it free."""
    number, free = 2, name
    while free in taken:
        number, free = number + 1, f"{name}_{number}"
    return free


def _require_loads(root: Path) -> None:
    load_course(root)


def _one_line(text: str | None) -> str:
    return " ".join((text or "").split())


def _read(path: Path) -> str:
    """Return a file's text with its own line ends."""
    return path.read_bytes().decode("utf-8")
