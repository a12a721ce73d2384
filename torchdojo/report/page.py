"""report.html from a class: one file that holds its style, its script, its picture and its data."""

from __future__ import annotations

import json

from markupsafe import Markup

from torchdojo.report.heat import LEGEND, css_colour, picture
from torchdojo.report.klass import Klass
from torchdojo.report.render import render, text_of

SHOWN_PAIRS = 40
NAMED_ROWS = 80  # so many students and the heat map names each row
TALLEST = 1000  # pixels
TALL_ROW = 15
GAP = " "


def report_html(klass: Klass) -> str:
    """Return the whole page."""
    most = max((max(scores.bins) for scores in klass.scores), default=1) or 1
    return render(
        "report.html.j2",
        k=klass,
        css=text_of("base.css") + text_of("report.css"),
        script=text_of("report.js"),
        heat=_heat(klass),
        legend=[(css_colour(letter), words) for letter, words in LEGEND],
        highest=most,
        shown_pairs=klass.pairs[:SHOWN_PAIRS],
        more_pairs=len(klass.pairs) - SHOWN_PAIRS,
        shorts={chapter.name: chapter.short for chapter in klass.chapters},
    )


def _heat(klass: Klass) -> dict[str, object] | None:
    """Return the picture of the class and what the script needs to say what a place in it is."""
    if not klass.rows or not klass.columns:
        return None
    bands = []
    for chapter in klass.chapters:
        places = [i for i, column in enumerate(klass.columns) if column.chapter == chapter.name]
        if places:
            bands.append((chapter, places[0], places[-1] + 1))
    rows = [GAP.join(row[first:last] for _, first, last in bands) for row in klass.rows]
    columns = [[c.exercise, c.title] for c in klass.columns]
    for _, first, _ in reversed(bands[1:]):
        columns.insert(first, ["", ""])
    row_height = max(1, min(TALL_ROW, TALLEST // len(rows)))
    data = {
        "rows": rows,
        "columns": columns,
        "students": [student.name for student in klass.students],
        "hrefs": [student.href for student in klass.students],
        "words": {"p": "passed", "f": "failed", "e": "raised", "s": "stopped or forbidden", "t": "not written"}
        | {"g": "grader error", "-": "skipped", " ": "not handed in"},
    }
    return {
        "picture": picture(rows),
        "width": len(rows[0]),
        "height": len(rows) * row_height,
        "row": row_height,
        "named": len(rows) <= NAMED_ROWS and row_height >= 12,
        "bands": [
            (f"{klass.course.chapters.index(chapter) + 1} {chapter.short}", last - first)
            for chapter, first, last in bands
        ],
        "data": safe_json(data),
    }


def safe_json(values: object) -> Markup:
    """Return JSON that may stand inside a script element: nothing in it can end the element or begin a comment."""
    text = json.dumps(values, ensure_ascii=True, separators=(",", ":"))
    return Markup(text.replace("<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026"))
