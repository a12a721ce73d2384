"""The command's root, with the options that all commands share."""

from __future__ import annotations

import sys
from importlib import import_module
from keyword import iskeyword
from pathlib import Path

import click

from torchdojo import __version__
from torchdojo.cli.extras import extra_of, how_to_install
from torchdojo.cli.group import CommandGroup
from torchdojo.cli.picture import KEY, Picture
from torchdojo.cli.plain import use_stand_ins

COMMANDS = {
    "Learning": ("check", "watch", "try", "hint", "list", "compare", "reset", "run", "submit", "doctor"),
    "Teaching": ("grade", "review", "desk", "report", "publish", "export", "nbgrader", "release", "site"),
    "Authoring": ("new", "stubs", "verify", "calibrate", "schema"),
}


class _Commands(CommandGroup):
    """Imports a command when it is called: `dojo hint` must not wait for torch."""

    def list_commands(self, context: click.Context) -> list[str]:
        return [name for names in COMMANDS.values() for name in names]

    def get_command(self, context: click.Context, name: str) -> click.Command | None:
        if name not in self.list_commands(context):
            return None
        try:
            python_name = f"{name}_" if iskeyword(name) else name
            command = getattr(import_module(f"torchdojo.cli.{python_name}"), python_name)
        except ModuleNotFoundError as error:
            return _missing(name, error)
        assert isinstance(command, click.Command)
        return command

    def format_commands(self, context: click.Context, formatter: click.HelpFormatter) -> None:
        for title, names in COMMANDS.items():
            commands = ((name, self.get_command(context, name)) for name in names)
            rows = [(name, command.get_short_help_str(limit=100)) for name, command in commands if command]
            with formatter.section(title):
                formatter.write_dl(rows)


def _missing(name: str, error: ModuleNotFoundError) -> click.Command:
    """Return a stand-in for a command whose extra is not installed: --help lists it, and calling it raises the error.

    Raises the error at once if no extra installs the module.
    """
    extra = extra_of(error)
    if extra is None:
        raise error

    def call() -> None:
        raise error

    lenient = {"ignore_unknown_options": True, "allow_extra_args": True}
    text = f"Not installed: {how_to_install(extra)}"
    return click.Command(name, context_settings=lenient, callback=call, help=text, short_help=text)


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


def main() -> None:
    """Run the command line, and end the process."""
    use_stand_ins(sys.stdout, sys.stderr)
    cli(prog_name="dojo")
