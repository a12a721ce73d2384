"""`dojo schema`: the JSON schema of course.toml, for editors."""

from __future__ import annotations

from pathlib import Path

import click

from torchdojo.course.schema import schema_text
from torchdojo.course.schema_page import schema_page
from torchdojo.files import display_path, write_atomically


@click.command()
@click.option("--out", type=click.Path(path_type=Path, dir_okay=False), help="The file to write (default: print it).")
@click.option(
    "--page", type=click.Path(path_type=Path, dir_okay=False), help="Also write this page about every key, in Markdown."
)
def schema(out: Path | None, page: Path | None) -> None:
    """Write the JSON schema of course.toml, with which an editor completes its keys and marks mistakes.

    An editor finds it by the first line of course.toml, such as `#:schema ./course.schema.json`.
    """
    if out is None and page is None:
        click.echo(schema_text(), nl=False)
    for path, text in ((out, schema_text()), (page, schema_page())):
        if path is not None:
            write_atomically(path, text)
            click.echo(f"wrote {display_path(path)}")
