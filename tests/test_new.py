"""`dojo new`: what it writes loads and is as it should be, and nothing else changes."""

from __future__ import annotations

import shutil
import tomllib
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from hypothesis import given
from hypothesis import strategies as st

from tests.conftest import PROJECT
from torchdojo.authoring.scaffold.code_text import add_code, copy_definition
from torchdojo.authoring.scaffold.course_text import add_chapter, add_exercise
from torchdojo.authoring.stub import find_stale_stubs
from torchdojo.cli.main import cli
from torchdojo.course import CourseError, load_course, load_overlays
from torchdojo.source.files import ParsedSource

TEMPLATES = PROJECT / "torchdojo/authoring/scaffold/templates"
FORMS = [(kind, form) for kind in ("torch", "python") for form in ("function", "class")]


def new(root: Path | None, *arguments: str) -> Result:
    place = [] if root is None else ["--course", str(root)]
    return CliRunner().invoke(cli, [*place, "new", *arguments])


def snapshot(root: Path) -> dict[str, bytes]:
    return {path.relative_to(root).as_posix(): path.read_bytes() for path in root.rglob("*") if path.is_file()}


@pytest.fixture
def course(tmp_path: Path) -> Path:
    """A course with one chapter, ch1_basics, and one exercise, softmax."""
    root = tmp_path / "course"
    assert new(None, "course", str(root)).exit_code == 0
    return root


@pytest.fixture
def real(tmp_path: Path) -> Path:
    """A copy of the real course."""
    root = tmp_path / "real"
    root.mkdir()
    shutil.copy(PROJECT / "course.toml", root)
    for name in ("exercises", "graders", "reference"):
        shutil.copytree(PROJECT / name, root / name, ignore=shutil.ignore_patterns("__pycache__"))
    return root


def test_a_course_has_all_that_one_needs_and_names_each_file_and_the_next_step(tmp_path: Path) -> None:
    root = tmp_path / "my course"
    done = new(None, "course", str(root), "--title", 'A "small"\ncourse')
    assert done.exit_code == 0, done.output
    course = load_course(root)
    assert course.title == 'A "small" course'
    assert (root / "README.md").read_text(encoding="utf-8").startswith('# A "small" course\n')
    assert find_stale_stubs(course) == {}
    for name in snapshot(root):
        assert str(root / name) in done.output
    assert f'cd "{root}"' in done.output
    assert "dojo check" in done.output
    assert "dojo verify" in done.output


def test_a_course_without_torch_does_not_name_it(tmp_path: Path) -> None:
    root = tmp_path / "course"
    assert new(None, "course", str(root), "--kind", "python").exit_code == 0
    assert new(root, "exercise", "ch1_basics/Queue", "--class").exit_code == 0
    assert new(root, "chapter", "ch2_more").exit_code == 0
    assert [chapter.kind for chapter in load_course(root).chapters] == ["python", "python"]
    for name, content in snapshot(root).items():
        if name.endswith(".py"):
            assert b"import torch\n" not in content, name
            assert b"Tensor" not in content, name


def test_what_is_in_the_folder_is_not_overwritten(tmp_path: Path) -> None:
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "notes.txt").write_text("mine")
    (tmp_path / "git").mkdir()
    (tmp_path / "git" / ".gitignore").write_text("mine")
    (tmp_path / "file").write_text("mine")
    before = snapshot(tmp_path)
    for name, words in (
        ("full", "is not empty"),
        ("git", "exists already; this command overwrites nothing"),
        ("file", "is not a folder"),
    ):
        done = new(None, "course", str(tmp_path / name))
        assert done.exit_code == 2
        assert words in done.output
    assert snapshot(tmp_path) == before


@pytest.mark.parametrize(("kind", "form"), FORMS)
def test_an_exercise_is_added_to_every_part(course: Path, kind: str, form: str) -> None:
    assert new(course, "chapter", "ch2_more", "--kind", kind).exit_code == 0
    done = new(course, "exercise", "2/HalfLife", "--points", "3", *(["--class"] if form == "class" else []))
    assert done.exit_code == 0, done.output
    loaded = load_course(course)
    chapter = loaded.chapters[1]
    exercise = chapter.exercises[1]
    assert (exercise.name, exercise.points, chapter.kind) == ("HalfLife", 3.0, kind)
    graders = loaded.graders_folder(chapter)
    assert "points(2.25)" in (graders / "test_half_life.py").read_text(encoding="utf-8")
    assert {o.exercise for o in load_overlays(loaded, chapter, "mistakes")} == {e.name for e in chapter.exercises}
    assert {o.exercise for o in load_overlays(loaded, chapter, "accepted")} == {e.name for e in chapter.exercises}
    assert find_stale_stubs(loaded) == {}
    assert "dojo verify ch2_more/HalfLife" in done.output


