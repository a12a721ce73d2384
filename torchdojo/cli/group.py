"""A group of commands, and the one place where errors are printed."""

from __future__ import annotations

from typing import Any

import click

from torchdojo.cli.common import INSTALLATION_ADVICE, spelled
from torchdojo.cli.extras import extra_of, how_to_install
from torchdojo.errors import InstallationError, UserError


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
        except ModuleNotFoundError as error:
            extra = extra_of(error)
            if extra is None:
                raise
            failure = UserError(f"{error.name} is missing: {how_to_install(extra)}")
        click.echo(f"{context.command_path} {context.invoked_subcommand}: {failure}", err=True)
        if isinstance(failure, InstallationError):
            click.echo(INSTALLATION_ADVICE.format(spelled("doctor")), err=True)
        context.exit(failure.exit_code)
