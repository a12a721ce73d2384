"""Build the course's site with MkDocs: a page per chapter, with its prose, stubs, hints and figure."""

from __future__ import annotations

import html
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable
from importlib.resources import files
from pathlib import Path

from torchdojo.authoring.output_folder import ReleaseError, replace_folder
from torchdojo.authoring.release import require_no_leaks
from torchdojo.authoring.secrets import collect_secrets
from torchdojo.course import Chapter, Course, CourseError, Exercise
from torchdojo.course.schema import schema_text
from torchdojo.course.schema_page import SCHEMA_FILE, schema_page
from torchdojo.course.stub import make_chapter_stub
from torchdojo.notebooks.percent import split_percent
from torchdojo.source.files import ParsedSource

MANIFEST = "site.json"
HINTS = ("A nudge", "The idea", "Almost the answer")
MATH = re.compile(r"\$\$(?P<block>.+?)\$\$|(?<![\w$\\])\$(?P<inline>[^$\s](?:[^$\n]*[^$\s])?)\$(?!\w)", re.DOTALL)
CODE = re.compile(r"(^```.*?^```\s*?$|`[^`\n]+`)", re.DOTALL | re.MULTILINE)
TOKEN = re.compile(r"xmathx(\d+)x")
DrawFigure = Callable[[Chapter, Path], None]
Notify = Callable[[str], None]


def make_site(course: Course, out: Path, draw: DrawFigure | None, notify: Notify = lambda words: None) -> Path:
    """Build the site of a course in the folder `out`, or leave it as it is; return the folder.

    draw: draws a chapter's figure to a path; None leaves the figures out. ReleaseError if the site cannot be made,
    would leak a solution, or MkDocs is missing
    """
    if course.released:
        raise ReleaseError(f"{course.root} is a release; make the site from the course with the reference")
    with replace_folder(course, out, MANIFEST) as new, tempfile.TemporaryDirectory() as source:
        pages = _Pages(course, Path(source))
        for chapter in course.chapters:
            if draw is not None:
                notify(f"{chapter.name}: drawing its figure")
                draw(chapter, pages.docs / "pictures" / f"{chapter.name}.png")
            pages.chapter(chapter)
        pages.index()
        pages.course_toml()
        notify("building the pages")
        _build(Path(source), new)
        pages.set_math(new)
        notify("looking for leaks")
        require_no_leaks(new, collect_secrets(course, numbers=False))
    return out


