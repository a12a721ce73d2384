"""`dojo calibrate`: set accuracy thresholds from runs of the reference."""

from __future__ import annotations

import click

from torchdojo.cli.bars import counting
from torchdojo.cli.common import console, open_whole_course, pick


@click.command()
@click.argument("names", nargs=-1, metavar="[CHAPTER]...")
@click.option("--seeds", default=200, show_default=True, type=click.IntRange(20), help="Number of runs.")
@click.option("--jobs", default=2, show_default=True, type=click.IntRange(1), help="Number of parallel runs.")
@click.pass_context
def calibrate(context: click.Context, names: tuple[str, ...], seeds: int, jobs: int) -> None:
    """Train the reference with many seeds, and set each accuracy threshold from the results.

    This writes graders/CHAPTER/calibration.json: the values, the threshold, the machine and the versions.
    """
    from torchdojo.authoring.calibrate import calibrate_probe, calibrated_probes, write_calibrations

    course = open_whole_course(context)
    chapters = [pick(course, name)[0] for name in names] or list(course.chapters)
    for chapter in chapters:
        calibrations = {}
        for probe in calibrated_probes(course, chapter):
            with counting(probe.name, seeds) as count:
                calibrations[probe.name] = calibrate_probe(course, chapter, probe, seeds, jobs, count.advance)
        if not calibrations:
            console().print(f"{chapter.name}: no probe needs a threshold", markup=False)
            continue
        write_calibrations(course, chapter, calibrations)
        for name, entry in calibrations.items():
            words = f"{name}: {entry['mean']:.4f} ± {entry['sd']:.4f}, threshold {entry['threshold']:.4f}"
            console().print(f"{chapter.name}: {words}", markup=False)
