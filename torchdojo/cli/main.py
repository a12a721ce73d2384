"""The command's root: options that all share, and errors in one place."""

from __future__ import annotations

import sys
from importlib import import_module
from pathlib import Path

import click

from torchdojo import __version__
from torchdojo.cli.picture import KEY, Picture
from torchdojo.course import CourseError

COMMANDS = {
    "check": "torchdojo.cli.check",
    "watch": "torchdojo.cli.watch",
    "list": "torchdojo.cli.list",
    "grade": "torchdojo.cli.grade",
    "export": "torchdojo.cli.export",
    "report": "torchdojo.cli.report",
    "run": "torchdojo.cli.run",
    "hint": "torchdojo.cli.hint",
    "reset": "torchdojo.cli.reset",
    "doctor": "torchdojo.cli.doctor",
    "submit": "torchdojo.cli.submit",
    "stubs": "torchdojo.cli.stubs",
    "release": "torchdojo.cli.release",
    "site": "torchdojo.cli.site",
    "verify": "torchdojo.cli.verify",
    "calibrate": "torchdojo.cli.calibrate",
    "nbgrader": "torchdojo.cli.nbgrader",
}
USAGE_ERROR = 2


class _Commands(click.Group):
    """Imports a command when it is called: `dojo hint` must not wait for torch."""

    def list_commands(self, context: click.Context) -> list[str]:
        return list(COMMANDS)

    def get_command(self, context: click.Context, name: str) -> click.Command | None:
        if name not in COMMANDS:
            return None
        command = getattr(import_module(COMMANDS[name]), name)
        assert isinstance(command, click.Command)
        return command


@click.group(cls=_Commands, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="torchdojo")
@click.option("--course", "root", type=click.Path(path_type=Path), help="The course's folder (default: here or above).")
@click.option("--picture", type=click.Path(path_type=Path, dir_okay=False), help="Save what is shown as this SVG file.")
@click.pass_context
def cli(context: click.Context, root: Path | None, picture: Path | None) -> None:
    """A PyTorch course that grades itself."""
    context.obj = root
    if picture is not None:
        made = context.meta[KEY] = Picture(picture, f"dojo {context.invoked_subcommand}")
        context.call_on_close(made.save)


def main() -> None:
    """Run the command; a broken course ends with one clear line and exit code 2."""
    try:
        cli(prog_name="dojo")
    except CourseError as error:
        click.echo(f"dojo: {error}", err=True)
        sys.exit(USAGE_ERROR)
