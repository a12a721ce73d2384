"""The page about course.toml: every key of every table, from the schema."""

from __future__ import annotations

import json
from typing import Any

from torchdojo.course.schema import describe, tables

SCHEMA_FILE = "course.schema.json"
INTRODUCTION = f"""\
# course.toml

The file `course.toml` is in the course's folder. It names the chapters and their exercises, and says what each is
worth, its hints and its limits. `dojo` reports everything that is wrong with it at once, each error with its line, its
key, what is allowed, and the name that may have been meant.

## In an editor

[{SCHEMA_FILE}]({SCHEMA_FILE}) is the JSON schema of the file. An editor that knows it completes keys, explains them and
marks mistakes: VS Code with the extension Even Better TOML, and every editor with the language server of taplo. Write
the schema beside the file,

```sh
dojo schema --out {SCHEMA_FILE}
```

and name it in the first line of `course.toml`, as in the example. A schema does not know time zones, nor whether what a
name stands for exists; `dojo check` does.

## Example
"""
EXAMPLE = f"""\
#:schema ./{SCHEMA_FILE}
title = "A first course"
show_reference = true
gpu = false
zone = "Europe/Berlin"

[policy]
penalty_per_day = 10
penalty_cap = 50
grace_days = 3
grace_minutes = 15

[[chapter]]
name = "ch1_basics"
title = "Basics"
short = "basics"
kind = "torch"
check_seconds = 10
memory_mb = 1024
due = 2026-03-01T23:59:00

[[chapter.exercise]]
name = "sigmoid"
points = 2
hints = [
    "What happens in your line when x is very large?",
    "exp of a large number is infinite.",
    "`torch.sigmoid(x)` is right for every x.",
]
read = "https://docs.pytorch.org/docs/stable/generated/torch.sigmoid.html"
forbids = ["torch.nn.*"]
allows = ["torch.nn.Parameter"]
learnt = "When a formula contains exp, ask what happens at both ends."

[[chapter.exercise]]
name = "predict"
points = 1.5
extra_credit = true
builds_on = ["sigmoid"]
hints = ["a nudge", "the idea", "almost the answer"]

[[chapter.exercise]]
name = "reflection"
points = 3
graded_by = "hand"

[[chapter.exercise.rubric]]
name = "tradeoff"
title = "Names the trade-off between bias and variance"
points = 2

[[chapter.exercise.rubric]]
name = "example"
title = "Gives an example from the chapter's data"
points = 1
"""


def schema_page() -> str:
    """Return the page about course.toml, as Markdown."""
    lines = [INTRODUCTION, "```toml", f"{EXAMPLE}```", ""]
    for table in tables():
        title = "Above the first table" if "$schema" in table else f"`{table['title']}`"
        lines += [f"## {title}", "", table["description"], ""]
        lines += ["| key | value | default | meaning |", "|---|---|---|---|"]
        lines += [_row(key, part, key in table.get("required", ())) for key, part in table["properties"].items()]
        lines.append("")
    return "\n".join(lines[:-1]) + "\n"


def _row(key: str, part: dict[str, Any], required: bool) -> str:
    value = part.get("default")
    shown = f"{value:g}" if isinstance(value, float) else json.dumps(value)
    default = "required" if required else "none" if value is None else f"`{shown}`"
    allowed, meaning = (text.replace("|", "\\|") for text in (describe(part), part["description"]))
    return f"| `{key}` | {allowed} | {default} | {meaning} |"
