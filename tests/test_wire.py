"""The wire: whatever may cross arrives as it was; whatever else gives a clean refusal."""

from __future__ import annotations

import json
import math
import struct
import subprocess
import sys
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from safetensors.torch import save

from torchdojo.wire import (
    EndOfStream,
    Opaque,
    SentArray,
    SentTensor,
    WireError,
    WireLimits,
    decode,
    encode,
    read_frame,
    write_frame,
)

integers = st.integers(-(2**200), 2**200) | st.integers(2**255, 2**3000) | st.just(-(2**14_000) + 1)
plain = st.none() | st.booleans() | integers | st.floats() | st.complex_numbers() | st.text() | st.binary()
keys = st.recursive(
    st.text() | st.integers(-(2**40), 2**40) | st.none() | st.binary() | st.floats(allow_nan=False),
    lambda inner: st.tuples(inner, inner) | st.frozensets(inner, max_size=3),
    max_leaves=4,
)
values = st.recursive(
    plain | st.sets(keys, max_size=4),
    lambda inner: st.lists(inner, max_size=4) | st.tuples(inner, inner) | st.dictionaries(keys, inner, max_size=4),
    max_leaves=20,
)
dtypes = st.sampled_from(
    [torch.float64, torch.float32, torch.float16, torch.bfloat16, torch.int64, torch.bool, torch.uint8]
)


def same(a: Any, b: Any) -> bool:
    if isinstance(a, float) and isinstance(b, float):
        return a == b or (math.isnan(a) and math.isnan(b))
    if isinstance(a, complex) and isinstance(b, complex):
        return same(a.real, b.real) and same(a.imag, b.imag)
    if type(a) is not type(b):
        return False
    if isinstance(a, list | tuple):
        return len(a) == len(b) and all(map(same, a, b))
    if isinstance(a, dict):
        return list(a) == list(b) and all(same(a[key], b[key]) for key in a)
    return bool(a == b)


@given(values)
@settings(max_examples=200, deadline=None)
def test_plain_values_arrive_as_they_were(value: Any) -> None:
    assert same(decode(encode(value)), value)


@given(st.lists(st.integers(0, 4), max_size=4), dtypes)
@settings(max_examples=100, deadline=None)
def test_tensors_arrive_as_they_were(shape: list[int], dtype: torch.dtype) -> None:
    tensor = (torch.randn(shape) * 3).to(dtype)
    (back,) = decode(encode([tensor]))
    assert back.device == "cpu"
    assert back.tensor.dtype == dtype
    assert back.tensor.shape == tensor.shape
    assert torch.equal(back.tensor, tensor)


def test_views_grads_and_nan_arrive() -> None:
    x = torch.tensor([[1.0, math.nan], [math.inf, 4.0]], requires_grad=True)
    back = decode(encode({"t": x.t(), "twice": (x, x)}))
    torch.testing.assert_close(back["t"].tensor, x.detach().t(), equal_nan=True)
    assert not back["t"].tensor.requires_grad


arrays = st.builds(
    lambda shape, dtype: np.asarray(np.random.default_rng(0).normal(size=shape) * 3).astype(dtype),
    st.lists(st.integers(0, 4), max_size=4),
    st.sampled_from(["float64", ">f8", "float32", "float16", "int64", "uint8", "bool"]),
)


@given(st.lists(arrays, min_size=1, max_size=3), st.booleans())
@settings(max_examples=100, deadline=None)
def test_arrays_arrive_as_they_were_beside_tensors_and_alone(sent: list[Any], beside: bool) -> None:
    back = decode(encode([array.T for array in sent] + [torch.ones(2)] * beside))
    for array, found in zip(sent, back, strict=False):
        assert isinstance(found, SentArray)
        assert found.array.dtype == array.dtype.newbyteorder("=")
        np.testing.assert_array_equal(found.array, array.T)
    assert [type(found) for found in back[len(sent) :]] == [SentTensor] * beside


@pytest.mark.parametrize("number", [np.int64(3), np.float32(0.1), np.bool_(True)])
def test_a_number_of_numpy_arrives_as_an_array_without_dimensions(number: Any) -> None:
    back = decode(encode(number))
    assert (back.array.shape, back.array.dtype, back.array[()]) == ((), number.dtype, number)


