"""`dojo report`: write grades.csv, feedback and report.html again."""

from __future__ import annotations

from pathlib import Path

import click

from torchdojo.cli.common import console, open_course


@click.command()
@click.argument("out", type=click.Path(path_type=Path))
@click.pass_context
def report(context: click.Context, out: Path) -> None:
    """Write grades.csv, report.html and feedback/ in OUT again, without grading.

    OUT is the folder of `dojo grade --out`.
    """
    from torchdojo.batch.store import DATABASE, OutError, Store
    from torchdojo.cli.changes import print_line
    from torchdojo.cli.outputs import tell_edits, write_outputs

    course = open_course(context)
    if not (out / DATABASE).is_file():
        raise OutError(f"{out} holds no results; run `dojo grade SUBMISSIONS --out {out}` first")
    with Store(out, course) as store:
        outputs = write_outputs(store)
        students = len(store.students())
        terminal = console()
        tell_edits(terminal, store, outputs.edits)
        terminal.print(f" {outputs.report} · {out / 'feedback'}/ for {students} students", markup=False, soft_wrap=True)
        print_line(terminal, outputs.published)