def test_the_real_course_takes_a_chapter_and_an_exercise(real: Path) -> None:
    before = snapshot(real)
    assert new(real, "exercise", "ch3/gate").exit_code == 0
    assert new(real, "chapter", "ch8_more", "--title", "More").exit_code == 0
    course, after = load_course(real), snapshot(real)
    assert [exercise.name for exercise in course.chapters[2].exercises][-1] == "gate"
    assert course.chapters[-1].title == "More"
    assert find_stale_stubs(course) == {}
    changed = {name for name in before if after[name] != before[name]}
    assert changed == {
        "course.toml",
        "reference/ch3_modules.py",
        "exercises/ch3_modules.py",
        "graders/ch3_modules/probes.py",
    }
    for name in changed:
        assert_only_inserted(before[name].decode(), after[name].decode())


def assert_only_inserted(before: str, after: str) -> None:
    """Check that every line of a text is still there, in the same order."""
    rest = iter(after.split("\n"))
    assert all(line in rest for line in before.split("\n"))


def test_an_exercise_file_that_is_filled_in_keeps_the_work(course: Path) -> None:
    path = course / "exercises/ch1_basics.py"
    work = path.read_text(encoding="utf-8").replace("    ...\n", "    return torch.softmax(x, -1)\n")
    path.write_text(work, encoding="utf-8")
    assert new(course, "exercise", "ch1_basics/scores").exit_code == 0
    text = path.read_text(encoding="utf-8")
    assert text.startswith(work)
    assert "def scores(" in text
    assert "BEGIN SOLUTION" not in text


def test_a_mistake_is_a_copy_of_the_solution_and_names_every_check(course: Path) -> None:
    done = new(course, "mistake", "softmax/wrong_axis")
    assert done.exit_code == 0, done.output
    assert "dojo verify ch1_basics/softmax --mistakes-only" in done.output
    loaded = load_course(course)
    mistakes = {o.id: o for o in load_overlays(loaded, loaded.chapters[0], "mistakes")}
    mistake = mistakes["wrong_axis"]
    assert mistake.fails == ("values_and_gradient", "large_numbers")
    text = mistake.path.read_text(encoding="utf-8")
    assert "SOLUTION" not in text
    assert text.count('"""') == 2  # its own docstring, and not the learner's


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("exercise", "softmax2"), "in which chapter? Write CHAPTER/softmax2. Chapters: ch1_basics."),
        (("exercise", "ch1_basic2/x"), "Did you mean ch1_basics?"),
        (("exercise", "softmax/x"), "'softmax' is an exercise of ch1_basics. Write ch1_basics/x."),
        (("exercise", "ch1_basics/class"), "is a keyword of Python"),
        (("exercise", "ch1_basics/soft-max"), "such as soft_max"),
        (("exercise", "ch1_basics/größe"), "use letters, digits and _"),
        (("exercise", "ch1_basics/_x"), "begin with a letter, such as x"),
        (("exercise", "ch1_basics/Softmax"), "there is an exercise softmax already"),
        (("exercise", "ch1_basics/Tensor"), "reference"),
        (("exercise", "ch1_basics/x", "--points", "0.6"), "a multiple of 0.25"),
        (("exercise", "ch1_basics/x", "--points", "0.5"), "at least 1"),
        (("exercise", "ch1_basics/x", "--points", "nan"), "a multiple of 0.25"),
        (("exercise", "ch1_basics/con"), "Windows"),
        (("chapter", "ch1_basics"), "there is a chapter ch1_basics already"),
        (("chapter", "statistics"), "the chapter would hide"),
        (("chapter", "../ch2"), "use letters, digits and _"),
        (("mistake", "overflow"), "of which exercise? Write CHAPTER/EXERCISE/overflow."),
        (("mistake", "ch1_basics/softmax/overflow"), "there is a mistake overflow already"),
        (("mistake", "ch1_basics/softmx/other"), "Did you mean softmax?"),
        (("mistake", "ch1_basics/softmax/a b"), "such as a_b"),
    ],
)
def test_what_cannot_be_added_is_refused_in_words_and_changes_nothing(
    course: Path, arguments: tuple[str, ...], words: str
) -> None:
    before = snapshot(course)
    done = new(course, *arguments)
    assert done.exit_code == 2
    assert words in done.output
    assert snapshot(course) == before