@pytest.mark.parametrize("order", [["a", "b", "c"], ["c", "b", "a"]])
def test_a_set_is_sent_in_the_same_order_by_every_process(order: list[str]) -> None:
    assert encode(set(order)) == encode({"b", "a", "c"})


def test_what_crosses_without_tensors_imports_neither_torch_nor_numpy() -> None:
    code = "import sys; from torchdojo.wire import decode, encode; decode(encode([{1}, {(1, 2): 2**999}, 1j]))"
    code += "; print([name for name in ('torch', 'numpy') if name in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


class AlwaysEqual(int):
    def __eq__(self, other: object) -> bool:
        return True

    __hash__ = int.__hash__


@pytest.mark.parametrize("value", [object(), AlwaysEqual(3), range(3), lambda: 0, np.random.default_rng(0)])
def test_what_may_not_cross_arrives_as_the_name_of_its_type(value: object) -> None:
    back = decode(encode([value]))
    assert isinstance(back[0], Opaque)
    assert back[0].type_name.split(".")[-1] == type(value).__qualname__


@pytest.mark.parametrize(
    ("value", "name"),
    [
        ({AlwaysEqual(3)}, "set of tests.test_wire.AlwaysEqual"),
        ({1: 1, (2, range(3)): 2}, "dict with keys of tuple"),
        (np.array(["a"]), "numpy.ndarray of <U1"),
    ],
)
def test_what_holds_something_that_may_not_cross_is_named_with_it(value: object, name: str) -> None:
    assert decode(encode([value])) == [Opaque(name)]


class AlwaysOne(float):
    def __float__(self) -> float:
        return 1.0


@pytest.mark.parametrize("value", [np.float64(0.1), np.float64("nan"), AlwaysOne(3.5)])
def test_a_subclass_of_float_arrives_as_the_float_that_it_is(value: float) -> None:
    (back,) = decode(encode([value]))
    assert type(back) is float
    assert math.isnan(back) if math.isnan(value) else back == value


@pytest.mark.parametrize(
    ("value", "limits"),
    [
        ([0] * 100, WireLimits(nodes=50)),
        ("x" * 100, WireLimits(text=50)),
        ([torch.zeros(1)] * 5, WireLimits(tensors=4)),
        (torch.zeros(1000), WireLimits(total_bytes=1000)),
        ([[[[[]]]]], WireLimits(depth=3)),
        (2**14_000, WireLimits()),
        ([np.zeros(1)] * 5, WireLimits(tensors=4)),
        (np.zeros(1000), WireLimits(total_bytes=1000)),
        (torch.zeros(1, dtype=torch.complex64), WireLimits()),
        (torch.zeros(2, 2).to_sparse(), WireLimits()),
        (torch.zeros(2, device="meta"), WireLimits()),
    ],
)
def test_too_much_is_refused_by_the_sender(value: Any, limits: WireLimits) -> None:
    with pytest.raises(WireError):
        encode(value, limits)


@given(st.binary(max_size=300))
@settings(max_examples=300, deadline=None)
def test_any_bytes_are_refused_cleanly(noise: bytes) -> None:
    for message in (noise, b"TDJ1" + noise, b"TDJ1" + struct.pack(">I", 2) + b"{}" + noise):
        with pytest.raises(WireError):
            decode(message)


@given(st.integers(0, 10_000), st.integers(0, 255))
@settings(max_examples=300, deadline=None)
def test_one_changed_byte_is_refused_or_gives_some_value(position: int, byte: int) -> None:
    message = bytearray(
        encode({"a": torch.arange(3), "b": [1.5, "x", (None, True)], (1,): {2, 2**300}, "c": np.zeros(2)})
    )
    message[position % len(message)] = byte
    try:
        decode(bytes(message))
    except WireError:
        pass


def message(header: Any, tensors: bytes | None = None) -> bytes:
    text = json.dumps(header).encode()
    return b"TDJ1" + struct.pack(">I", len(text)) + text + (save({}) if tensors is None else tensors)


