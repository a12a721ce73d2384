"""What a person reads is plain English: no phrase of PHRASES is left in a page, message, docstring or comment."""

from __future__ import annotations

import contextlib
import io
import re
import tokenize
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.conftest import PROJECT

# A phrase as a pattern, and a better wording. A space matches any white space, and the quotes, # or "f" of a line break.
PHRASES = {
    r"gone on with|go(es)? on (with|where)": "resume, continue with",
    r"must be looked at": "needs attention",
    r"needs? a look": "flagged for review",
    r"mend(s|ed|ing)?": "fix",
    r"counts? for nothing": "is ignored",
    r"otherwise than": "differently from, unexpected",
    r"graded already": "already graded",
    r"is at work": "is running",
    r"take another --out": "choose a different --out",
    r"take a folder of its own": "choose a different folder",
    r"stands?(?!-| (for|in for|out|on)\b)": "is, appears",
    r"(?<!there\s)(?<!where\s)(is|are|was|were) no (?!longer\b|more than\b|less than\b|other than\b|different\b|reason\b)\w+": "is not a …",
    r"(to|can|cannot|could|not) be had": "is available",
    r"anew": "again",
    r"again goes deeper": "for a stronger hint",
    r"wait for this one": "fail for this exercise",
    r"as you should be": "nothing is done yet",
    r"at hand": "current",
    r"says more": "for details",
    r"is not your code|the installation, not your code": "a problem with the installation, not with your code",
    r"as it must be": "as expected",
    r"(found|is|are|not) in order(?! (to|of)\b)": "as expected, OK",
    r"how many secrets": "random seeds",
    r"day begun": "started day",
    r"our fault|error of ours": "grader error",
    r"an answer, but not the right one": "a wrong answer",
    r"met (an error|by an error)|meets an error": "hit a grader error",
    r"lets expect": "suggests",
    r"what was agreed": "individual arrangements",
    r"what is handed in|hand in the rest": "submissions, submit the others",
    r"passed over": "ignored",
    r"counts for the score": "adds to the score",
    r"once more from the start": "starting over",
    r"called by (its|their) names?|that many make": "a known mistake, which the message names",
    r"found out again|not found out": "rebuilt, unknown",
    r"tells? of": "reports",
    r"what holds it": "mechanism",
    r"li(ves|ved|ve) on": "survives",
    r"may well escape": "can evade",
    r"strangers'?": "untrusted, others'",
    r"worked sum|what else counts": "worked example, other limits",
    r"jobs are on their way": "are in flight",
    r"not given up": "kept deliberately",
    r"gives? away what must": "leaks",
    r"in words": "with a message, as text",
    r"whatever name": "any alias",
    r"nobody (knows what|wants a|had asked)|of nobody|(costs?|charges?|regrades?) nobody": "say what happens instead",
    r"unasked": "unexpected",
    r"paint(s|ed|ing|er)?": "draw",
    r"(would be )?missing on paper": "for printing",
    r"speaks? of": "mentions",
    r"the last run that ended": "the last completed run",
    r"the moment it": "as soon as it",
    r"live (probe|attempt)s?": "sandbox self-test",
    r"put to the test": "tested",
    r"sandbox tiers?": "sandbox backend",
    r"a riddle|no one of (them|these)": "(say it plainly)",
    r"as it was a moment ago|as it was at the start already": "the previous file, already in its original state",
    r"nothing (is|was|can be) (done ahead|left to end|left behind)": "no-op",
    r"knows nothing yet": "spare",
    r"save what is shown": "save the screen",
    r"(rows?|letters?|seconds?|pixels?|bytes|KB|MiB|cores?|grader|worker|notebook|lines?|pages?|process|figure|"
    r"picture|tasks?|threads?) an? (student|check|chapter|exercise|submission|process|learner|core|job|thread|worker|"
    r"pixel|request|run|pass|class|course)": "per student, per check, …",
}
SPACE = r"""(?:[\s"'#]|\bf(?=["']))+"""
PATTERNS = {
    re.compile(rf"\b(?:{phrase.replace(' ', SPACE)})(?!\w)", re.IGNORECASE): better
    for phrase, better in PHRASES.items()
}
SUFFIXES = {".py", ".md", ".toml", ".j2", ".js", ".css", ".txt", ".sh", ""}
FOLDERS = ("docs", "examples", "torchdojo", "scripts", "graders", "reference", "runs", "tests")
FILES = ("README.md", "CONTRIBUTING.md", "CHANGELOG.md", "course.toml", "Makefile", "pyproject.toml")
PROSE = {tokenize.COMMENT, tokenize.STRING, getattr(tokenize, "FSTRING_MIDDLE", tokenize.STRING)}


def files() -> Iterator[Path]:
    """Yield the files that people read."""
    paths = [PROJECT / name for name in FILES]
    paths += [path for folder in FOLDERS for path in sorted((PROJECT / folder).rglob("*"))]
    for path in paths:
        if path.suffix in SUFFIXES and path.is_file() and "__pycache__" not in path.parts and path != Path(__file__):
            yield path


def prose(path: Path) -> str:
    """Return a file's text; of Python only strings and comments, with a NUL for each character of code."""
    text = path.read_text(encoding="utf-8")
    if path.suffix != ".py":
        return text
    lines = text.split("\n")
    shown = [[" " if letter.isspace() else "\0" for letter in line] for line in lines]
    with contextlib.suppress(tokenize.TokenError, SyntaxError):  # a file that does not parse, on purpose
        for token in tokenize.generate_tokens(io.StringIO(text).readline):
            if token.type in PROSE:
                (first, start), (last, end) = token.start, token.end
                for row in range(first - 1, last):
                    low, high = start if row == first - 1 else 0, end if row == last - 1 else len(lines[row])
                    shown[row][low:high] = lines[row][low:high]
    return "\n".join("".join(line) for line in shown)


def phrases(text: str) -> Iterator[tuple[int, str, str]]:
    """Yield for each phrase in a text its line, the words and a better wording."""
    for pattern, better in PATTERNS.items():
        for match in pattern.finditer(text):
            yield text.count("\n", 0, match.start()) + 1, " ".join(match[0].split()), better


def test_no_phrase_of_the_list_is_left() -> None:
    found = [
        f"{path.relative_to(PROJECT)}:{line}: {words!r}: better: {better}"
        for path in files()
        for line, words, better in phrases(prose(path))
    ]
    assert not found, "\n".join(["reword:", *found])


@pytest.mark.parametrize(
    "text",
    [
        "A run that was stopped is gone on with by the same command.",
        "the chapter stands\n    # here twice",
        'raise Error("x.zip is there and is "\n    f"no zip")',
        "a row a student",
        "Mend this first:",
    ],
)
def test_a_phrase_is_found(text: str) -> None:
    assert list(phrases(text))


@pytest.mark.parametrize(
    "text", ["`...` stands for a placeholder", "there is no zip", "a mended_notebook", "it is no longer there"]
)
def test_other_words_are_left_alone(text: str) -> None:
    assert not list(phrases(text))


def test_only_strings_and_comments_of_python_are_read(tmp_path: Path) -> None:
    path = tmp_path / "code.py"
    path.write_text('mend = anew("fix", x in words)  # at once\n', encoding="utf-8")
    assert not list(phrases(prose(path)))
    path.write_text("x = 1\n\n\ny = 2  # made anew\n", encoding="utf-8")
    assert [line for line, _, _ in phrases(prose(path))] == [4]
