"""Render report.html from a class report: one file with its style, script, image and data."""

from __future__ import annotations

import json

from markupsafe import Markup

from torchdojo.grading.status import LETTERS
from torchdojo.report.class_report import ClassReport
from torchdojo.report.heatmap import css_colour, draw_heatmap
from torchdojo.report.render import read_asset, render

MAX_PAIRS = 40
MAX_NAMED_ROWS = 80  # up to so many students the heat map shows their names
MIN_NAMED_ROW_PIXELS = 12
MAX_ROW_PIXELS = 15
MAX_HEIGHT_PIXELS = 1000
GAP = " "  # a column between chapters


def report_html(report: ClassReport) -> str:
    """Return the whole page."""
    return render(
        "report.html.j2",
        report=report,
        css=read_asset("base.css") + read_asset("report.css"),
        script=read_asset("report.js"),
        heatmap=_heatmap(report),
        legend=[(css_colour(letter), meaning) for letter, meaning in LETTERS.items() if letter != "-"],
        highest_bin=max((max(scores.bins) for scores in report.scores), default=1) or 1,
        shown_pairs=report.pairs[:MAX_PAIRS],
        more_pairs=len(report.pairs) - MAX_PAIRS,
        short_titles={chapter.name: chapter.short for chapter in report.chapters},
    )


def _heatmap(report: ClassReport) -> dict[str, object] | None:
    """Return the image of the class and the data with which the script describes a pixel; None if it is empty."""
    if not report.heatmap_rows or not report.heatmap_columns:
        return None
    bands = []
    for chapter in report.chapters:
        indices = [i for i, column in enumerate(report.heatmap_columns) if column.chapter == chapter.name]
        if indices:
            bands.append((chapter, indices[0], indices[-1] + 1))
    rows = [GAP.join(row[first:last] for _, first, last in bands) for row in report.heatmap_rows]
    columns = [[column.exercise, column.title] for column in report.heatmap_columns]
    for _, first, _ in reversed(bands[1:]):
        columns.insert(first, ["", ""])
    row_height = max(1, min(MAX_ROW_PIXELS, MAX_HEIGHT_PIXELS // len(rows)))
    data = {
        "rows": rows,
        "columns": columns,
        "students": [" · ".join(filter(None, (row.name, report.names.get(row.name)))) for row in report.students],
        "hrefs": [student.href for student in report.students],
        "statuses": LETTERS | {" ": "not submitted"},
    }
    return {
        "image": draw_heatmap(rows),
        "width": len(rows[0]),
        "height": len(rows) * row_height,
        "row_height": row_height,
        "named": len(rows) <= MAX_NAMED_ROWS and row_height >= MIN_NAMED_ROW_PIXELS,
        "bands": [
            (f"{report.course.chapters.index(chapter) + 1} {chapter.short}", last - first)
            for chapter, first, last in bands
        ],
        "data": safe_json(data),
    }


def safe_json(values: object) -> Markup:
    """Return JSON for a script element: nothing in it can end the element or begin a comment."""
    text = json.dumps(values, ensure_ascii=True, separators=(",", ":"))
    return Markup(text.replace("<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026"))
