"""What the sandbox's live probes ask of hostile code: run `attempt`, and report what it says."""

from __future__ import annotations

from typing import Any

from torchdojo.probe import Draw, probe


@probe("attempt()")
def attempt(ch: Any, draw: Draw, *, target: str = "") -> dict[str, Any]:
    return {"said": ch.attempt(target)}
