"""Report what a submission raises."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any


def raised(call: Callable[[], Any]) -> dict[str, Any]:
    """Call, and return what was raised: its type's name or None, whether it is a ValueError, and its message."""
    try:
        call()
    except Exception as error:
        return {
            "raised": type(error).__name__,
            "is_value_error": isinstance(error, ValueError),
            "message": str(error)[:500],
        }
    return {"raised": None, "is_value_error": False, "message": ""}
