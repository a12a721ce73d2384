"""What a check asks of a submission step by step, and of the reference beside it."""

from __future__ import annotations

import collections
import contextlib
import functools
import weakref
from collections.abc import Iterator
from typing import Any, NoReturn, Protocol

import numpy as np
import torch
from torch import Tensor, nn

from torchdojo.stand_in import arguments
from torchdojo.stand_in.border import cross_border
from torchdojo.stand_in.kinds import ANYTHING, KindsDiffer, describe_code, require_kind, require_text
from torchdojo.stand_in.meddling import ends_differ, require_same_content, require_untouched
from torchdojo.stand_in.memory import (
    REFERENCE,
    SIDES,
    SUBMISSION,
    Lease,
    SharedMemory,
    new_array,
    new_tensor,
    require_tensor,
)
from torchdojo.stand_in.remote import Link, RemoteObject, link_of, new_remote
from torchdojo.wire import WireError, require_spread
from torchdojo.worker import crossing
from torchdojo.worker.conversation import MODULE, methods_of
from torchdojo.worker.crossing import Code
from torchdojo.worker.generators import generators, pack_random, read_random, unpack_all, write_random
from torchdojo.worker.protocol import Reply, ReplyStatus

Outputs = dict[str, Any]
MALFORMED = (WireError, ValueError, TypeError, KeyError, IndexError, AttributeError, RuntimeError, RecursionError)
CALLS = frozenset({"__call__"})
MAX_NESTED = 16  # steps that are taken while what another one changed is written here
MAX_RANGE = 10**7  # items


class Steps(Protocol):
    """Takes the steps of a dialogue, and ends it where one fails."""

    @property
    def is_mirrored(self) -> bool:
        """Whether there is a reference, which takes the submission's steps, too."""

    def take_step(self, step: Outputs, mirrored: Outputs, called: str) -> tuple[Outputs, Outputs | None]:
        """Return the outputs of a step of the submission, and of the reference; None if there is no reference."""

    def find_mirrored(self, number: int) -> Any:
        """Return the reference's object of a number."""

    def note_raised(self, error: BaseException, reply: Reply) -> None:
        """Remember which reply an exception stands for."""

    def note_result(self, *, is_value: bool) -> None:
        """Note that a value or an exception came back."""

    def break_check(self, message: str) -> NoReturn:
        """End the check: its author is at fault."""

    def differ(self, expected: str, got: str, name: str = "") -> NoReturn:
        """End the check: what came back is of another kind. name: the submission's own word in `got`"""


