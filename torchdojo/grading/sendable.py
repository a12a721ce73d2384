"""Say what a probe of the author's returns that cannot be sent to the check, and what to return in its place."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from torchdojo.explain.kinds import with_article
from torchdojo.wire import Opaque
from torchdojo.worker.protocol import Call, Reply

MODULE = re.compile(r"torch\.nn\.modules\.\w+\.")
ANY = "return what the check needs of it: numbers, strings, tensors, arrays, or lists, tuples, sets and dicts of these"
ADVICE = {
    r"torch\.nn\.": "return its numbers, such as {last}.weight",
    r"generator|map|filter|zip|range|dict_\w+|\w*iterator|itertools\.\w+|collections\.deque": "return list({last})",
    r"function|builtin_function_or_method|method": "return what it returns",
    r"torch\.(dtype|device)|type": "return str({last})",
    r"(set|frozenset|dict) ": "make its items or keys numbers, strings, or tuples of these",
}


def find_unsendable(calls: tuple[Call, ...], reply: Reply) -> str:
    """Return what the reference's answer to these calls holds that cannot be sent, with advice; "" if nothing."""
    for call, outputs in zip(calls, reply.outputs, strict=False):
        for place, last, kind in _opaque(outputs, "outputs", "it"):
            advice = next((text for pattern, text in ADVICE.items() if re.match(f"({pattern})", kind)), ANY)
            what = with_article(kind)
            advice = advice.format(last=last)
            return f"probe {call.probe}: {place} is {what}, which cannot be sent to the check: {advice}"
    return ""


def _opaque(value: Any, place: str, last: str) -> Iterator[tuple[str, str, str]]:
    """Yield where in an answer something is that could not be sent, the name that stands for it, and its type."""
    if isinstance(value, Opaque):
        yield place, last, MODULE.sub("torch.nn.", value.type_name)
    elif isinstance(value, dict):
        for key, item in value.items():
            name = key if isinstance(key, str) and key.isidentifier() else last
            yield from _opaque(item, f'{place}["{key}"]' if isinstance(key, str) else f"{place}[{key!r}]", name)
    elif isinstance(value, list | tuple):
        for index, item in enumerate(value):
            if isinstance(item, Opaque | dict | list | tuple):  # most are numbers
                yield from _opaque(item, f"{place}[{index}]", last)
