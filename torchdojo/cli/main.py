"""The command's root, with the options that all commands share."""

from __future__ import annotations

import sys
from collections.abc import Collection
from importlib import import_module
from keyword import iskeyword
from pathlib import Path

import click

from torchdojo import __version__
from torchdojo.cli.extras import how_to_install, missing_of
from torchdojo.cli.group import CommandGroup
from torchdojo.cli.leave import leave
from torchdojo.cli.picture import KEY, Picture
from torchdojo.cli.plain import use_stand_ins

# Each command with its line in `dojo --help`, which imports none of them.
COMMANDS = {
    "Learning": {
        "check": "Check your exercises and show what to fix first.",
        "watch": "Check on every save, with PyTorch kept loaded.",
        "try": "Run the call that fails yourself, with print and breakpoint().",
        "hint": "Show the next hint for an exercise.",
        "list": "List the chapters and the current one's exercises.",
        "compare": "Show your version of an exercise beside the reference's, once it is right.",
        "reset": "Put one exercise back to its original state.",
        "run": "Train using your code, and save a figure.",
        "submit": "Pack your work for submission.",
        "doctor": "Check the installation.",
    },
    "Teaching": {
        "grade": "Grade a class's submissions.",
        "review": "Correct points and write to students.",
        "desk": "Review submissions in a browser.",
        "report": "Write grades.csv, feedback and report.html again.",
        "publish": "Publish grades: freeze what feedback and exports show.",
        "export": "Write grades for Canvas, Moodle, Gradescope or nbgrader.",
        "nbgrader": "Make an nbgrader course, and grade it with the same engine.",
        "release": "Make the release for learners.",
        "site": "Make the course's website.",
    },
    "Authoring": {
        "new": "Start a course, a chapter, an exercise or a mistake.",
        "stubs": "Make exercises/ from reference/.",
        "verify": "Grade right, wrong and hostile answers, and compare verdicts.",
        "calibrate": "Set accuracy thresholds from runs of the reference.",
        "schema": "Write the JSON schema of course.toml.",
    },
}
# The extras without which a command cannot do anything.
EXTRAS = {
    **dict.fromkeys(("grade", "review", "report", "publish", "export", "verify"), "grade"),
    "desk": "desk",
    "site": "site",
}


class _Commands(CommandGroup):
    """Imports a command only when it is called: `dojo hint` must not wait for what `dojo grade` needs."""

    def list_commands(self, context: click.Context) -> list[str]:
        return [name for commands in COMMANDS.values() for name in commands]

    def get_command(self, context: click.Context, name: str) -> click.Command | None:
        if name not in self.list_commands(context):
            return None
        python_name = f"{name}_" if iskeyword(name) else name
        command = getattr(import_module(f"torchdojo.cli.{python_name}"), python_name)
        assert isinstance(command, click.Command)
        return command

    def format_commands(self, context: click.Context, formatter: click.HelpFormatter) -> None:
        missing = {extra for extra in set(EXTRAS.values()) if missing_of(extra)}
        for title, commands in COMMANDS.items():
            with formatter.section(title):
                formatter.write_dl([(name, _line(name, line, missing)) for name, line in commands.items()])


def _line(name: str, line: str, missing: Collection[str]) -> str:
    """Return a command's line in --help. missing: the extras that are not installed"""
    extra = EXTRAS.get(name, "")
    return f"Not installed: {how_to_install(extra)}" if extra in missing else line


@click.group("dojo", cls=_Commands, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="torchdojo")
@click.option(
    "--course", "root", type=click.Path(path_type=Path), help="The course's folder (default: this folder or one above)."
)
@click.option("--picture", type=click.Path(path_type=Path, dir_okay=False), help="Save the screen to this SVG file.")
@click.pass_context
def cli(context: click.Context, root: Path | None, picture: Path | None) -> None:
    """A PyTorch course that grades itself."""
    context.obj = root
    if picture is not None:
        screenshot = context.meta[KEY] = Picture(picture, f"dojo {context.invoked_subcommand}")
        context.call_on_close(screenshot.save)


def run() -> None:
    """Run the command line, which ends with SystemExit."""
    use_stand_ins(sys.stdout, sys.stderr)
    cli(prog_name="dojo")


def main() -> None:
    """Run the command line, and end the process."""
    try:
        run()
    except SystemExit as end:
        leave(end.code)
        raise
