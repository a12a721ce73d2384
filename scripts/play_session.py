"""Play a learner's session in a terminal: a first check, mistakes, hints, trying a call, a reset, watching.

    python scripts/play_session.py                                  the whole session, pictures to docs/pictures
    python scripts/play_session.py --course tests/tiny --quick …    a short one, as the tests play it

Each step names what the screen must show, and the script fails where it does not. `dojo --picture` makes the pictures.
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

from torchdojo.authoring.reset import restore_stub
from torchdojo.course import Overlay, load_course, load_overlays
from torchdojo.course.stub import load_stub

PROJECT = Path(__file__).parent.parent
WIDTH, HEIGHT = 94, 40


class ScriptedSession:
    """A learner in a copy of a course, working on its first chapter.

    course: the course with the reference; pictures: the folder for the pictures
    mistakes: two known mistakes, "EXERCISE/ID"
    """

    def __init__(self, course: Path, pictures: Path, scratch: Path, mistakes: list[str], sandbox: str) -> None:
        self.course = load_course(course)
        self.chapter = self.course.chapters[0]
        self.pictures = pictures
        self.root = scratch / "course"
        self.path = self.root / "exercises" / f"{self.chapter.name}.py"
        self.sandbox = ["--sandbox", sandbox]
        self.stub = load_stub(self.course, self.chapter)
        self.reference = self.course.reference_file(self.chapter).read_text(encoding="utf-8")
        known = {f"{m.exercise}/{m.id}": m for m in load_overlays(self.course, self.chapter, "mistakes")}
        self.first, self.second = known[mistakes[0]], known[mistakes[1]]
        self.environment = {**os.environ, "COLUMNS": str(WIDTH), "LINES": str(HEIGHT), "TERM": "xterm-256color"}
        for name in ("NO_COLOR", "MAKELEVEL", "FORCE_COLOR"):
            self.environment.pop(name, None)
        self.environment["PATH"] = os.pathsep.join([str(Path(sys.executable).parent), self.environment["PATH"]])

    def copy(self) -> None:
        """Set up the course as in a clone of the project: with the reference beside the exercises."""
        self.root.mkdir()
        shutil.copyfile(self.course.root / "course.toml", self.root / "course.toml")
        for name in ("exercises", "graders", "reference", "runs"):
            if (self.course.root / name).is_dir():
                shutil.copytree(self.course.root / name, self.root / name)
        for chapter in self.course.chapters:
            text = load_stub(self.course, chapter)
            (self.root / "exercises" / f"{chapter.name}.py").write_text(text, encoding="utf-8")

    def release(self) -> None:
        """Set up the course as learners get it from a teacher."""
        command = ["--course", str(self.course.root), "release", "--out", str(self.root), "--no-wheel"]
        subprocess.run([*self._dojo(), *command], check=True, cwd=self.root.parent, env=self.environment)

    def _dojo(self) -> list[str]:
        script = Path(sys.executable).with_name("dojo")
        return [str(script)] if script.is_file() else [sys.executable, "-m", "torchdojo.cli"]

    def dojo(self, picture: str, *arguments: str, shows: tuple[str, ...], code: int = 0) -> None:
        """Run a command and save its picture; AssertionError unless it prints these words and ends with this code."""
        started = time.monotonic()
        options = ["--picture", str(self.pictures / f"{picture}.svg")] if picture else []
        done = subprocess.run(
            [*self._dojo(), *options, *arguments],
            cwd=self.root,
            env=self.environment,
            capture_output=True,
            encoding="utf-8",
            check=False,
        )
        command = f"dojo {' '.join(arguments)}"
        for wanted in shows:
            assert wanted in done.stdout, f"{command} does not show {wanted!r}:\n{done.stdout}\n{done.stderr}"
        assert done.returncode == code, (
            f"{command} ended with {done.returncode}, not {code}:\n{done.stdout}{done.stderr}"
        )
        print(f"  {time.monotonic() - started:5.1f} s   {command}", flush=True)

    def filled(self, upto: str, mistake: Overlay | None = None) -> str:
        """Return the chapter filled in up to an exercise, which gets this mistake; the others stay stubs."""
        text = mistake.source.decode() if mistake else self.reference
        names = [exercise.name for exercise in self.chapter.exercises]
        for name in names[names.index(upto) + 1 :]:
            text = restore_stub(text, self.stub, name)
        lines = text.splitlines(keepends=True)
        return "".join(line for line in lines if "### BEGIN SOLUTION" not in line and "### END SOLUTION" not in line)

    def check_untouched_course(self) -> None:
        """Check before anything is filled in."""
        first = self.chapter.exercises[0].name
        self.dojo("first-check", "check", *self.sandbox, shows=("Nothing is done yet", first), code=1)

    def make_mistake(self) -> None:
        """Fill in some exercises, the last of them wrongly, and check."""
        mistake = self.first
        self.path.write_text(self.filled(mistake.exercise, mistake), encoding="utf-8")
        shows = ("✗ " + mistake.exercise, f"“{mistake.title}”", "called", "expected", "got")
        self.dojo("mistake", "check", *self.sandbox, shows=shows, code=1)

    def try_the_call(self) -> None:
        """Run the call that fails in the foreground."""
        name = self.first.exercise
        self.dojo("try", "try", name, *self.sandbox, shows=(name, "your code runs"), code=1)

    def forget_to_return(self) -> None:
        """Print and return nothing, and check that exercise."""
        name = self.second.exercise
        head, _, rest = self.filled(name).partition(f"def {name}(")
        body, _, value = rest.partition("    return ")
        line, _, after = value.partition("\n")
        text = f"{head}def {name}({body}    result = {line}\n    print('the result is', result)\n{after}"
        self.path.write_text(text, encoding="utf-8")
        self.dojo("returned", "check", name, *self.sandbox, shows=("returned None", "printed"), code=1)

    def ask_for_hints(self) -> None:
        """Ask for two hints: the one of the check that fails, and the first general one."""
        name = self.first.exercise
        self.dojo("hint", "hint", name, shows=("hint for the check that fails",))
        self.dojo("", "hint", name, shows=("hint 1 of 3",))

    def finish_chapter(self) -> None:
        """Fill in the whole chapter with right answers, check and list."""
        self.path.write_text(self.filled(self.chapter.exercises[-1].name), encoding="utf-8")
        self.dojo("chapter", "check", self.chapter.name, *self.sandbox, shows=(f"★ {self.chapter.title}: all",))
        listed = "to do" if len(self.course.chapters) > 1 else "right"
        self.dojo("list", "list", *self.sandbox, shows=(listed, self.chapter.short))

    def reset_exercise(self) -> None:
        """Put one exercise back to its original state."""
        name = self.second.exercise
        self.dojo("reset", "reset", name, shows=(f"{name} in", "backups"))
        assert len(list((self.root / ".torchdojo/backups").iterdir())) == 1

    def watch(self) -> None:
        """Save three times while `dojo watch` runs: a mistake, half a file, the right answer."""
        with WatchTerminal(self) as terminal:
            name, last = self.second.exercise, self.chapter.exercises[-1].name
            terminal.wait_for(f"{name} is still to do")
            terminal.pause()
            seconds = terminal.save(self.filled(last, self.second), f"“{self.second.title}”")
            terminal.save_picture("watch-mistake")
            print(f"  {seconds:5.2f} s   from the first save to its verdict", flush=True)
            terminal.press("h", "hint ")
            terminal.save_picture("watch-hint")
            half = self.filled(last)[: len(self.reference) // 2] + "\n("
            terminal.save(half, "does not parse")
            seconds = terminal.save(self.filled(last), f"✓ {name}")
            print(f"  {seconds:5.2f} s   from the third save to its verdict", flush=True)
            terminal.wait_for("★ ")
            terminal.save_picture("watch-right")


class WatchTerminal:
    """`dojo watch` in a pseudo-terminal, and the screen that a person would see."""

    def __init__(self, session: ScriptedSession) -> None:
        self.session = session
        self.picture = session.root.parent / "watch.svg"
        self.screen = pyte.Screen(WIDTH, HEIGHT)
        self.stream = pyte.ByteStream(self.screen)
        command = [*session._dojo(), "--picture", str(self.picture), "watch", *session.sandbox]
        self.child = pexpect.spawn(
            command[0], command[1:], dimensions=(HEIGHT, WIDTH), cwd=str(session.root), env=session.environment
        )

    def __enter__(self) -> WatchTerminal:
        return self

    def __exit__(self, *_: object) -> None:
        self.child.send("q")
        self.child.expect(pexpect.EOF, timeout=20)
        self.child.close()
        assert self.child.exitstatus == 0, f"dojo watch ended with {self.child.exitstatus}"

    def wait_for(self, words: str, seconds: float = 120) -> float:
        """Wait for words on the screen; return the seconds it took."""
        started = time.monotonic()
        while words not in self._text():
            assert time.monotonic() - started < seconds, f"dojo watch never shows {words!r}:\n{self._text()}"
            self.read_for(0.02)
        return time.monotonic() - started

    def pause(self) -> None:
        """Wait as long as a person takes to write a line, so that preparations in the background finish."""
        self.read_for(5)

    def save(self, text: str, words: str) -> float:
        """Save the exercises and wait for words; return the seconds it took.

        The text goes into a file beside it that then replaces it, as many editors do.
        """
        beside = self.session.path.with_name("." + self.session.path.name + ".swp")
        beside.write_text(text, encoding="utf-8")
        beside.replace(self.session.path)
        return self.wait_for(words)

    def press(self, key: str, words: str) -> None:
        """Press a key and wait for words."""
        self.child.send(key)
        self.wait_for(words)

    def save_picture(self, name: str) -> None:
        """Save a picture of the screen once it no longer changes."""
        while "Checking" in self._text():
            self.read_for(0.1)
        self.read_for(0.3)
        shutil.copyfile(self.picture, self.session.pictures / f"{name}.svg")

    def _text(self) -> str:
        return "\n".join(self.screen.display)

    def read_for(self, seconds: float) -> None:
        """Read what the program prints for some seconds."""
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            try:
                self.stream.feed(self.child.read_nonblocking(65536, timeout=0.02))
            except pexpect.TIMEOUT:
                continue
            except pexpect.EOF:
                raise AssertionError(f"dojo watch has ended:\n{self._text()}") from None


def main() -> None:
    """Play the session that the command line describes."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--course", type=Path, default=PROJECT, help="the course with its reference")
    parser.add_argument("--pictures", type=Path, default=PROJECT / "docs/pictures", help="the folder for the pictures")
    parser.add_argument("--mistakes", default="sgd_step/update_recorded,sigmoid/tanh", help="EXERCISE/ID,EXERCISE/ID")
    parser.add_argument("--start", default="release", choices=["release", "copy"], help="what the learner starts from")
    parser.add_argument("--sandbox", default="auto", choices=["auto", "bubblewrap", "none"])
    parser.add_argument("--quick", action="store_true", help="skip the steps that other tests cover")
    options = parser.parse_args()
    options.pictures.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="session-") as scratch:
        mistakes = options.mistakes.split(",")
        session = ScriptedSession(
            options.course.resolve(), options.pictures.resolve(), Path(scratch), mistakes, options.sandbox
        )
        session.release() if options.start == "release" else session.copy()
        if not options.quick:
            session.check_untouched_course()
        session.make_mistake()
        if not options.quick:
            session.ask_for_hints()
            session.try_the_call()
            session.forget_to_return()
        session.finish_chapter()
        session.reset_exercise()
        session.watch()


if __name__ == "__main__":
    main()
