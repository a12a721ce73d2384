"""Hold a conversation about a submission: take single steps with its objects, which stay here from one to the next.

A step is a Call whose probe is STEP. It names an operation, such as to get an attribute or to call something, and what
it is done to. Numbers stand for objects: those of this end are positive, those of the check's end negative.
"""

from __future__ import annotations

import contextlib
import itertools
import sys
from collections.abc import Iterator
from types import BuiltinFunctionType, FunctionType, MethodType, ModuleType
from typing import TYPE_CHECKING, Any

from torchdojo.wire import SentTensor, WireError
from torchdojo.worker import crossing
from torchdojo.worker.crossing import Code, Snapshot
from torchdojo.worker.exceptions import describe
from torchdojo.worker.generators import pack_random, read_random, unpack_all, write_random
from torchdojo.worker.protocol import Call, Reply, ReplyStatus, Request, message_of

if TYPE_CHECKING:
    from torch import Tensor

torch: Any = sys.modules.get("torch")  # None in a worker whose chapters do without it
MODULE = 0  # the number of the submission's own module
BOUND = (FunctionType, BuiltinFunctionType, MethodType)
MAX_CLASSES = 30  # that are named of an exception
MAX_NODES = 200_000  # of an autograd graph that are looked at
_conversations: dict[str, Conversation] = {}


def find_conversation(calls: tuple[Call, ...]) -> Conversation:
    """Return the conversation that calls are steps of, begun if need be."""
    return _conversations.setdefault(str(calls[0].params["conversation"]), Conversation())


def find_object(name: str, number: int) -> Any:
    """Return the object of this number in a conversation of this process, None if it has not begun."""
    conversation = _conversations.get(name)
    return conversation.object_of(number) if conversation else None


def end_conversation(name: str) -> None:
    """Forget a conversation in this process; a no-op if there is none of this name."""
    _conversations.pop(name, None)


def end_conversations() -> None:
    """Forget every conversation in this process."""
    _conversations.clear()


