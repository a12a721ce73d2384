"""Fingerprints of replies, which recognise the same reply, on another machine too.

A fingerprint keeps the form of a reply (names, types, shapes, dtypes, devices) and, of a tensor's floats, the values if
they are few, or else four random projections. Everything exact is kept as a hash.

Two float tensors whose elements agree to a tolerance have projections that agree to the tolerance times 8·√n: the signs
of a projection are drawn, independently of the answers, so more is missed with a chance below 2·exp(−8²/2) = 3e-14 each
(Hoeffding).
"""

from __future__ import annotations

import hashlib
import math
from typing import Any

import torch
from torch import Tensor

from torchdojo.grading.compare import Closeness, find_difference, tolerance
from torchdojo.grading.exchange import RAISED, raised_words, without_wording
from torchdojo.wire import Opaque, SentArray, SentTensor, stable_repr
from torchdojo.worker.protocol import Reply

MAX_LISTED_VALUES = 64
PROJECTIONS = 4
DEVIATIONS = 8
Fingerprint = dict[str, Any]


def fingerprint(reply: Reply) -> Fingerprint:
    """Return the fingerprint of a reply, as plain values that the wire can carry."""
    if reply.is_ok:
        return {"status": reply.status.value, "outputs": [_tree(output) for output in without_wording(reply.outputs)]}
    return {"status": reply.status.value, "said": _hash(raised_words(reply))}


def fits(known: Fingerprint, reply: Reply, closeness: Closeness) -> bool:
    """Whether a reply has this fingerprint, with floats as close as `closeness` says."""
    if known["status"] != reply.status:
        return False
    if not reply.is_ok:
        return reply.status in RAISED and known["said"] == _hash(raised_words(reply))
    if len(known["outputs"]) != len(reply.outputs):
        return False
    return all(
        _same(a, _tree(b), closeness) for a, b in zip(known["outputs"], without_wording(reply.outputs), strict=True)
    )


def _tree(value: Any) -> Fingerprint:
    if isinstance(value, SentTensor):
        return _tensor_fingerprint(value.tensor, value.device)
    if isinstance(value, SentArray):
        return _tree(value.as_tensor())
    if isinstance(value, dict):
        return {"kind": "dict", "items": {stable_repr(key): _tree(item) for key, item in value.items()}}
    if isinstance(value, list | tuple):
        return {"kind": type(value).__name__, "items": {str(i): _tree(item) for i, item in enumerate(value)}}
    if isinstance(value, float):
        return {"kind": "float", "value": value}
    if isinstance(value, Opaque):
        return {"kind": "opaque"}
    return {
        "kind": type(value).__name__,
        "hash": _hash(stable_repr(value) if isinstance(value, set | frozenset) else value),
    }


def _tensor_fingerprint(tensor: Tensor, device: str) -> Fingerprint:
    form = {"kind": "tensor", "shape": list(tensor.shape), "dtype": str(tensor.dtype), "device": device}
    if not tensor.is_floating_point():
        return {**form, "hash": hashlib.sha256(tensor.to(torch.int64).numpy().tobytes()).hexdigest()[:16]}
    values = tensor.double().flatten()
    finite = values.isfinite()
    special = torch.where(finite, torch.zeros_like(values), values)
    kept = torch.where(finite, values, torch.zeros_like(values))
    return {
        **form,
        "special": "" if bool(finite.all()) else _hash([str(v) for v in special.tolist()]),
        "scale": float(kept.abs().max()) if len(kept) else 0.0,
        "values": kept.tolist() if len(kept) <= MAX_LISTED_VALUES else _projections(kept),
    }


def _projections(values: Tensor) -> list[float]:
    """Return sums of the values with random signs, which depend on the number of values alone."""
    generator = torch.Generator().manual_seed(len(values))
    signs = torch.randint(0, 2, (PROJECTIONS, len(values)), generator=generator).double() * 2 - 1
    projected: list[float] = (signs * values).sum(dim=1).tolist()
    return projected


def _hash(value: Any) -> str:
    return hashlib.sha256(repr(value).encode("utf-8", "surrogatepass")).hexdigest()[:16]


def _same(known: Fingerprint, got: Fingerprint, closeness: Closeness) -> bool:
    kind = known["kind"]
    if kind != got["kind"] or kind == "opaque":
        return False
    if kind in ("dict", "list", "tuple"):
        items, others = known["items"], got["items"]
        return set(items) == set(others) and all(_same(items[key], others[key], closeness) for key in items)
    if kind == "float":
        return find_difference(got["value"], known["value"], None, closeness) is None
    if kind == "tensor":
        return _same_tensor(known, got, closeness)
    return bool(known["hash"] == got["hash"])


def _same_tensor(known: Fingerprint, got: Fingerprint, closeness: Closeness) -> bool:
    form = ["shape", "dtype", "special", "hash", *(["device"] if closeness.devices else [])]
    if any(known.get(key) != got.get(key) for key in form):
        return False
    if "hash" in known:  # integers, which are equal or not
        return True
    count = math.prod(known["shape"])
    is_projected = count > MAX_LISTED_VALUES
    sizes = torch.tensor([known["scale"]] if is_projected else known["values"], dtype=torch.float64)
    allowed = tolerance(sizes, getattr(torch, known["dtype"].removeprefix("torch.")), closeness)
    allowed = allowed * DEVIATIONS * math.sqrt(count) if is_projected else allowed
    ours, theirs = (torch.tensor(tree["values"], dtype=torch.float64) for tree in (known, got))
    return bool(((ours - theirs).abs() <= allowed).all())
