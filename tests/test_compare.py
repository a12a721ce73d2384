"""Comparison: equal is equal, close within rounding is equal, everything else is told apart and said."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from torchdojo.grading.compare import Closeness, find_difference
from torchdojo.wire import Opaque, SentArray, SentTensor, decode, encode


def t(value: Any, device: str = "cpu", dtype: torch.dtype = torch.float64) -> SentTensor:
    return SentTensor(torch.as_tensor(value, dtype=dtype), device)


numbers = st.lists(st.floats(-1e6, 1e6), min_size=1, max_size=20)


@given(numbers)
@settings(max_examples=100, deadline=None)
def test_a_tensor_equals_itself_within_rounding(values: list[float]) -> None:
    a = torch.tensor(values, dtype=torch.float64)
    rounded = a * (1 + 4 * torch.finfo(torch.float64).eps)
    assert find_difference(t(a), t(a)) is None
    assert find_difference(t(rounded), t(a)) is None


@given(numbers, st.integers(0, 19), st.floats(1e-6, 1e3))
@settings(max_examples=100, deadline=None)
def test_one_wrong_value_is_found_and_shown(values: list[float], index: int, factor: float) -> None:
    a = torch.tensor(values, dtype=torch.float64)
    wrong = a.clone()
    place = index % len(values)
    wrong[place] += factor * (1 + a.abs().max())
    found = find_difference(t(wrong), t(a))
    assert found is not None
    assert f" at [{place}]" in f" at {found.got}"


@pytest.mark.parametrize(
    ("got", "expected"),
    [
        (t([1.0]), t([1.0] * 1000)),
        (t([]), t([1.0])),
        (t([[1.0]]), t([1.0])),
        (t([1.0], dtype=torch.float32), t([1.0])),
        (t([1.0], "cuda:0"), t([1.0])),
        (t([math.nan]), t([1.0])),
        (t([math.inf]), t([1.0])),
        (t([1.0]), t([math.nan])),
        (t([math.inf]), t([-math.inf])),
        (t([1], dtype=torch.int64), t([2], dtype=torch.int64)),
        (1.0, t(1.0)),
        (t(1.0), 1.0),
        (1, 1.0),
        (True, 1),
        (0.5, 0.50001),
        (math.nan, 0.5),
        ([1, 2], (1, 2)),
        ([1, 2], [1, 2, 3]),
        ({"a": 1}, {"b": 1}),
        ("a", "b"),
        (None, 0),
        (Opaque("AlwaysEqual"), 1),
        (Opaque("x"), Opaque("x")),
    ],
)
def test_what_differs_is_told_apart(got: Any, expected: Any) -> None:
    found = find_difference(got, expected)
    assert found is not None
    assert found.got
    assert found.expected


@given(st.lists(st.floats(0.01, 100.0), min_size=1, max_size=40))
def test_a_python_float_may_be_a_mean_taken_in_float32(values: list[float]) -> None:
    exact = torch.tensor(values, dtype=torch.float64).mean().item()
    assert find_difference(torch.tensor(values, dtype=torch.float32).mean().item(), exact) is None


@pytest.mark.parametrize(
    "value", [{1, (2, "a")}, frozenset(), 1 / (3 + 1j), 2**999, SentArray(np.eye(3)), {(1, 2): {3}}]
)
def test_values_without_tensors_agree_with_themselves(value: Any) -> None:
    assert find_difference(value, decode(encode(value))) is None


def test_special_values_in_the_same_place_agree() -> None:
    special = [math.nan, math.inf, -math.inf, 1.0]
    assert find_difference(t(special), t(special)) is None


def test_float32_is_held_to_the_references_own_rounding() -> None:
    precise = torch.linspace(1, 2, 50, dtype=torch.float64)
    rounded = precise.float()
    worse = rounded * (1 + 1e-4)
    assert find_difference(t(rounded, dtype=torch.float32), t(rounded, dtype=torch.float32), t(precise)) is None
    assert find_difference(t(worse, dtype=torch.float32), t(rounded, dtype=torch.float32), t(precise)) is not None


@pytest.mark.parametrize("dtype", [torch.float64, torch.float32, torch.float16, torch.bfloat16])
def test_a_small_element_is_held_to_its_own_size(dtype: torch.dtype) -> None:
    """It may be off by rounding of the largest, and by no more."""
    eps = torch.finfo(dtype).eps
    precise = torch.tensor([1.0, 0.2, min(0.2, 1e5 * eps)], dtype=torch.float64)
    reference = precise.to(dtype)
    for index in (1, 2):
        wrong = reference.clone()
        wrong[index] *= 0.8
        found = find_difference(t(wrong, dtype=dtype), t(reference, dtype=dtype), t(precise))
        assert found is not None, index


@pytest.mark.parametrize("dtype", [torch.float32, torch.float16, torch.bfloat16])
def test_sums_in_another_order_agree(dtype: torch.dtype) -> None:
    """Rounding in a narrow dtype: every order of the same sums is right."""
    generator = torch.Generator().manual_seed(0)
    terms = torch.randn(200, 64, generator=generator, dtype=torch.float64)
    narrow = terms.to(dtype)
    precise = narrow.double().sum(1)
    halves = narrow[:, :32].sum(1) + narrow[:, 32:].sum(1)
    assert find_difference(t(halves, dtype=dtype), t(narrow.sum(1), dtype=dtype), t(precise)) is None


def test_a_wide_closeness_is_for_statistics() -> None:
    assert find_difference(0.105, 0.1, None, Closeness(relative=0.1)) is None
    assert find_difference(0.2, 0.1, None, Closeness(relative=0.1)) is not None


@pytest.mark.parametrize(
    ("got", "expected", "words"),
    [
        (0.5, 0.25, ("0.25", "0.5")),
        (1.0000139, 1.000006, ("1.000006", "1.000014")),
        (1, 1.0, ("1, a float", "1, an int")),
        (t(0.5), 0.5, ("0.5, a float", "0.5, a tensor of shape (), float64")),
        (None, t([1.0]), ("a tensor of shape (1,), float64", "None")),
        ([1.0], t([1.0]), ("a tensor of shape (1,), float64", "a list")),
        ((1, 2), [1, 2], ("a list", "a tuple")),
        (SentArray(np.ones(1)), t([1.0]), ("a tensor of shape (1,), float64", "a numpy array of shape (1,), float64")),
        (SentArray(np.array(2)), 2, ("2, an int", "2, a numpy int64")),
        (SentArray(np.zeros(2)), SentArray(np.zeros(3)), ("shape (3,), float64", "shape (2,), float64")),
        ({1, 2, 7}, {1, 2, 3}, ("{1, 2, 3}", "without 3, with 7 too")),
        ({10, 9}, {9, 10, 11, (0, 1)}, ("{9, 10, 11, (0, 1)}", "without 11, (0, 1)")),
        (set(range(20)), set(range(3)), ("{0, 1, 2}", "with 3, 4, 5, 6, 7, 8, 9, 10 and 9 more too")),
        (set(), {"a"}, ("{'a'}", "an empty set")),
        (frozenset({1}), {1}, ("a set", "a frozenset")),
        ([1], {1}, ("a set", "a list")),
        (1 + 2j, 1 + 3j, ("(1+3j)", "(1+2j)")),
        (2**2000, 2**2000 + 1, (str(2**2000 + 1)[:80], str(2**2000)[:80])),
        ({(1, 2): 3}, {(1, 2): 3, (1, 3): 4}, ("a value for each of (1, 2), (1, 3)", "none for (1, 3)")),
        (Opaque("numpy.ndarray"), t([1.0]), ("a tensor of shape (1,), float64", "a numpy array")),
        (Opaque("torch.nn.modules.linear.Linear"), None, ("None", "a Linear")),
        (["weight"], ["bias", "weight"], ("bias, weight", "weight")),
        ([2], [2, 1], ("2, 1", "2")),
        ([], [1, 2], ("1, 2", "no values")),
        ([t([1.0])] * 3, [t([1.0])] * 4, ("4 values", "3 values")),
        ({"a": 1}, {"a": 1, "b": 2}, ("a value for each of a, b", "none for b")),
        ({"a": 1, "c": 3}, {"a": 1, "b": 2}, ("a value for each of a, b", "none for b; one for c too")),
    ],
)
def test_the_difference_in_words(got: Any, expected: Any, words: tuple[str, str]) -> None:
    """Without Python's names for containers where they are the same, and types only where these differ."""
    found = find_difference({"y": got}, {"y": expected})
    assert found is not None
    assert (found.expected, found.got) == tuple(f"y: {word}" for word in words)