class Conversation:
    """The objects of one submission that a check knows, by their numbers.

    chapter: the submission's module, None until it is loaded; reached: the lines of the placeholders that were run
    """

    def __init__(self) -> None:
        self.chapter: ModuleType | None = None
        self.reached: dict[int, None] = {}
        self._objects: dict[int, Any] = {}
        self._numbers: dict[int, int] = {}
        self._next = itertools.count(1)
        self._snapshots: dict[int, Snapshot] = {}
        self._rewritten: set[int] = set()  # of what a step returned: what it had changed
        self._graphs: dict[int, Tensor] = {}  # results with a history; the check's end passes leaves in their place
        self._given: list[tuple[Any, Any]] = []  # containers among the arguments, with what they held
        self._random: dict[str, Any] = {}
        self._claims = False  # whether to name the operators of objects, as there is no reference to ask

    def object_of(self, number: int) -> Any:
        """Return the object of this number."""
        return self._objects[number]

    def take_steps(self, chapter: ModuleType, request: Request) -> list[dict[str, Any]]:
        """Return what came of each step of a request; WireError for what may not cross. chapter: the submission"""
        if self.chapter is None:
            self.chapter = self._objects[MODULE] = chapter
            self._numbers[id(chapter)] = MODULE
        sys.modules[chapter.__name__] = chapter  # another one of this name may have been loaded meanwhile
        return [self._take_step(call.params, request.filename) for call in request.calls]

    def _take_step(self, params: dict[str, Any], filename: str) -> dict[str, Any]:
        """Return the value of a step or what was raised, and what it changed."""
        for number in params.get("drop", ()):
            self._forget(number)
        for number, state in params["shared"]:
            self._receive(number, state)
        self._given = []
        self._rewritten.clear()
        self._claims = "claims" in params
        args = [self._unpack(code) for code in params["args"]]
        kwargs = {name: self._unpack(code) for name, code in params["kwargs"].items()}
        outputs: dict[str, Any] = {}
        with contextlib.ExitStack() as stack:
            stack.enter_context(self._drawing(params["random"], outputs, "quiet" in params))
            if torch is not None:
                stack.enter_context(torch.set_grad_enabled(params["grad"]))
            if torch is not None and (kind := params.get("default_dtype")):
                stack.callback(torch.set_default_dtype, torch.get_default_dtype())
                torch.set_default_dtype(getattr(torch, kind))
            try:
                operation = params["operation"]
                if operation == "backward":
                    result = self._backward(*args)
                else:
                    result = crossing.OPERATIONS[operation](*args, **kwargs)
                    if params.get("iterates") and type(result) in (list, tuple):
                        result = iter(result)
            except BaseException as error:  # a submission may raise anything
                reply = describe(error, filename, ReplyStatus.ERROR)
                if reply.status is ReplyStatus.MEMORY:
                    raise
                outputs["raised"] = self._pack_error(error, reply)
                result = None
        if "raised" not in outputs:
            outputs["value"] = result if operation == "backward" else self._pack(result, 0)
        outputs["given"] = self._pack_given()
        changes = self._collect_changes()
        if params.get("quiet"):
            outputs["changed"] = self._rewritten | {number for number, _ in changes}
        else:
            outputs["shared"] = changes
        return outputs

    # ------------------------------------------------------------------ what crosses to here

    def _unpack(self, code: Code) -> Any:
        match code:
            case ("object", int(number)):
                return self._objects[number]
            case ("shared", int(number)):
                return self._leaf(number)
            case ("method", owner, str(name)):
                return getattr(self._unpack(owner), name)
            case ("tuple", tuple(items)):
                return tuple(map(self._unpack, items))
            case ("slice", *ends):
                return slice(*map(self._unpack, ends))
            case ("iterator", tuple(items)):
                return iter([self._unpack(item) for item in items])
            case ("frozenset", tuple(items)):
                return frozenset(map(self._unpack, items))
            case ("given", int(number)):
                return self._given[number][0]
            case ("error", str(name), str(message)):
                return getattr(__import__("builtins"), name)(message)
            case (("list" | "set" | "dict" | "bytearray") as kind, contents):
                return self._unpack_container(kind, contents)
            case SentTensor():
                return code.tensor
        return crossing.unpack_plain(code)

    def _unpack_container(self, kind: str, contents: Any) -> Any:
        value: Any = {"list": list, "set": set, "dict": dict, "bytearray": bytearray}[kind]()
        index = len(self._given)
        self._given.append((value, None))
        if kind == "list":
            numbers = contents if isinstance(contents, tuple) and contents[:1] == ("array",) else None
            value += crossing.unpack_array(numbers).tolist() if numbers else map(self._unpack, contents)
        elif kind == "dict":
            value.update((self._unpack(key), self._unpack(item)) for key, item in contents)
        elif kind == "set":
            value.update(map(self._unpack, contents))
        else:
            value += contents
        self._given[index] = value, _copy_of(value)
        return value

    def _leaf(self, number: int) -> Any:
        """Return a shared tensor as an argument: a result with a history is cut off from it, as the check's end is."""
        if number in self._graphs and self._objects[number] is self._graphs[number]:
            original = self._graphs[number]
            with torch.no_grad():
                self._objects[number] = original.detach().clone().requires_grad_(original.requires_grad)
            leaf = self._objects[number]
            self._numbers[id(leaf)] = number
            self._snapshots[number] = crossing.snapshot_of(leaf)
        return self._objects[number]

    def _receive(self, number: int, state: dict[str, Any]) -> None:
        """Create a shared tensor or array, or change one."""
        if number not in self._objects:
            value: Any = state["value"]
            if isinstance(value, SentTensor):
                value = value.tensor.clone()
                value = torch.nn.Parameter(value, False) if state.get("parameter") else value
            else:
                value = crossing.unpack_array(value)
            self._objects[number] = value
            self._numbers[id(value)] = number
            state = {key: item for key, item in state.items() if key != "value"}
        value = self._leaf(number)
        if "value" in state and state.get("same_shape") and _shape_of(state["value"]) != tuple(value.shape):
            return
        crossing.apply_state(value, state)
        self._snapshots[number] = crossing.snapshot_of(value)

    def _forget(self, number: int) -> None:
        value = self._objects.pop(number, None)
        graph = self._graphs.pop(number, None)
        self._snapshots.pop(number, None)
        for known in (value, graph):
            if known is not None and self._numbers.get(id(known)) == number:
                del self._numbers[id(known)]

    # ------------------------------------------------------------------ what crosses from here

    def _pack(self, value: Any, depth: int) -> Code:
        if depth > crossing.MAX_DEPTH:
            raise WireError(f"nested too deep: more than {crossing.MAX_DEPTH} levels")
        code = crossing.pack_plain(value)
        if code is not NotImplemented:
            return code
        kind = type(value)
        if crossing.is_tensor(value):
            return self._pack_tensor(value)
        if crossing.is_array(value):
            number = self._number(value)
            now = crossing.snapshot_of(value)
            self._take_snapshot(number, now)
            return ("ndarray", number, crossing.pack_state(value, now))
        for index, (given, _) in enumerate(self._given):
            if given is value:
                return ("given", index)
        if kind in (tuple, list, set, frozenset, bytearray, *crossing.DICTS):
            return self._pack_container(value, depth)
        if issubclass(kind, tuple):
            names = getattr(kind, "_fields", ())
            items = tuple(self._pack(item, depth + 1) for item in tuple.__iter__(value))
            return ("named tuple", kind.__name__, tuple(names), items) if names else ("tuple", items)
        if kind is slice:
            return ("slice", *(self._pack(end, depth + 1) for end in (value.start, value.stop, value.step)))
        return self._pack_object(value)

    def _pack_container(self, value: Any, depth: int) -> Code:
        kind = type(value)
        if kind is bytearray:
            return ("bytearray", bytes(value))
        if kind in crossing.DICTS:
            pairs = [(self._pack(key, depth + 1), self._pack(item, depth + 1)) for key, item in dict.items(value)]
            return ("dict", tuple(pairs))
        if kind is list and (numbers := crossing.pack_numbers(value)) is not NotImplemented:
            return ("list", numbers)
        return (kind.__name__, tuple(self._pack(item, depth + 1) for item in value))

    def _pack_given(self) -> tuple[tuple[int, Code], ...]:
        """Return the containers among the arguments that the step changed."""
        changed = [
            index
            for index, (value, before) in enumerate(self._given)
            if (type(value) is bytearray and value != before)
            or (type(value) is not bytearray and not _holds_the_same(value, before))
        ]
        return tuple((index, self._pack_container(self._given[index][0], 0)) for index in changed)

    def _pack_tensor(self, value: Tensor) -> Code:
        number = self._number(value)
        with torch._C.DisableTorchFunctionSubclass():
            state: dict[str, Any] = {}
            if value.requires_grad and not value.is_leaf:
                self._graphs[number] = value
                state["depends"] = self._leaves(value)
            now = crossing.snapshot_of(value)
            if number not in self._graphs:
                self._take_snapshot(number, now)
            state |= crossing.pack_state(value, now)
            state["parameter"] = issubclass(type(value), torch.nn.Parameter)
        return ("tensor", number, state)

    def _take_snapshot(self, number: int, now: Snapshot) -> None:
        if self._snapshots.get(number, now) != now:
            self._rewritten.add(number)
        self._snapshots[number] = now

    def _leaves(self, value: Tensor) -> tuple[int, ...]:
        """Return the numbers of the shared tensors that a result was computed from."""
        found: dict[int, None] = {}
        waiting, seen = [value.grad_fn], {value.grad_fn}
        while waiting and len(seen) < MAX_NODES:
            node: Any = waiting.pop()
            leaf = getattr(node, "variable", None)
            if leaf is not None and id(leaf) in self._numbers:
                found[self._numbers[id(leaf)]] = None
            for following, _ in node.next_functions:
                if following is not None and following not in seen:
                    seen.add(following)
                    waiting.append(following)
        return tuple(found)

    def _pack_object(self, value: Any) -> Code:
        kind = type(value)
        number = self._number(value)
        if issubclass(kind, type) and issubclass(value, BaseException):
            return ("error class", number, *self._error_classes(value))
        claimed = tuple(sorted(methods_of(value))) if self._claims else ()
        return ("object", number, kind_of(value), str(kind.__name__)[:60], self._number(kind), claimed)

    def _number(self, value: Any) -> int:
        number = self._numbers.get(id(value))
        if number is None:
            number = self._numbers[id(value)] = next(self._next)
            self._objects[number] = value
        return number

    def _pack_error(self, error: BaseException, reply: Reply) -> dict[str, Any]:
        """Return what the check's end needs to raise the exception there, and to say where it came from."""
        args = error.args if all(type(arg) in (int, float, str, bool) for arg in error.args) else (message_of(error),)
        own, known = self._error_classes(type(error))
        place = {key: getattr(reply, key) for key in ("type", "message", "line", "text", "lines")}
        return {
            **{"own": own, "known": known, "args": tuple(a[:2000] if isinstance(a, str) else a for a in args[:5])},
            **place,
            "status": reply.status.value,
            "made_at": [tuple(pair) for pair in reply.made_at],
        }

    def _error_classes(self, kind: type) -> tuple[tuple[Any, ...], tuple[str, ...]]:
        """Return an exception class's own ancestors, each with its number, and those that Python and torch define."""
        classes = kind.__mro__[:MAX_CLASSES]
        names = [crossing.library_name(base) for base in classes]
        own = [
            (self._number(base), str(base.__name__)[:60])
            for base, name in zip(classes, names, strict=True)
            if not name and base is not object
        ]
        return tuple(own), tuple(name for name in names if name and name != "builtins:object")

    def _collect_changes(self) -> tuple[tuple[int, dict[str, Any]], ...]:
        """Return what has changed in the shared tensors and arrays since the last step."""
        changes = []
        for number, before in list(self._snapshots.items()):
            value = self._objects[number]
            now = crossing.snapshot_of(value)
            if now != before:
                self._snapshots[number] = now
                changes.append((number, crossing.pack_state(value, now, before)))
        return tuple(changes)

    # ------------------------------------------------------------------ autograd, random numbers

    def _backward(self, number: int, gradient: Tensor, inputs: tuple[int, ...]) -> tuple[Any, ...]:
        """Return the gradients of shared tensors that a result was computed from; others accumulate here."""
        tensors = [self._leaf(index) if index in self._objects else None for index in inputs]
        before = [None if tensor is None else tensor.grad for tensor in tensors]
        for tensor in tensors:
            if tensor is not None:
                tensor.grad = None
        try:
            torch.autograd.backward(self._graphs[number], gradient, retain_graph=True)
            found = [None if tensor is None else tensor.grad for tensor in tensors]
        finally:
            for tensor, grad in zip(tensors, before, strict=True):
                if tensor is not None:
                    tensor.grad = grad
        return tuple(None if grad is None else SentTensor(grad.detach(), str(grad.device)) for grad in found)

    @contextlib.contextmanager
    def _drawing(self, given: Any, outputs: dict[str, Any], restores: bool) -> Iterator[None]:
        """Draw from the generators as they are at the check's end; note their states if they change.

        restores: whether this process's own states are put back
        """
        self._random |= unpack_all(given)
        before = {name: read_random(name) for name in self._random}
        for name, state in self._random.items():
            if before[name] != state:
                write_random(name, state)
        try:
            yield
        finally:
            now = {name: read_random(name) for name in self._random}
            changed = {name: state for name, state in now.items() if state != self._random[name]}
            self._random |= changed
            outputs["random"] = {name: pack_random(name, state) for name, state in changed.items()}
            for name, state in before.items():
                if now[name] != state and restores:
                    write_random(name, state)