def test_an_error_halfway_leaves_everything_as_it_was(course: Path) -> None:
    """A chapter's array that is closed, as in `chapter = [...]`, takes no table; a broken exercise file takes no code."""
    toml = course / "course.toml"
    chapter = '{name = "ch1_basics", title = "B", short = "b", check_seconds = 5, memory_mb = 512, exercise = [%s]}'
    exercise = '{name = "softmax", points = 2, hints = ["a", "b", "c"]}'
    toml.write_text(f'title = "T"\nchapter = [{chapter % exercise}]\n', encoding="utf-8")
    load_course(course)
    before = snapshot(course)
    for arguments in (("exercise", "ch1_basics/x"), ("chapter", "ch2_more")):
        done = new(course, *arguments)
        assert done.exit_code == 2
        assert "add this by hand:" in done.output
        assert "[[chapter.exercise]]" in done.output
    assert snapshot(course) == before


def test_a_file_that_is_there_already_is_not_overwritten(course: Path) -> None:
    path = course / "graders/ch1_basics/test_x.py"
    path.write_text("mine")
    before = snapshot(course)
    done = new(course, "exercise", "ch1_basics/x")
    assert done.exit_code == 2
    assert "test_x.py exists already" in done.output
    assert snapshot(course) == before


NAMES = st.from_regex(r"[a-z][a-z0-9_]{0,8}", fullmatch=True)
# Lines that look like what they are not, where a text may hold anything.
TRICKY = st.sampled_from(["[[chapter]]", "[[chapter.exercise]]", "# a comment", "[policy]", "", "x = 1", 'name = "a"'])
COMMENTS = st.lists(st.sampled_from(["# [[chapter]]", "#", "   # said before", "", "\t"]), max_size=3)
SPACE = st.sampled_from(["", " ", "  "])


@st.composite
def course_texts(draw: st.DrawFn) -> str:
    """Draw a course.toml with comments, strings that look like tables, and any layout."""
    lines = [*draw(COMMENTS), 'title = "T"', *draw(COMMENTS)]
    if draw(st.booleans()):
        lines += ["[policy]", "penalty_per_day = 5  # [[chapter]]", *draw(COMMENTS)]
    for index, name in enumerate(draw(st.lists(NAMES, min_size=1, max_size=3, unique=True))):
        space = draw(SPACE)
        lines += [f"{space}[[{space}chapter{space}]]{space}# {index}", *draw(COMMENTS), f'name = "{name}"']
        if draw(st.booleans()):
            lines += ['title = """', *draw(st.lists(TRICKY, max_size=4)), '# ends here"""']
        for exercise in draw(st.lists(NAMES, min_size=1, max_size=3, unique=True)):
            lines += [*draw(COMMENTS), f"{space}[[chapter{space}.exercise]]", f'name = "{exercise}"']
            if draw(st.booleans()):
                lines += ["hints = [", *draw(COMMENTS), "  '[[chapter]]',", "[ 'x' ],", "]", *draw(COMMENTS)]
            if draw(st.booleans()):
                lines += ["learnt = '''", *draw(st.lists(TRICKY, max_size=4)), "'''"]
    if draw(st.booleans()) and "[policy]" not in lines:
        lines += [*draw(COMMENTS), "[policy]", "penalty_per_day = 5"]
    end = draw(st.sampled_from(["\n", "\r\n"]))
    return end.join([*lines, *draw(COMMENTS)]) + draw(st.sampled_from([end, ""]))


def test_blanks_without_a_line_end_stay(tmp_path: Path) -> None:
    text = '[[chapter]]\nname = "a"\n[[chapter.exercise]]\nname = "a"\n\t'
    assert add_chapter(Path("course.toml"), text, '[[chapter]]\nname = "b"\n').startswith(text)