def test_where_is_named() -> None:
    right = {"losses": [[1.0], [2.0, 3.0]], "bias": {"grad": None, "is leaf": True}}
    wrong = {"losses": [[1.0], [2.0, 4.0]], "bias": {"grad": None, "is leaf": False}}
    found = [find_difference({key: wrong[key]}, {key: right[key]}) for key in right]
    assert [difference.got for difference in found if difference] == [
        "losses, the 2nd of 2, the 2nd of 2: 4",
        "bias, is not leaf",
    ]


@pytest.mark.parametrize(
    ("name", "got", "expected", "words"),
    [
        ("y", t([[1.0, 5.0]]), t([[1.0, 2.0]]), ("y[0, 1] = 2", "y[0, 1] = 5; 1 of 2 values differs")),
        (
            "p after step 1",
            t([3.0, 7.0, 2.0]),
            t([1.0, 2.0, 2.0]),
            ("p after step 1: 2 at [1]", "p after step 1: 7 at [1]; 2 of 3 values differ, this one most"),
        ),
        ("p.grad", t([1.0]), t([2.0]), ("p.grad[0] = 2", "p.grad[0] = 1")),
        ("loss", t(1.0), t(2.0), ("loss: 2", "loss: 1")),
        ("y", t([1.70813444]), t([1.70813399]), ("y[0] = 1.708134", "y[0] = 1.7081344")),
        (
            "labels",
            t([3, 0, 9], dtype=torch.int64),
            t([3, 1, 2], dtype=torch.int64),
            ("labels[1] = 1", "labels[1] = 0; 2 of 3 values differ, this one first"),
        ),
        ("y", t([math.nan, 0.0]), t([1.0, 1.0]), ("y[0] = 1", "y[0] = nan; all 2 values differ")),
    ],
)
def test_one_wrong_value_is_shown_as_expected_and_as_got(
    name: str, got: SentTensor, expected: SentTensor, words: tuple[str, str]
) -> None:
    """The float that is furthest off, or the first other number, with enough digits to see a difference."""
    found = find_difference({name: got}, {name: expected})
    assert found is not None
    assert (found.expected, found.got) == words


@pytest.mark.parametrize(
    ("label", "words"),
    [
        ("q.grad is None after step 1", ("q.grad is None after step 1", "q.grad is not None after step 1")),
        ("g is as it was", ("g is as it was", "g is not as it was")),
        ("q has moved", ("q has moved: yes", "q has moved: no")),
        ("y is what was y", ("y is what was y: yes", "y is what was y: no")),
        ("m.training after eval()", ("m.training after eval(): True", "m.training after eval(): False")),
        ("layer.training", ("layer.training: True", "layer.training: False")),
    ],
)
def test_a_sentence_or_its_opposite_is_expected(label: str, words: tuple[str, str]) -> None:
    for expected, pair in ((True, words), (False, words[::-1])):
        found = find_difference({label: not expected}, {label: expected})
        assert found is not None
        assert (found.expected, found.got) == pair


def test_texts_are_shown_without_quotes_and_marked() -> None:
    found = find_difference({"result": "x + 0.5 · y", "n": 1}, {"result": "x", "n": 1})
    assert found is not None
    assert (found.expected, found.got, found.has_text) == ("result: x", "result: x + 0.5 · y", True)
    other = find_difference({"n": 1}, {"n": 2})
    assert other is not None
    assert not other.has_text