def kind_of(value: Any) -> str:
    """Return what an object is: "module", "optimizer", "class", "function", "iterator", "callable" or "object"."""
    kind = type(value)
    if issubclass(kind, type):
        return "class"
    if torch is not None and issubclass(kind, torch.nn.Module):
        return "module"
    if torch is not None and issubclass(kind, torch.optim.Optimizer):
        return "optimizer"
    if issubclass(kind, BOUND):
        return "function"
    if hasattr(kind, "__next__"):
        return "iterator"
    return "callable" if hasattr(kind, "__call__") else "object"  # noqa: B004 - the class is asked, not the object


def methods_of(value: Any) -> frozenset[str]:
    """Return which of Python's methods for operators an object's class defines itself."""
    kind = type(value)
    names = {*crossing.METHODS, *crossing.REFLECTED_METHODS}
    found = {name for base in kind.__mro__ if base not in (object, type) for name in names & vars(base).keys()}
    return frozenset(name for name in found if getattr(kind, name, None) is not None)


def _copy_of(value: Any) -> Any:
    return list(value.items()) if type(value) is dict else bytes(value) if type(value) is bytearray else list(value)


def _holds_the_same(value: Any, before: list[Any]) -> bool:
    items = list(value.items()) if type(value) is dict else list(value)
    return len(items) == len(before) and all(map(_is_same, items, before))


def _is_same(one: Any, other: Any) -> bool:
    if type(one) is tuple and type(other) is tuple:
        return len(one) == len(other) and all(map(_is_same, one, other))
    return one is other or (type(one) is type(other) and type(one) in (int, float, str, bool) and one == other)


def _shape_of(sent: Any) -> tuple[int, ...]:
    return tuple(sent.tensor.shape) if isinstance(sent, SentTensor) else tuple(sent[2])