def forged(index: dict[str, Any], data: bytes = b"") -> bytes:
    text = json.dumps(index).encode()
    return struct.pack("<Q", len(text)) + text + data


@pytest.mark.parametrize(
    "bad",
    [
        message({"$t": 0, "device": "cpu"}),
        message({"$unknown": 1}),
        message({"$dict": [[[], 1]]}),
        message({"$dict": [[{"$tuple": [[]]}, 1]]}),
        message({"$dict": [[{"$set": [1]}, 1]]}),
        message({"$set": [[]]}),
        message({"$set": [1, 1.0]}),
        message({"$set": [{"$opaque": "x"}]}),
        message({"$frozenset": {"a": 1}}),
        message({"$complex": [1, 2.0]}),
        message({"$int": "0x1"}),
        message({"$int": "1" + "0" * 100}),
        message({"$int": "0x" + "f" * 3501}),
        message(2**300),
        message({"$array": 0}),
        message({"$array": "0"}),
        message({"$array": 0}, save({"t0": torch.zeros(1, dtype=torch.bfloat16)})),
        message([{"$array": 0}, {"$t": 0, "device": "cpu"}], save({"t0": torch.zeros(1)})),
        message({"$dict": [["a", 1], ["a", 2]]}),
        message([], save({"t0": torch.zeros(1)})),
        message([{"$t": 0, "device": "cpu"}] * 2, save({"t0": torch.zeros(1)})),
        message({"$t": 0, "device": "c" * 99}, save({"t0": torch.zeros(1)})),
        message({"$t": 0, "device": "cpu"}, save({"evil": torch.zeros(1)})),
        message([], forged({f"t{i}": {"dtype": "F32", "shape": [0], "data_offsets": [0, 0]} for i in range(10_000)})),
        message(
            {"$t": 0, "device": "cpu"},
            forged({"t0": {"dtype": "F32", "shape": [2**62], "data_offsets": [0, 4]}}, b"0000"),
        ),
        message(
            {"$t": 0, "device": "cpu"}, forged({"t0": {"dtype": "F32", "shape": [1], "data_offsets": [0, 99]}}, b"0000")
        ),
        message(
            {"$t": 0, "device": "cpu"}, forged({"t0": {"dtype": "F8_E4M3", "shape": [1], "data_offsets": [0, 1]}}, b"0")
        ),
        message(
            {"$t": 0, "device": "cpu"},
            forged({"t0": {"dtype": ["F32"], "shape": [1], "data_offsets": [0, 4]}}, b"0000"),
        ),
        b"TDJ1" + struct.pack(">I", 2**31) + b"{}",
        b"TDJ1" + struct.pack(">I", 60_000) + b"[" * 60_000 + save({}),
    ],
)
def test_forged_messages_are_refused(bad: bytes) -> None:
    with pytest.raises(WireError):
        decode(bad)


@pytest.mark.parametrize("kind", [set, frozenset, dict.fromkeys])
def test_keys_of_one_hash_are_refused(kind: Any) -> None:
    """In Python's tables each is compared with all others: 40,000 of them take a minute."""
    prime = sys.hash_info.modulus
    with pytest.raises(WireError, match="one hash"):
        decode(encode(kind([number * prime for number in range(600)])))
    many = kind([*range(20_000), *(number * prime for number in range(1, 100))])
    assert decode(encode(many)) == many


def test_a_tagged_tensor_keeps_its_device() -> None:
    assert decode(encode(SentTensor(torch.zeros(2), "cuda:0"))).device == "cuda:0"


def test_frames() -> None:
    stream = bytearray()
    write_frame(stream.extend, b"hello")
    whole = bytes(stream)

    def reader(data: bytes) -> Any:
        rest = bytearray(data)

        def read(count: int) -> bytes:
            part = bytes(rest[:1])
            del rest[:1]
            return part if count else b""

        return read

    assert read_frame(reader(whole), 100) == b"hello"
    for broken in (whole[:-1], whole[:4], b""):
        with pytest.raises(EndOfStream):
            read_frame(reader(broken), 100)
    with pytest.raises(EndOfStream):
        read_frame(reader(whole), 4)
