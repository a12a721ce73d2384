"""The worker's protocol: what one end sends the other reads, and whatever a submission sends is a reply or a refusal."""

from __future__ import annotations

import contextlib
import math
from typing import Any

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from torchdojo.wire import SentTensor, WireError, encode
from torchdojo.worker.protocol import (
    USED,
    Call,
    Continue,
    EndSession,
    Limits,
    Message,
    Prepare,
    Ready,
    Reply,
    ReplyStatus,
    Request,
    Run,
    decode_message,
    decode_reply,
    encode_message,
    encode_reply,
    set_used,
)
from torchdojo.worker.terminal import MAX_LINE, MAX_LINES, MAX_PRINTED, last_lines

words = st.text(max_size=20)
printed = st.text(max_size=30_000) | st.lists(st.text(max_size=300), max_size=40).map("\n".join)
numbers = st.integers(-(2**60), 2**60)
plain = st.recursive(
    st.none() | st.booleans() | numbers | st.floats(allow_nan=False) | words | st.binary(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.tuples(inner, inner) | st.dictionaries(words, inner, max_size=3),
    max_leaves=8,
)
tables = st.dictionaries(words, plain, max_size=3)
calls = st.lists(st.builds(Call, words, tables, numbers), max_size=3).map(tuple)
seconds = st.floats(0, 1e6)
limits = st.builds(Limits, seconds, numbers, numbers, numbers, st.none() | seconds)
requests = st.builds(Request, words, st.binary(max_size=50), words, calls, words)
messages = st.one_of(
    st.builds(Prepare, words, st.lists(words, max_size=3)),
    st.builds(Run, requests, words, limits, words),
    st.builds(Continue, calls, words),
    st.just(EndSession()),
    st.builds(Ready, words),
)
replies = st.builds(
    Reply,
    status=st.sampled_from(ReplyStatus),
    outputs=st.lists(tables, max_size=3),
    seconds=seconds,
    type=words,
    message=words,
    line=st.none() | numbers,
    text=words,
    made_at=st.lists(st.tuples(numbers, words), max_size=5),
    memory=st.none() | st.integers(0, 2**60),
    charged=st.none() | seconds,
    printed=printed.map(last_lines),
)
damage = st.lists(st.tuples(st.integers(0, 10_000), st.binary(max_size=2)), min_size=1, max_size=4)


def damaged(data: bytes, changes: list[tuple[int, bytes]]) -> bytes:
    """Replace single bytes by none, one or two others."""
    for position, new in changes:
        place = position % (len(data) + 1)
        data = data[:place] + new + data[place + 1 :]
    return data


def assert_sound(reply: Reply) -> None:
    """A reply whose fields are what their types say."""
    assert isinstance(reply.status, ReplyStatus)
    assert all(isinstance(name, str) for output in reply.outputs for name in output)
    assert type(reply.seconds) is float
    assert math.isfinite(reply.seconds)
    assert all(type(value) is str for value in (reply.type, reply.message, reply.text, reply.returned))
    assert reply.line is None or type(reply.line) is int
    assert all(type(line) is int and type(maker) is str for line, maker in reply.made_at)
    assert reply.memory is None or reply.memory >= 0
    assert_bounded(reply.printed)


def assert_bounded(text: str) -> None:
    """What was printed: few lines, short ones, and nothing that moves a cursor or changes a direction."""
    lines = text.split("\n")
    assert len(lines) <= MAX_LINES
    assert all(len(line) <= MAX_LINE and (line.isprintable() or not line) for line in lines)
    assert len(text) <= MAX_PRINTED


@given(printed)
@settings(max_examples=200, deadline=None)
def test_what_was_printed_is_bounded_whoever_says_it(text: str) -> None:
    """The worker's process bounds it, and whoever reads its reply does so again."""
    assert_bounded(last_lines(text))
    claim = encode({"status": "error", "printed": text})
    assert decode_reply(bytes(USED.size) + claim).printed == last_lines(text[:MAX_PRINTED])


@given(messages)
@settings(max_examples=200, deadline=None)
def test_messages_arrive_as_they_were(message: Message) -> None:
    assert decode_message(encode_message(message)) == message


@given(replies)
@settings(max_examples=200, deadline=None)
def test_replies_arrive_as_they_were(reply: Reply) -> None:
    sent = set_used(encode_reply(reply), reply.memory, reply.charged, is_ours=True)
    assert decode_reply(sent) == reply


@given(messages, damage)
@settings(max_examples=300, deadline=None)
def test_a_damaged_message_is_refused_or_another_message(message: Message, changes: list[tuple[int, bytes]]) -> None:
    with contextlib.suppress(WireError):
        assert isinstance(decode_message(damaged(encode_message(message), changes)), Message)


@given(replies, damage)
@settings(max_examples=300, deadline=None)
def test_a_damaged_reply_is_a_refusal_or_a_sound_reply(reply: Reply, changes: list[tuple[int, bytes]]) -> None:
    assert_sound(decode_reply(damaged(encode_reply(reply), changes)))


@given(st.dictionaries(st.sampled_from(list(vars(Reply(ReplyStatus.OK)))), plain | st.just("ok")) | plain)
@settings(max_examples=300, deadline=None)
def test_whatever_stands_for_a_reply_is_a_refusal_or_a_sound_reply(value: Any) -> None:
    assert_sound(decode_reply(bytes(USED.size) + encode(value)))


@pytest.mark.parametrize("status", ["passed", "OK", ["ok"], {"ok": 1}, None, 1, SentTensor(torch.zeros(1), "cpu")])
def test_a_status_of_no_known_form_is_a_refusal(status: object) -> None:
    reply = decode_reply(bytes(USED.size) + encode({"status": status, "outputs": [{}]}))
    assert (reply.status, reply.outputs) == (ReplyStatus.REFUSED, [])


@pytest.mark.parametrize("outputs", [None, {}, [1], [{1: 2}], [[]]])
def test_outputs_of_no_known_form_are_a_refusal(outputs: object) -> None:
    reply = decode_reply(bytes(USED.size) + encode({"status": "ok", "outputs": outputs}))
    assert (reply.status, reply.outputs) == (ReplyStatus.REFUSED, [])


@pytest.mark.parametrize("used", [(None, None), (0, 0.0), (2**40, 1.5)])
def test_what_was_used_is_what_the_reply_s_owner_says(used: tuple[int | None, float | None]) -> None:
    sent = encode_reply(Reply(ReplyStatus.OK, memory=7, charged=7.0))
    reply = decode_reply(set_used(sent, *used))
    assert (reply.memory, reply.charged) == used


@pytest.mark.parametrize("status", ReplyStatus)
def test_only_the_worker_says_that_time_ran_out_or_a_process_ended(status: ReplyStatus) -> None:
    sent = encode_reply(Reply(status))
    forged, ours = decode_reply(sent), decode_reply(set_used(sent, None, None, is_ours=True))
    assert ours.status is status
    claims = status in (ReplyStatus.TIMEOUT, ReplyStatus.STARVED, ReplyStatus.CRASHED)
    assert forged.status is (ReplyStatus.REFUSED if claims else status)


def test_outputs_that_may_not_cross_become_a_refusal() -> None:
    class Sly(torch.Tensor):
        def detach(self) -> torch.Tensor:
            raise KeyboardInterrupt("mine")

    large = Reply(ReplyStatus.OK, [{"y": torch.zeros(2**20)}])
    for reply, words in (
        (large, "too large"),
        (Reply(ReplyStatus.OK, [{"y": torch.zeros(1).as_subclass(Sly)}]), "mine"),
    ):
        got = decode_reply(encode_reply(reply, 2**16), 2**16)
        assert got.status is ReplyStatus.REFUSED
        assert words in got.message