@given(course_texts(), st.data())
def test_a_table_is_inserted_and_the_rest_is_unchanged_byte_for_byte(text: str, data: st.DataObject) -> None:
    read = tomllib.loads(text)
    chapters = [chapter["name"] for chapter in read["chapter"]]
    chapter = data.draw(st.sampled_from(chapters))
    path = Path("course.toml")
    exercise = '[[chapter.exercise]]\nname = "new"\npoints = 2\n'
    with_exercise = add_exercise(path, text, chapter, exercise)
    with_chapter = add_chapter(path, text, f'[[chapter]]\nname = "other"\n\n{exercise}')
    for new_text in (with_exercise, with_chapter):
        start = next((i for i, (a, b) in enumerate(zip(text, new_text, strict=False)) if a != b), len(text))
        added = len(new_text) - len(text)
        assert any(
            new_text[:cut] + new_text[cut + added :] == text for cut in range(max(0, start - added), start + 1)
        ), "something else has changed"
        assert ("\r" in new_text) == ("\r" in text)
    found = tomllib.loads(with_exercise)
    own = found["chapter"][chapters.index(chapter)]["exercise"]
    assert own.pop() == {"name": "new", "points": 2}
    assert found == read
    assert tomllib.loads(with_chapter)["chapter"].pop()["exercise"] == [{"name": "new", "points": 2}]


def test_an_exercise_goes_before_the_comment_of_the_next_chapter() -> None:
    text = '[[chapter]]\nname = "a"\n[[chapter.exercise]]\nname = "x"\n# y = 1\n\n# The next one.\n[[chapter]]\nname = "b"\n'
    table = '[[chapter.exercise]]\nname = "new"\n'
    assert add_exercise(Path("course.toml"), text, "a", table) == text.replace("# y = 1\n", f"# y = 1\n\n{table}")


def test_no_place_for_a_table_is_an_error_with_the_table() -> None:
    with pytest.raises(CourseError, match=r'(?s)add this by hand:.*name = "new"'):
        add_chapter(Path("course.toml"), "chapter = [{name = 'a', exercise = []}]\n", '[[chapter]]\nname = "new"\n')


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('"""Head."""\n', '"""Head."""\n\nimport torch\nfrom a import b, c\n\n\ndef f(): ...\n'),
        ("import torch\nx = 1\n", "import torch\nfrom a import b, c\nx = 1\n\n\ndef f(): ...\n"),
        ("from a import c\nimport torch\n", "from a import c\nimport torch\nfrom a import b\n\n\ndef f(): ...\n"),
        ("import x as torch, b, c\r\n", "import x as torch, b, c\r\n\r\n\r\ndef f(): ...\r\n"),
        (
            "# %% [markdown]\n# Hi\n",
            "# %% [markdown]\n# Hi\n\n# %%\nimport torch\nfrom a import b, c\n\n\ndef f(): ...\n",
        ),
    ],
)
def test_code_brings_the_imports_that_are_missing(text: str, expected: str) -> None:
    assert add_code(text, "import torch\nfrom a import b, c\n\ndef f(): ...\n") == expected


def test_a_copied_definition_is_code_alone() -> None:
    text = '''\
@mark
class A:
    """Doc."""

    def f(self):
        """Doc.

        More.
        """
        ### BEGIN SOLUTION
        a = "text"
        ### END SOLUTION
        return a  # SOLUTION

    def g(self):
        """All there is."""
'''
    copied = copy_definition(ParsedSource(text.encode()), "A")
    assert copied == (
        '@mark\nclass A:\n\n    def f(self):\n        a = "text"\n        return a\n\n'
        '    def g(self):\n        """All there is."""\n'
    )


def test_templates_are_installed_with_the_engine() -> None:
    """Each is below a folder that pyproject.toml names as data of the package."""
    data = tomllib.loads((PROJECT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["setuptools"]["package-data"]
    patterns = data["torchdojo.authoring.scaffold"]
    every = {path for path in TEMPLATES.rglob("*") if path.is_file()}
    assert every == {path for pattern in patterns for path in TEMPLATES.parent.glob(pattern)}
