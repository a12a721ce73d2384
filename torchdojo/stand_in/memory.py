"""The tensors and arrays that a check shares with a submission and the reference: as if all had one memory."""

from __future__ import annotations

import itertools
import weakref
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from torchdojo.wire import SentTensor, WireError
from torchdojo.worker import crossing
from torchdojo.worker.crossing import Snapshot

SUBMISSION, REFERENCE = 0, 1  # the two sides that a check talks to
SIDES = (SUBMISSION, REFERENCE)


class Lease:
    """The codes by which both sides know one object; when nothing refers to it any more, they may forget it.

    None for a side that does not know it
    """

    def __init__(self, codes: list[Any], released: list[list[Any]]) -> None:
        self.codes = codes
        self._released = released

    def __del__(self) -> None:
        self._released.append(self.codes)


@dataclass
class _Cell:
    """A shared tensor or array of this process, with what both sides know of it."""

    local: weakref.ref[Any]
    lease: Lease
    snapshot: Snapshot


class SharedMemory:
    """Knows the tensors and arrays of this process that also exist on the other sides."""

    def __init__(self) -> None:
        self._cells: dict[int, _Cell] = {}
        self._by_number: dict[int, int] = {}  # the submission's number: the id of the object here
        self._leases: weakref.WeakValueDictionary[Any, Lease] = weakref.WeakValueDictionary()
        self._next = itertools.count(-1, -1)
        self.released: list[list[Any]] = []

    def find(self, value: Any) -> Lease | None:
        """Return the lease of a tensor or an array, None if it is not shared."""
        cell = self._cells.get(id(value))
        return cell.lease if cell is not None and cell.local() is value else None

    def share(self, value: Any) -> Lease:
        """Share a tensor or an array that comes from here."""
        lease = self.find(value)
        if lease is None:
            lease = Lease([None, None], self.released)
            self._keep(value, lease, crossing.snapshot_of(value))
        return lease

    def name(self, value: Any, lease: Lease, side: int) -> int:
        """Return the number by which a side knows a value from now on."""
        number = lease.codes[side] = next(self._next)
        if side == SUBMISSION:
            self._by_number[number] = id(value)
            self._leases[number] = lease
        return number

    def known_lease(self, code: Any) -> Lease | None:
        """Return the lease of the submission's code, None if there is none any more."""
        return self._leases.get(code)

    def lease(self, code: Any, other: Any) -> Lease:
        """Return the lease of what a step returned: a new one only where there is none any more.

        code, other: the submission's and the reference's code of it, None if it is not known there
        """
        lease = self._leases.get(code)
        if lease is None:
            self.released[:] = [codes for codes in self.released if codes[SUBMISSION] != code]
            lease = self._leases[code] = Lease([code, other], self.released)
        elif other is not None:
            lease.codes[REFERENCE] = other
        return lease

    def receive(self, number: int, other: int | None, value: Any) -> Lease:
        """Share what a step returned. number, other: the submission's and the reference's number of it"""
        lease = self.lease(number, other)
        self.keep_result(lease, value)
        return lease

    def keep_result(self, lease: Lease, value: Any) -> None:
        """Share what a step returned under a lease."""
        self._keep(value, lease, crossing.snapshot_of(value))
        self._by_number[lease.codes[SUBMISSION]] = id(value)

    def _keep(self, value: Any, lease: Lease, snapshot: Snapshot) -> None:
        key = id(value)

        def forget(_: object) -> None:
            cell = self._cells.pop(key, None)
            number = cell.lease.codes[SUBMISSION] if cell else None
            if number is not None and self._by_number.get(number) == key:
                del self._by_number[number]

        self._cells[key] = _Cell(weakref.ref(value, forget), lease, snapshot)

    def lookup(self, number: int) -> Any:
        """Return the object here that the submission knows by a number, None if there is none any more."""
        key = self._by_number.get(number)
        cell = self._cells.get(key) if key is not None else None
        return cell.local() if cell else None

    def leases_of(self, numbers: Any) -> list[tuple[Tensor, Lease]]:
        """Return the tensors here that require a gradient, of those with these numbers; with their leases."""
        found = []
        for number in numbers:
            value = self.lookup(number) if type(number) is int else None
            lease = self.find(value)
            if lease is not None and isinstance(value, Tensor) and value.requires_grad:
                found.append((value, lease))
        return found

    def collect_changes(self) -> Iterator[tuple[Lease, dict[str, Any]]]:
        """Yield what has changed here since the last step, and remember it as known."""
        for cell in list(self._cells.values()):
            value = cell.local()
            if value is None:
                continue
            now = crossing.snapshot_of(value)
            if now != cell.snapshot:
                state = crossing.pack_state(value, now, cell.snapshot)
                cell.snapshot = now
                yield cell.lease, state

    def full_state(self, value: Any) -> dict[str, Any]:
        """Return all that a side must know of a value which is new to it."""
        state = crossing.pack_state(value, crossing.snapshot_of(value))
        return {**state, "parameter": isinstance(value, nn.Parameter)}

    def apply(self, changes: Any) -> None:
        """Write what the submission changed into the tensors and arrays here. WireError if that does not fit."""
        for number, state in changes:
            value = self.lookup(number)
            if value is None:
                continue
            gradient = state.get("grad")
            if isinstance(value, Tensor) and not value.is_leaf and gradient is not None:
                torch.autograd.backward(value, require_tensor(gradient), retain_graph=True)
            crossing.apply_state(value, state)
            self.refresh(value)

    def refresh(self, value: Any) -> None:
        """Take a shared object as both sides know it now."""
        self._cells[id(value)].snapshot = crossing.snapshot_of(value)


def require_tensor(sent: Any) -> Tensor:
    """Return a tensor of a reply; WireError if it is none."""
    if not isinstance(sent, SentTensor):
        raise WireError("not a tensor")
    return sent.tensor


def new_tensor(state: dict[str, Any], is_parameter: bool) -> Tensor:
    """Return a tensor without a history in the state that a reply describes."""
    value = require_tensor(state["value"])
    tensor = nn.Parameter(value, False) if is_parameter else value
    tensor.requires_grad_(state.get("requires_grad") is True)
    if state.get("grad") is not None:
        tensor.grad = require_tensor(state["grad"])
    return tensor


def new_array(state: dict[str, Any]) -> np.ndarray[Any, Any]:
    """Return the array that a reply describes."""
    return crossing.unpack_array(state["value"])