class _Pages:
    """Writes the pages' sources. Formulas are replaced by tokens until MkDocs has made the HTML."""

    def __init__(self, course: Course, folder: Path) -> None:
        self.course = course
        self.docs = folder / "docs"
        (self.docs / "pictures").mkdir(parents=True)
        self.formulas: list[tuple[str, bool]] = []
        shutil.copyfile(str(files("torchdojo.authoring") / "site.css"), self.docs / "site.css")
        configuration = (files("torchdojo.authoring") / "site_mkdocs.txt").read_text(encoding="utf-8")
        lines = [f"  - {_quoted(f'{n}. {c.title}')}: {c.name}.md" for n, c in enumerate(course.chapters, start=1)]
        text = configuration.replace("{title}", _quoted(course.title)).replace("{chapters}", "\n".join(lines))
        (folder / "mkdocs.yml").write_text(text, encoding="utf-8")

    def index(self) -> None:
        """Write the first page: how to begin, and the chapters."""
        lines = [f"# {self.course.title}", ""]
        lines += ["Each chapter is a file of exercises: read it, fill in what is missing, run `make check`.", ""]
        lines += ["```sh", "make check    # check your exercises, and show the first thing to fix", "```", ""]
        lines += ['<div class="chapters" markdown>', ""]
        for number, chapter in enumerate(self.course.chapters, start=1):
            names = ", ".join(f"[`{e.name}`]({chapter.name}.md#{_anchor(e)})" for e in chapter.exercises)
            lines += [f"## {number}. [{chapter.title}]({chapter.name}.md)", "", names, ""]
        lines += ["</div>"]
        self._write("index.md", lines)

    def course_toml(self) -> None:
        """Write the page about course.toml for authors, and its schema for editors."""
        (self.docs / "course-toml.md").write_text(schema_page(), encoding="utf-8")
        (self.docs / SCHEMA_FILE).write_text(schema_text(), encoding="utf-8")

    def chapter(self, chapter: Chapter) -> None:
        """Write a chapter's page from its stub."""
        lines: list[str] = []
        remaining = {exercise.name: exercise for exercise in chapter.exercises}
        reference = self.course.reference_file(chapter)
        for cell in split_percent(make_chapter_stub(self.course, chapter)):
            if cell.kind == "markdown":
                lines += [self._tokens(cell.text), ""]
                continue
            statements = ParsedSource(cell.text.encode(), reference.name).statements
            bound = {name for statement in statements for name in statement.binds}
            exercises = [remaining.pop(name) for name in list(remaining) if name in bound]
            for exercise in exercises:
                lines += _head(exercise)
            lines += ["```python", cell.text, "```", ""]
            for exercise in exercises:
                lines += _hints(exercise)
        for exercise in remaining.values():  # that people grade, without code of its own
            lines += [*_head(exercise), *_hints(exercise)]
        figure = self.docs / "pictures" / f"{chapter.name}.png"
        if figure.is_file():
            lines += ["## What it does", "", f"`dojo run {chapter.name}` trains using your code and draws this:", ""]
            lines += [f"![What chapter {chapter.name} trains, as a figure](pictures/{figure.name})", ""]
        self._write(f"{chapter.name}.md", lines)

    def _tokens(self, text: str) -> str:
        """Return prose with each formula outside of code replaced by a token."""
        parts = CODE.split(text)
        return "".join(part if index % 2 else MATH.sub(self._token, part) for index, part in enumerate(parts))

    def _token(self, match: re.Match[str]) -> str:
        self.formulas.append((match["block"] or match["inline"], match["block"] is not None))
        return f"xmathx{len(self.formulas) - 1}x"

    def set_math(self, folder: Path) -> None:
        """Replace the tokens by the formulas: as MathML in pages, as text in the search index."""
        for path in [*folder.rglob("*.html"), folder / "search" / "search_index.json"]:
            if not path.is_file():
                continue
            text = path.read_text(encoding="utf-8")
            make = self._plain if path.suffix == ".json" else self._mathml
            path.write_text(TOKEN.sub(make, text), encoding="utf-8", newline="\n")

    def _mathml(self, match: re.Match[str]) -> str:
        from latex2mathml.converter import convert

        formula, block = self.formulas[int(match[1])]
        try:
            mathml = convert(formula.strip(), display="block" if block else "inline")
        except Exception as error:
            raise CourseError(self.course.root, f"a formula cannot be converted: {formula.strip()}: {error}") from None
        # As an identifier the sign of a transpose is a letter; as an operator it hangs too high.
        mathml = mathml.replace("<mo>&#x022A4;</mo>", '<mi mathvariant="normal">&#x022A4;</mi>')
        return re.sub(r"\\([_%#&])", r"\1", mathml)

    def _plain(self, match: re.Match[str]) -> str:
        formula = re.sub(r"\\[a-zA-Z]+|[{}\\]", " ", self.formulas[int(match[1])][0])
        return html.escape(" ".join(formula.split())).replace('"', "")

    def _write(self, name: str, lines: list[str]) -> None:
        (self.docs / name).write_text("\n".join(lines) + "\n", encoding="utf-8")


def _anchor(exercise: Exercise) -> str:
    return f"exercise-{exercise.name}"


def _head(exercise: Exercise) -> list[str]:
    points = _in_points(exercise.points) + (", graded by hand" if exercise.by_hand else "")
    label = f'data-toc-label="{exercise.name}"'
    return [
        f'### Exercise: `{exercise.name}` <small class="points">{points}</small> {{ #{_anchor(exercise)} {label} }}',
        "",
    ]


def _hints(exercise: Exercise) -> list[str]:
    """Return the exercise's rubric, its hints, each collapsed, and its link for reading."""
    lines = [f"- {item.title} ({_in_points(item.points)})" for item in exercise.rubric]
    lines += [""] if lines else []
    for title, hint in zip(HINTS, exercise.hints, strict=False):
        lines += [f'??? tip "{title}"', f"    {hint}", ""]
    if exercise.read:
        lines += [f"Read: <{exercise.read}>", ""]
    return lines


def _in_points(points: float) -> str:
    return f"{points:g} point" + ("" if points == 1 else "s")


def _quoted(text: str) -> str:
    """Return a text as a YAML scalar."""
    return "'" + text.replace("'", "''") + "'"


def _build(source: Path, target: Path) -> None:
    command = [sys.executable, "-m", "mkdocs", "build", "--quiet", "--strict", "--site-dir", str(target)]
    done = subprocess.run(command, cwd=source, capture_output=True, text=True, check=False)
    if "No module named mkdocs" in done.stderr:
        raise ReleaseError("MkDocs is missing: pip install 'torchdojo[site]', or make site")
    if done.returncode:
        raise ReleaseError(f"MkDocs failed: {(done.stdout + done.stderr).strip()[-1500:]}")
    (target / "sitemap.xml.gz").unlink(missing_ok=True)
