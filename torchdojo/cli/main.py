"""The command's root, with the options that all commands share."""

from __future__ import annotations

from importlib import import_module
from pathlib import Path

import click

from torchdojo import __version__
from torchdojo.cli.extras import extra_of, how_to_install
from torchdojo.cli.group import CommandGroup
from torchdojo.cli.picture import KEY, Picture

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


class _Commands(CommandGroup):
    """Imports a command when it is called: `dojo hint` must not wait for torch."""

    def list_commands(self, context: click.Context) -> list[str]:
        return list(COMMANDS)

    def get_command(self, context: click.Context, name: str) -> click.Command | None:
        if name not in COMMANDS:
            return None
        try:
            command = getattr(import_module(COMMANDS[name]), name)
        except ModuleNotFoundError as error:
            return _missing(name, error)
        assert isinstance(command, click.Command)
        return command


def _missing(name: str, error: ModuleNotFoundError) -> click.Command:
    """Return what stands for a command whose extra is not installed: --help lists it, and calling it says what to do.

    Raises the error itself if no extra brings the module.
    """
    extra = extra_of(error)
    if extra is None:
        raise error

    def call() -> None:
        raise error

    lenient = {"ignore_unknown_options": True, "allow_extra_args": True}
    words = f"Not installed: {how_to_install(extra)}"
    return click.Command(name, context_settings=lenient, callback=call, help=words, short_help=words)


@click.group("dojo", cls=_Commands, context_settings={"help_option_names": ["-h", "--help"]})
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
    """Run the command line, and end the process."""
    cli(prog_name="dojo")
