"""The probe of the sandbox's self-test: it runs a program's `attempt`, and reports what it returns."""

from __future__ import annotations

from typing import Any

from torchdojo.probe import Draw, probe


@probe("attempt()")
def attempt(ch: Any, draw: Draw, *, target: str = "") -> dict[str, Any]:
    return {"said": ch.attempt(target)}
