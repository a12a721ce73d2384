"""A group of commands, and the one place where errors are printed."""

from __future__ import annotations

from typing import Any

import click

from torchdojo.cli.common import INSTALLATION_ADVICE, spelled
from torchdojo.cli.extras import extra_of, how_to_install
from torchdojo.errors import InstallationError, UserError
from torchdojo.near_names import did_you_mean


class CommandGroup(click.Group):
    """A group of commands. It prints every UserError in one place, and exits with the error's code."""

    def invoke(self, context: click.Context) -> Any:
        """Run a command of the group. If it raises a UserError, print `dojo COMMAND: MESSAGE` and exit.

        A missing module counts as one if an extra installs it.
        """
        try:
            return super().invoke(context)
        except UserError as error:
            failure = error
        except click.NoSuchOption as error:
            failure = UserError(f"no option {error.option_name}.{_options_meant(error)}")
        except ModuleNotFoundError as error:
            extra = extra_of(error)
            if extra is None:
                raise
            failure = UserError(f"{error.name} is missing: {how_to_install(extra)}")
        command = " ".join(filter(None, (context.command_path, context.invoked_subcommand)))
        click.echo(f"{command}: {failure}", err=True)
        if isinstance(failure, InstallationError):
            click.echo(INSTALLATION_ADVICE.format(spelled("doctor")), err=True)
        context.exit(failure.exit_code)

    def resolve_command(
        self, context: click.Context, arguments: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Return the command that is called, and its arguments. UserError if there is none of this name."""
        name = arguments[0]
        if name not in self.list_commands(context) and not name.startswith("-"):
            meant = did_you_mean(name, self.list_commands(context)) or f" `{context.command_path} --help` lists them."
            raise UserError(f"no command {name!r}.{meant}")
        return super().resolve_command(context, arguments)


def _options_meant(error: click.NoSuchOption) -> str:
    if error.ctx is None:
        return ""
    known = [name for parameter in error.ctx.command.get_params(error.ctx) for name in parameter.opts]
    meant = did_you_mean(error.option_name, [name for name in known if name.startswith("--")])
    return meant or f" `{error.ctx.command_path} --help` lists them."
