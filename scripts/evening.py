"""A learner's evening, played in a terminal: a fresh release, a first check, mistakes, hints, a reset, watching.

    python scripts/evening.py                                  the whole evening, pictures to docs/pictures
    python scripts/evening.py --course tests/tiny --quick …    a short one, as the tests play it

Every step says what the screen must show, and the evening ends with an error where it does not. The pictures are made
by the program itself (`dojo --picture`).
"""

from __future__ import annotations

import argparse
import os
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import pexpect
import pyte

from torchdojo.authoring import pristine, with_stub_of
from torchdojo.course import Overlay, load_course, load_overlays

PROJECT = Path(__file__).parent.parent
WIDTH, HEIGHT = 94, 40


class Evening:
    """One learner, one copy of a course, one chapter. course: where the reference is; pictures: where they go."""

    def __init__(self, course: Path, pictures: Path, scratch: Path, mistakes: list[str], sandbox: str) -> None:
        self.course = load_course(course)
        self.chapter = self.course.chapters[0]
        self.pictures = pictures
        self.root = scratch / "course"
        self.path = self.root / "exercises" / f"{self.chapter.name}.py"
        self.sandbox = ["--sandbox", sandbox]
        self.stub = pristine(self.course, self.chapter)
        self.reference = self.course.reference_file(self.chapter).read_text(encoding="utf-8")
        known = {f"{m.exercise}/{m.id}": m for m in load_overlays(self.course, self.chapter, "mistakes")}
        self.first, self.second = known[mistakes[0]], known[mistakes[1]]
        self.environment = {**os.environ, "COLUMNS": str(WIDTH), "LINES": str(HEIGHT), "TERM": "xterm-256color"}
        for name in ("NO_COLOR", "MAKELEVEL", "FORCE_COLOR"):
            self.environment.pop(name, None)
        self.environment["PATH"] = os.pathsep.join([str(Path(sys.executable).parent), self.environment["PATH"]])

    def copy(self) -> None:
        """Get the course as somebody has it who cloned the project: with the reference beside the exercises."""
        self.root.mkdir()
        shutil.copyfile(self.course.root / "course.toml", self.root / "course.toml")
        for name in ("exercises", "graders", "reference", "runs"):
            if (self.course.root / name).is_dir():
                shutil.copytree(self.course.root / name, self.root / name)
        for chapter in self.course.chapters:
            text = pristine(self.course, chapter)
            (self.root / "exercises" / f"{chapter.name}.py").write_text(text, encoding="utf-8")

    def release(self) -> None:
        """Get the course as a learner gets it who takes the course with somebody."""
        command = ["--course", str(self.course.root), "release", "--out", str(self.root), "--no-wheel"]
        subprocess.run([*self._dojo(), *command], check=True, cwd=self.root.parent, env=self.environment)

    def _dojo(self) -> list[str]:
        script = Path(sys.executable).with_name("dojo")
        return [str(script)] if script.is_file() else [sys.executable, "-m", "torchdojo.cli"]

    def dojo(self, picture: str, *arguments: str, shows: tuple[str, ...], code: int = 0) -> None:
        """Run a command, keep its picture, and demand these words on the screen, and this exit code."""
        started = time.monotonic()
        made = ["--picture", str(self.pictures / f"{picture}.svg")] if picture else []
        done = subprocess.run(
            [*self._dojo(), *made, *arguments],
            cwd=self.root,
            env=self.environment,
            capture_output=True,
            encoding="utf-8",
            check=False,
        )
        words = f"dojo {' '.join(arguments)}"
        for wanted in shows:
            assert wanted in done.stdout, f"{words} does not show {wanted!r}:\n{done.stdout}\n{done.stderr}"
        assert done.returncode == code, f"{words} ended with {done.returncode}, not {code}:\n{done.stdout}{done.stderr}"
        print(f"  {time.monotonic() - started:5.1f} s   {words}", flush=True)

    def filled(self, upto: str, mistake: Overlay | None = None) -> str:
        """Return the chapter filled in up to an exercise, that with this mistake; the rest as it was."""
        text = mistake.source.decode() if mistake else self.reference
        names = [exercise.name for exercise in self.chapter.exercises]
        for name in names[names.index(upto) + 1 :]:
            text = with_stub_of(text, self.stub, name)
        lines = text.splitlines(keepends=True)
        return "".join(line for line in lines if "### BEGIN SOLUTION" not in line and "### END SOLUTION" not in line)

    def begin(self) -> None:
        """Look at the untouched course."""
        first = self.chapter.exercises[0].name
        self.dojo("first-check", "check", *self.sandbox, shows=("You are at the start", first), code=1)

    def make_a_mistake(self) -> None:
        """Fill in some exercises, the last of them wrongly, and look at what is said."""
        mistake = self.first
        self.path.write_text(self.filled(mistake.exercise, mistake), encoding="utf-8")
        shows = ("✗ " + mistake.exercise, f"“{mistake.title}”", "called", "expected", "got")
        self.dojo("mistake", "check", *self.sandbox, shows=shows, code=1)

    def ask_for_hints(self) -> None:
        """Go deeper."""
        name = self.first.exercise
        self.dojo("", "hint", name, shows=("hint 1 of 3",))
        self.dojo("hint", "hint", name, shows=("hint 2 of 3",))

    def finish_the_chapter(self) -> None:
        """Fill it in rightly."""
        self.path.write_text(self.filled(self.chapter.exercises[-1].name), encoding="utf-8")
        self.dojo("chapter", "check", self.chapter.name, *self.sandbox, shows=(f"★ {self.chapter.title}: all",))
        self.dojo(
            "list", "list", *self.sandbox, shows=("right", "to do") if len(self.course.chapters) > 1 else ("right",)
        )

    def reset_one(self) -> None:
        """Do one exercise again."""
        name = self.second.exercise
        self.dojo("reset", "reset", name, shows=(f"{name} in", "backups"))
        assert len(list((self.root / ".torchdojo/backups").iterdir())) == 1

    def watch(self) -> None:
        """Save three times while `dojo watch` looks on: a mistake, half a file, the right answer."""
        with Watching(self) as watching:
            name, last = self.second.exercise, self.chapter.exercises[-1].name
            watching.until(f"{name} is still to do")
            watching.settle()
            seconds = watching.save(self.filled(last, self.second), f"“{self.second.title}”")
            watching.keep("watch-mistake")
            print(f"  {seconds:5.2f} s   from the first save to its verdict", flush=True)
            watching.press("h", "hint ")
            watching.keep("watch-hint")
            half = self.filled(last)[: len(self.reference) // 2] + "\n("
            watching.save(half, "does not parse")
            seconds = watching.save(self.filled(last), f"✓ {name}")
            print(f"  {seconds:5.2f} s   from the third save to its verdict", flush=True)
            watching.until("★ ")
            watching.keep("watch-right")


class Watching:
    """`dojo watch` in a pseudo-terminal, and what a person would see there."""

    def __init__(self, evening: Evening) -> None:
        self.evening = evening
        self.picture = evening.root.parent / "watch.svg"
        self.screen = pyte.Screen(WIDTH, HEIGHT)
        self.stream = pyte.ByteStream(self.screen)
        command = [*evening._dojo(), "--picture", str(self.picture), "watch", *evening.sandbox]
        self.child = pexpect.spawn(
            command[0], command[1:], dimensions=(HEIGHT, WIDTH), cwd=str(evening.root), env=evening.environment
        )

    def __enter__(self) -> Watching:
        return self

    def __exit__(self, *_: object) -> None:
        self.child.send("q")
        self.child.expect(pexpect.EOF, timeout=20)
        self.child.close()
        assert self.child.exitstatus == 0, f"dojo watch ended with {self.child.exitstatus}"

    def until(self, words: str, seconds: float = 120) -> float:
        """Wait for words on the screen; return the seconds it took."""
        started = time.monotonic()
        while words not in self._shown():
            assert time.monotonic() - started < seconds, f"dojo watch never shows {words!r}:\n{self._shown()}"
            self._feed(0.02)
        return time.monotonic() - started

    def settle(self) -> None:
        """Give what is made ready behind the scenes the time a person takes to write a line."""
        self._feed(5)

    def save(self, text: str, words: str) -> float:
        """Save as many editors do, beside the file and then in its place; wait for words."""
        beside = self.evening.path.with_name("." + self.evening.path.name + ".swp")
        beside.write_text(text, encoding="utf-8")
        beside.replace(self.evening.path)
        return self.until(words)

    def press(self, key: str, words: str) -> None:
        """Press a key and wait for words."""
        self.child.send(key)
        self.until(words)

    def keep(self, name: str) -> None:
        """Keep the picture of the page that is shown now, once nothing more changes."""
        while "Checking" in self._shown():
            self._feed(0.1)
        self._feed(0.3)
        shutil.copyfile(self.picture, self.evening.pictures / f"{name}.svg")

    def _shown(self) -> str:
        return "\n".join(self.screen.display)

    def _feed(self, seconds: float) -> None:
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            try:
                self.stream.feed(self.child.read_nonblocking(65536, timeout=0.02))
            except pexpect.TIMEOUT:
                continue
            except pexpect.EOF:
                raise AssertionError(f"dojo watch has ended:\n{self._shown()}") from None


def main() -> None:
    """Play the evening."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--course", type=Path, default=PROJECT, help="the course with its reference")
    parser.add_argument("--pictures", type=Path, default=PROJECT / "docs/pictures", help="where the pictures go")
    parser.add_argument("--mistakes", default="sgd_step/update_recorded,sigmoid/tanh", help="EXERCISE/ID,EXERCISE/ID")
    parser.add_argument("--start", default="release", choices=["release", "copy"], help="what the learner has")
    parser.add_argument("--sandbox", default="auto", choices=["auto", "bubblewrap", "none"])
    parser.add_argument("--quick", action="store_true", help="leave out the steps that the tests try elsewhere")
    options = parser.parse_args()
    options.pictures.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="evening-") as scratch:
        mistakes = options.mistakes.split(",")
        evening = Evening(
            options.course.resolve(), options.pictures.resolve(), Path(scratch), mistakes, options.sandbox
        )
        evening.release() if options.start == "release" else evening.copy()
        if not options.quick:
            evening.begin()
        evening.make_a_mistake()
        if not options.quick:
            evening.ask_for_hints()
        evening.finish_the_chapter()
        evening.reset_one()
        evening.watch()


if __name__ == "__main__":
    main()
