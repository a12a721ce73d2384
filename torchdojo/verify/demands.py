"""Compare what the checks demand with what the learner's text says: the text is the contract.

Each check names, in its `rests_on` mark, the words of the text that state its demand. A check whose words are not there
demands what nobody was told. A sentence of a docstring that no check's words touch promises what nobody asks for,
unless graders/<chapter>/not_checked.toml gives a reason.
"""

from __future__ import annotations

import ast
import json
import re
import tomllib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from torchdojo.course import Chapter, Course, CourseError, parse_course_file, read_course_file
from torchdojo.grading.result import CheckResult
from torchdojo.notebooks.cells import Cell
from torchdojo.notebooks.percent import split_percent
from torchdojo.source.names import Definition
from torchdojo.verify.places import Places, line_of_words, place

FILE = "not_checked.toml"
RESTS_ON = '@pytest.mark.rests_on("its words")'
DEMANDS = "demands.md"
# A sentence ends at a full stop, a semicolon or an empty line, and where an entry such as "x: any shape" begins.
SENTENCE = re.compile(r"(?<=[.;])\s+|\n\s*\n|\n(?=\s*(?:returns\b|[\w, *]+:))")


@dataclass(frozen=True)
class LearnersText:
    """What a learner reads about an exercise: its signatures and docstrings, and the prose before it."""

    docstrings: list[str]
    signatures: list[str]
    prose: list[str]

    def says(self, words: str) -> bool:
        """Whether these words are in it; a line break counts as a space."""
        return any(_flat(words) in _flat(part) for part in (*self.docstrings, *self.signatures, *self.prose))

    def sentences_without(self, words: Iterable[str]) -> Iterator[str]:
        """Yield each sentence of the docstrings that has no character in common with any of these words."""
        wanted = [_flat(word) for word in words]
        for docstring in self.docstrings:
            flat = _flat(docstring)
            touched = [m.span() for word in wanted for m in re.finditer(re.escape(word), flat)]
            end = 0
            for part in filter(None, map(_flat, SENTENCE.split(docstring))):
                start = flat.index(part, end)
                end = start + len(part)
                if any(c.isalnum() for c in part) and not any(a < end and start < b for a, b in touched):
                    yield part


def find_text_problems(
    course: Course,
    chapter: Chapter,
    checks: Iterable[CheckResult],
    selected: Iterable[str],
    places: Places | None = None,
) -> list[str]:
    """Return what the checks demand without a sentence, and what the text promises without a check.

    places: where the checks are
    """
    checks, problems, places = list(checks), list[str](), places or {}
    excused = _load_excused(course, chapter)
    excuses = f"graders/{chapter.name}/{FILE}"
    texts = read_learners_texts(course, chapter)
    reference = parse_course_file(course.reference_file(chapter))
    for name in selected:
        text, words = texts[name], list(excused.get(name, {}))
        problems += [
            f"{excuses}: {name}: “{w}” is not in its text{_near_sentence(text, w)}" for w in words if not text.says(w)
        ]
        for check in checks:
            if check.exercise.name == name:
                key = f"{name}/{check.check}"
                problems += _unfounded(check, text, f"{places[key]}: {key}" if key in places else key)
                words += check.rests_on
        for sentence in text.sentences_without(words):
            line = line_of_words(reference.lines, sentence, reference.definitions[name].lineno)
            where = place(course, course.reference_file(chapter), line)
            problems.append(
                f"{where}: {name}: no check rests on “{sentence}”. {_how_to_cover(name, sentence, excuses)}"
            )
    return problems


def _unfounded(check: CheckResult, text: LearnersText, where: str) -> Iterator[str]:
    """Yield what a check demands without a sentence of the text."""
    if not check.rests_on:
        yield f"{where} does not name the words of the text that it rests on. Write\n  {RESTS_ON}"
    for demand in check.rests_on:
        if not text.says(demand):
            yield f"{where} rests on “{demand}”, which is not in the text{_near_sentence(text, demand)}"