class Dialogue:
    """Takes steps with the objects of a submission, and the same ones with those of the reference.

    names: of the conversations with the two; chapter: the name of the module
    """

    def __init__(self, steps: Steps, names: tuple[str, str], chapter: str) -> None:
        self._steps = steps
        self._names = names
        self._memory = SharedMemory()
        self._objects: weakref.WeakValueDictionary[Any, RemoteObject] = weakref.WeakValueDictionary()
        self._error_classes: dict[int, type[Exception]] = {}
        self._methods: set[tuple[Any, str]] = set()
        self._random: list[dict[str, Any]] = [{}, {}]
        self.words = ""
        self._error_codes: dict[type, list[Code]] = {}
        self._given: list[Any] = []
        self._changed: set[int] | None = None  # what the last step changed of the reference's, None without one
        self._nested = 0
        self._module = Link(self, Lease([MODULE, MODULE], []), "", "object", chapter, frozenset(), MODULE)
        self.module = new_remote(self._module, None)

    # ------------------------------------------------------------------ steps

    def do(self, operation: str, target: Link, *args: Any, **kwargs: Any) -> Any:
        """Take a step, and return its value. Raises what the submission raised."""
        words = self.words = arguments.describe_step(operation, target, args, kwargs)
        values = (target, *args)
        if operation == "call" and target.method is not None:
            owner, name = target.method
            operation, values = "method", (owner, name, *args)
        elif operation.startswith("reflected "):
            operation, values = operation.removeprefix("reflected "), (*args, target)
        outputs, known = self._step(operation, values, kwargs, words, skipped=len(values) - len(args))
        if known is not None and (differing := ends_differ(operation, outputs, known)):
            self._steps.differ(*differing)
        if target is self._module and operation == "getattr" and known and "raised" in known:
            self._steps.break_check(f"the reference defines no {args[0]}")
        return self._finish(outputs, known, words, is_next=operation == "next")

    def attribute(self, owner: Link, name: str) -> Any:
        """Return an attribute; a method that both sides are known to have without a step."""
        if self._module.value is None:
            self._module.value = self._steps.find_mirrored(MODULE)
        if name.startswith("__") and owner.value is not None and not hasattr(owner.value, name):
            raise AttributeError(name)  # that Python and pytest look for on every object
        words = f"{owner.words}.{name}" if owner.words else name
        if (owner.class_key, name) in self._methods:
            return self._method(owner, name, words)
        value = self.do("getattr", owner, name)
        link = link_of(value)
        if link is not None and link.kind == "function" and link.kinds_agree:
            self._methods.add((owner.class_key, name))
            return self._method(owner, name, words)
        return value

    def _method(self, owner: Link, name: str, words: str) -> RemoteObject:
        link = Link(self, Lease([None, None], []), words, "function", name, CALLS, None, (owner, name))
        return new_remote(link, getattr(owner.value, name, None))

    def _step(
        self, operation: str, args: tuple[Any, ...], kwargs: dict[str, Any], words: str, skipped: int = 0
    ) -> tuple[Outputs, Outputs | None]:
        """Take a step on both sides; return what came of it. What it changed is written here.

        skipped: how many of the first arguments are not the check's own
        """
        changes = list(self._memory.collect_changes())
        given: list[Any] = []
        iterated: dict[int, Any] = {}
        states = {name: read_random(name) for name in generators()}
        both = []
        for side in SIDES:
            hooks = self._codes_of_error, self._steps.break_check
            packer = arguments.Packer(self._memory, side, words, iterated, *hooks)
            packed = [packer.pack(value, f"argument {index}") for index, value in enumerate(args, 1 - skipped)]
            named = {name: packer.pack(value, name) for name, value in kwargs.items()}
            known = [(lease.codes[side], s) for lease, s in changes if type(lease.codes[side]) is int]
            if side == REFERENCE:
                known = [(number, {**state, "same_shape": True}) for number, state in known]
            params: dict[str, Any] = {
                "conversation": self._names[side],
                "operation": operation,
                "args": tuple(packed),
                "kwargs": named,
                "shared": (*known, *packer.uploads),
                "random": self._changed_random(side, states),
                "grad": torch.is_grad_enabled(),
            }
            if self._memory.released:
                params["drop"] = tuple(c[side] for c in self._memory.released if type(c[side]) is int)
            if (dtype := torch.get_default_dtype()) != torch.float32:
                params["default_dtype"] = str(dtype).removeprefix("torch.")
            if side == REFERENCE:
                params["quiet"] = True
            elif not self._steps.is_mirrored:
                params["claims"] = True
            both.append(params)
            given = packer.given
        self._memory.released.clear()
        outputs, known_outputs = self._steps.take_step(both[SUBMISSION], both[REFERENCE], words)
        self._nested += 1
        with self._well_formed():
            if self._nested > MAX_NESTED:
                raise WireError("changes that need steps that make changes")
            self._receive(outputs, known_outputs, given)
        self._nested -= 1
        return outputs, known_outputs

    def _receive(self, outputs: Outputs, known: Outputs | None, given: list[Any]) -> None:
        """Write here what a step changed."""
        self._given = given
        self._changed = None if known is None else known["changed"]
        drawn = outputs if known is None else known
        for side, source in ((SUBMISSION, outputs), (REFERENCE, known)):
            if source and source["random"]:
                self._random[side] |= unpack_all(source["random"])
        for name, state in unpack_all(drawn["random"]).items():
            write_random(name, state)
        changes = outputs.get("shared", ())
        for number, state in changes:
            self._require_untouched(number, state)
        self._memory.apply(changes)
        expected = dict(known["given"]) if known else dict(outputs["given"])
        for index, code in outputs["given"]:
            self._rewrite(given[index], code, expected.get(index))

    def _require_untouched(self, number: int, state: dict[str, Any]) -> None:
        """Raise KindsDiffer for a change to the check's own tensors and arrays, or to parameters, that the reference
        does not make: a check may compare with them.
        """  # fmt: skip
        value, lease = self._memory.lookup(number), self._memory.known_lease(number)
        other = lease.codes[REFERENCE] if lease else None
        if value is None or self._changed is None or type(other) is not int or other in self._changed:
            return
        if number < 0 or isinstance(value, nn.Parameter):
            require_untouched(value, state)

    def _finish(self, outputs: Outputs, known: Outputs | None, words: str, *, is_next: bool = False) -> Any:
        """Return the value of a step, or raise what the submission raised.

        is_next: whether StopIteration means the end of an iteration; anywhere else it would end one of the check's own
        """
        self.words = words
        if "raised" in outputs:
            with self._well_formed():
                error, reply = self._new_error(outputs["raised"])
                if isinstance(error, StopIteration) and not is_next:
                    error = RuntimeError("StopIteration was raised")
            self._steps.note_raised(error, reply)
            self._steps.note_result(is_value=False)
            raise error
        if known is None:
            expected = outputs["value"]
        else:
            expected = known.get("value", ANYTHING)
        with self._well_formed():
            value = self._join(outputs["value"], expected, words)
        if link_of(value) is None:
            self._steps.note_result(is_value=True)
        return value

    @contextlib.contextmanager
    def _well_formed(self) -> Iterator[None]:
        """Fail the check where a reply has another form than the engine's own code gives it."""
        try:
            yield
        except KindsDiffer as error:
            self._steps.differ(error.expected, error.got, error.name)
        except MALFORMED:
            self._steps.differ("", "a reply of no known form")

    def _changed_random(self, side: int, states: dict[str, Any]) -> dict[str, bytes]:
        """Return the states of this process's generators that a side does not know."""
        changed = {name: state for name, state in states.items() if self._random[side].get(name) != state}
        self._random[side] |= changed
        return {name: pack_random(name, state) for name, state in changed.items()}

    # ------------------------------------------------------------------ what comes back

    def _join(self, got: Code, expected: Code, words: str) -> Any:
        """Return the value of a code from the submission, of the kind of the reference's. KindsDiffer if it is not."""
        require_kind(self._as_container(got), self._as_container(expected))
        match got:
            case ("tensor", int(number), dict(state)):
                return self._join_tensor(number, state, expected)
            case ("ndarray", int(number), dict(state)):
                return self._join_array(number, state, expected)
            case (("object" | "error class" | "library"), *_):
                return self._join_object(got, expected, words)
            case ("given", int(index)):
                return self._given[index]
            case ("named tuple", _, _, tuple(items)):
                values = self._join_items(items, _items_of(expected))
                if kind := _named_tuple(expected):
                    return kind(*values) if len(values) == len(kind._fields) else tuple(values)
                return tuple(values)
            case (("tuple" | "list" | "set" | "frozenset") as kind, contents):
                if kind == "list" and contents[:1] == ("array",):
                    return crossing.unpack_array(contents).tolist()
                values = self._join_items(contents, _items_of(expected))
                if kind in ("set", "frozenset"):
                    require_spread(values)
                return {"tuple": tuple, "list": list, "set": set, "frozenset": frozenset}[kind](values)
            case ("dict", tuple(pairs)):
                return self._join_dict(pairs, expected)
            case ("bytearray", bytes(data)):
                return bytearray(data)
            case ("range", *_):
                result = crossing.unpack_plain(got)
                if len(result[: MAX_RANGE + 1]) > MAX_RANGE:
                    raise KindsDiffer(describe_code(expected), f"a range of more than {MAX_RANGE:,} items")
                return result
            case ("slice", start, stop, step):
                return slice(*(self._join(end, ANYTHING, words) for end in (start, stop, step)))
        return crossing.unpack_plain(got)

    def _as_container(self, code: Code) -> Code:
        """Return the code of a container's kind for one of the arguments: it does not matter who returns a copy."""
        match code:
            case ("given", int(index)):
                return (type(self._given[index]).__name__, ())
        return code

    def _join_items(self, items: Any, expected: Any) -> list[Any]:
        known = [*expected, *[ANYTHING] * (len(items) - len(expected))]
        return [self._join(item, wanted, self.words) for item, wanted in zip(items, known, strict=False)]

    def _join_dict(self, pairs: Any, expected: Code) -> dict[Any, Any]:
        known = {}
        if isinstance(expected, tuple) and expected[:1] == ("dict",):
            known = {key: item for key, item in expected[1] if not isinstance(key, tuple)}
        keys = [self._join(key, ANYTHING, self.words) for key, _ in pairs]
        require_spread(keys)
        result = {}
        for key, (code, item) in zip(keys, pairs, strict=True):
            wanted = ANYTHING if isinstance(code, tuple) else known.get(code, ANYTHING)
            result[key] = self._join(item, wanted, self.words)
        return result

    def _join_tensor(self, number: int, state: dict[str, Any], expected: Code) -> Tensor:
        other = expected[1] if expected not in (None, ANYTHING) and expected[0] == "tensor" else None
        known = self._memory.lookup(number)
        if isinstance(known, Tensor):
            self._require_untouched(number, state)
            self._memory.lease(number, other if number > 0 else None)
            if known.is_leaf:
                crossing.apply_state(known, state)
                self._memory.refresh(known)
            return known
        if "depends" in state:
            return self._join_result(number, other, state)
        both = state.get("parameter") is True and other is not None and expected[2].get("parameter") is True
        tensor = new_tensor(state, both)
        self._memory.receive(number, other, tensor)
        return tensor

    def _join_result(self, number: int, other: int | None, state: dict[str, Any]) -> Tensor:
        """Return a tensor that was computed from others, so that a gradient flows back to where they are."""
        sources = self._memory.leases_of(state["depends"])
        lease = self._memory.lease(number, other)

        def flow(gradient: Tensor) -> list[Tensor | None]:
            return self._backward(lease, gradient, sources)

        with torch.enable_grad():
            tensor = cross_border(flow, require_tensor(state["value"]), [tensor for tensor, _ in sources])
        self._memory.keep_result(lease, tensor)
        return tensor

    def _backward(self, lease: Lease, gradient: Tensor, sources: list[tuple[Tensor, Lease]]) -> list[Tensor | None]:
        """Return the gradients of a result's sources; those of what is not shared accumulate on the other side."""
        words = "backward()"
        inputs = arguments.SharedNumbers(tuple(source for _, source in sources))
        args = arguments.SharedNumbers((lease,), single=True), arguments.Detached(gradient), inputs
        outputs, known = self._step("backward", args, {}, words)
        if "raised" in outputs:
            self._finish(outputs, known, words)
        with self._well_formed():
            found: list[Tensor | None] = []
            values = outputs["value"]
            if type(values) is not tuple or len(values) != len(sources):
                raise WireError("not one gradient for each tensor")
            for sent, (tensor, _) in zip(values, sources, strict=True):
                grad = None if sent is None else require_tensor(sent)
                if grad is not None and (grad.shape != tensor.shape or grad.dtype != tensor.dtype):
                    raise WireError("a gradient of another shape or dtype than its tensor")
                found.append(grad)
            return found

    def _join_array(self, number: int, state: dict[str, Any], expected: Code) -> Any:
        other = expected[1] if expected not in (None, ANYTHING) and expected[0] == "ndarray" else None
        known = self._memory.lookup(number)
        if isinstance(known, np.ndarray):
            self._require_untouched(number, state)
            self._memory.lease(number, other if number > 0 else None)
            crossing.apply_state(known, state)
            self._memory.refresh(known)
            return known
        array = new_array(state)
        self._memory.receive(number, other, array)
        return array

    def _join_object(self, got: Code, expected: Code, words: str) -> Any:
        if expected is None or expected is ANYTHING:
            return Unexpected(describe_code(got))
        if got[0] == "library" and got == expected:
            return crossing.unpack_plain(expected)
        if got[0] == "error class" and expected[0] == "error class":
            return self._error_class(got[2], got[3], expected[1])
        codes = [code if code[0] == "library" else ("object", code[1]) for code in (got, expected)]
        lease = self._memory.lease(*map(_lease_code, codes))
        known = self._objects.get(codes[SUBMISSION])
        if known is not None:
            return known
        value = self._reference_value(codes[REFERENCE])
        kinds = [code[2] if code[0] == "object" else "function" for code in (got, expected)]
        name = got[3] if got[0] == "object" else got[1]
        link = Link(
            self,
            lease,
            words,
            kinds[REFERENCE],
            require_text(name, 200),
            self._methods_of(value, expected, kinds[REFERENCE]),
            got[4] if got[0] == "object" else None,
            kinds_agree=kinds[0] == kinds[1],
        )
        remote = new_remote(link, value)
        self._objects[codes[SUBMISSION]] = remote
        return remote

    def _methods_of(self, value: Any, expected: Code, kind: str) -> frozenset[str]:
        """Return which operators stand for an object: the reference's, or what is claimed where there is none."""
        if value is None and not self._steps.is_mirrored:
            claimed = frozenset(map(require_text, expected[5] if expected[0] == "object" else ()))
            return arguments.with_calls(claimed & arguments.OPERATOR_METHODS, kind)
        return arguments.with_calls(methods_of(value), kind)

    def _reference_value(self, code: Code) -> Any:
        return crossing.unpack_plain(code) if code[0] == "library" else self._steps.find_mirrored(code[1])

    def _rewrite(self, value: Any, code: Code, expected: Code) -> None:
        """Change a container that was given as an argument as the submission changed its copy.

        expected: None if the reference did not change its own: a check may compare with it
        """
        new = self._join(code, (type(value).__name__, ()) if expected is None else expected, self.words)
        if type(new) is not type(value):
            raise WireError("an argument that became one of another type")
        if expected is None:
            require_same_content(value, new)
            return
        if isinstance(value, list | bytearray):
            value[:] = new
        else:
            value.clear()
            value.update(new)

    # ------------------------------------------------------------------ exceptions

    def _new_error(self, raised: dict[str, Any]) -> tuple[BaseException, Reply]:
        """Return the exception that the submission raised, as one of this process, and the reply that describes it."""
        reply = Reply(
            ReplyStatus.UNUSABLE if raised["status"] == ReplyStatus.UNUSABLE else ReplyStatus.ERROR,
            type=require_text(raised["type"]),
            message=require_text(raised["message"]),
            text=require_text(raised["text"]),
            line=raised["line"] if type(raised["line"]) is int else None,
            lines=[number for number in raised["lines"] if type(number) is int],
        )
        args = [arg for arg in raised["args"] if type(arg) in (str, int, float, bool)]
        kind = self._error_class(raised["own"], raised["known"], None)
        for base in kind.__mro__:
            if issubclass(base, BaseException):
                with contextlib.suppress(Exception):  # one that takes other arguments
                    return base(*args), reply
        return RuntimeError(reply.message), reply

    def _error_class(self, own: Any, known: Any, other: int | None) -> type[BaseException]:
        """Return the class here for an exception class of the submission: itself, where Python or torch defines it."""
        base = next((found for name in known if (found := _known_error(name))), Exception)
        kind: type[BaseException] = base
        for number, name in reversed(own):
            if number not in self._error_classes:
                if not issubclass(kind, Exception) or type(number) is not int:
                    kind = Exception
                self._error_classes[number] = type(require_text(name, 60), (kind,), {"__module__": "submission"})
            kind = self._error_classes[number]
        if other is not None:
            self._error_codes[kind] = [("object", own[0][0]), ("object", other)]
        return kind

    def _codes_of_error(self, value: Any, side: int) -> Code:
        codes = self._error_codes.get(value) if isinstance(value, type) else None
        return None if codes is None else codes[side]


