"""What an exception means: the sentence of the first rule that fits."""

from __future__ import annotations

import re

from torchdojo.explain import autograd, calls, dtypes, flow, names, tensors
from torchdojo.explain.known import library_words
from torchdojo.explain.rules import Raised

RULES = [*names.rules, *calls.rules, *flow.rules, *autograd.rules, *dtypes.rules, *tensors.rules]


def explain(raised: Raised) -> str:
    """Return what an exception means and what to do, "" if its own words say it well.

    The message may be anything: of what it holds, only numbers and names that the text or torch has are repeated.
    """
    for types, pattern, function, anywhere in RULES:
        fits = raised.type in types and (anywhere or raised.line is not None)
        match = pattern.fullmatch(raised.message.strip()) if fits else None
        if match is not None and all(_is_known(raised, group) for group in match.groups() if group):
            sentence: str = function(raised, *match.groups())
            if sentence:
                return sentence
    return ""


def _is_known(raised: Raised, group: str) -> bool:
    return all(word in raised.code.words or word in library_words() for word in re.findall(r"[A-Za-z_]\w*", group))