def _how_to_cover(exercise: str, sentence: str, excuses: str) -> str:
    """Return what to write about a sentence that no check rests on."""
    words = json.dumps(sentence, ensure_ascii=False)
    return (
        f"Write above the check that asks for it\n  @pytest.mark.rests_on({words})\n"
        f'or why none does, in {excuses}\n  [{exercise}]\n  {words} = "why nothing checks it"'
    )


def _near_sentence(text: LearnersText, words: str) -> str:
    """Return the sentence of a text that may be meant by these words, as words to add to a message."""
    wanted = set(re.findall(r"\w+", words.lower()))
    parts = (*text.docstrings, *text.signatures, *text.prose)
    sentences = [_flat(part) for own in parts for part in SENTENCE.split(own)]
    shared = {sentence: len(wanted & set(re.findall(r"\w+", sentence.lower()))) for sentence in sentences}
    best = max(shared, key=lambda sentence: shared[sentence], default="")
    if 2 * shared.get(best, 0) > len(wanted):
        return f"; did you mean “{best}”?"
    return ": quote it word for word, from its docstring, signature or prose"


def read_learners_texts(course: Course, chapter: Chapter) -> dict[str, LearnersText]:
    """Return what learners read about each exercise, the head of the chapter included."""
    exercises = {exercise.name for exercise in chapter.exercises}
    texts: dict[str, LearnersText] = {}
    head: list[str] | None = None
    prose: list[str] = []
    for cell in split_percent(read_course_file(course.reference_file(chapter)).decode("utf-8")):
        if cell.kind == "markdown":
            prose.append(cell.text)
        for definition in _definitions(cell):
            if definition.name in exercises:
                head = prose if head is None else head
                parts = [node for node in ast.walk(definition) if isinstance(node, Definition)]
                docstrings = [ast.get_docstring(node) or "" for node in parts]
                signatures = [_signature(cell, node) for node in parts]
                texts[definition.name] = LearnersText(docstrings, signatures, [*head, *prose])
                prose = []
    return texts


def _definitions(cell: Cell) -> list[Definition]:
    if cell.kind != "code":
        return []
    return [node for node in ast.parse(cell.text).body if isinstance(node, Definition)]


def _signature(cell: Cell, node: Definition) -> str:
    """Return a definition's text up to its body."""
    return "\n".join(cell.text.split("\n")[node.lineno - 1 : max(node.lineno, node.body[0].lineno - 1)])


def _load_excused(course: Course, chapter: Chapter) -> dict[str, dict[str, str]]:
    """Return the reasons by exercise and words; CourseError if the file holds anything else."""
    path = course.graders_folder(chapter) / FILE
    if not path.exists():
        return {}
    try:
        table = tomllib.loads(read_course_file(path).decode("utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise CourseError(path, f"is not TOML: {error}") from None
    for name, reasons in table.items():
        if chapter.find(name) is None:
            raise CourseError(path, f"{name!r} is not an exercise of {chapter.name}", key=name)
        if not isinstance(reasons, dict) or not all(isinstance(r, str) and r.strip() for r in reasons.values()):
            raise CourseError(path, 'must be "words of the text" = "why nothing checks it"', key=name)
    return table


def _flat(text: str) -> str:
    return " ".join(text.split())


def render_demands(checks: Iterable[CheckResult]) -> str:
    """Return docs/demands.md: what each check demands, beside the words of the text that it rests on."""
    rows = [
        f"| {check.exercise} | {_cell(check.title)} | {_cell(' … '.join(map(_flat, check.rests_on)))} |"
        for check in checks
    ]
    return "\n".join(
        [
            "# What the checks demand, and where the text says so",
            "",
            "Written by `make verify`; do not edit. `dojo verify` fails when the words are no longer in the text.",
            "",
            "| exercise | the check | the learner's text |",
            "|---|---|---|",
            *rows,
            "",
        ]
    )


def _cell(text: str) -> str:
    return text.replace("|", "\\|")