class Unexpected:
    """An object of the submission where the reference has none: nothing can be done with it."""

    def __init__(self, words: str) -> None:
        self._words = words

    def __repr__(self) -> str:
        return f"<{self._words}>"


def _lease_code(code: Code) -> Any:
    return code[1] if code[0] == "object" else code


def _items_of(code: Code) -> tuple[Any, ...]:
    """Return the codes of a container's items; none if they are not known."""
    match code:
        case ("named tuple", _, _, tuple(items)):
            return items
        case (("tuple" | "list" | "size"), tuple(items)) if items[:1] != ("array",):
            return items
    return ()


@functools.lru_cache(maxsize=64)
def _tuple_class(name: str, fields: tuple[str, ...]) -> Any:
    return collections.namedtuple(name, fields)


def _named_tuple(code: Code) -> Any:
    """Return the class of the reference's named tuple, None if it returns none."""
    match code:
        case ("named tuple", str(name), tuple(fields), _):
            return _tuple_class(name, fields)
    return None


def _known_error(name: Any) -> type[BaseException] | None:
    """Return the exception class of a library; None if raising it here would end more than a check."""
    with contextlib.suppress(WireError):
        kind = crossing.find_in_library(require_text(name, 200))
        is_own = str(getattr(kind, "__module__", "")).partition(".")[0] in crossing.LIBRARIES
        if is_own and isinstance(kind, type) and issubclass(kind, Exception | SystemExit):
            return kind
    return None
