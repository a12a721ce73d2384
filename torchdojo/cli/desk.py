"""`dojo desk`: the grader's desk, a local web page."""

from __future__ import annotations

import contextlib
import signal
from pathlib import Path

import click

from torchdojo.cli.common import console, login_name, open_course
from torchdojo.errors import UserError

PORT = 8765


@click.command()
@click.argument("out", type=click.Path(path_type=Path))
@click.option(
    "--user", "users", multiple=True, help="Who decides (default: your login name). Repeat for a link per person."
)
@click.option(
    "--port", type=click.IntRange(0, 65535), default=PORT, show_default=True, help="The port; 0 for any that is free."
)
@click.option(
    "--host-name",
    "host_names",
    multiple=True,
    metavar="NAME",
    help="Also answer under this host name, of a proxy or tunnel. With a port if browsers show one.",
)
@click.pass_context
def desk(context: click.Context, out: Path, users: tuple[str, ...], port: int, host_names: tuple[str, ...]) -> None:
    """Review the submissions in OUT in a browser. OUT is the folder of `dojo grade --out`.

    Only this machine can open the page, with the link that is printed. It works once.
    """
    from torchdojo.batch.store import StoredRun
    from torchdojo.cli.outputs import update_tables
    from torchdojo.desk.server import listen, make_app, serve
    from torchdojo.review.decisions import Decisions

    course = open_course(context)
    people = tuple(dict.fromkeys(name.strip() for name in users)) or (login_name(),)
    unusable = next((name for name in people if not name or not name.isprintable()), None)
    if unusable is not None:
        raise UserError(f"--user {unusable!r} cannot be used: give a name that can be shown")
    terminal = console()

    def announce(user: str, address: str) -> None:
        terminal.print(f" {user:<9} {address}", markup=False, soft_wrap=True)

    with listen(port) as listener:
        port = listener.getsockname()[1]
        app = make_app(course, out, people, port=port, announce=announce, host_names=host_names)
        terminal.print(" Each link works once. Ctrl-C closes the desk.", markup=False, soft_wrap=True)
        before = Decisions.read(out).last_id
        signal.signal(signal.SIGTERM, signal.default_int_handler)  # closed by another program as by Ctrl-C
        with contextlib.suppress(KeyboardInterrupt):
            serve(app, listener)
        if Decisions.read(out).last_id != before:
            with StoredRun(out, course) as run:
                update_tables(terminal, run)
        terminal.print(" The desk is closed.", markup=False)
