"""What is kept of a submission's answers and of the reference's is bounded, and each submission has its own secret."""

from __future__ import annotations

import pytest
import torch

from tests.conftest import Tiny
from torchdojo.batch.grader_cache import GraderCache
from torchdojo.batch.jobs import Job, derive_secret
from torchdojo.grading import oracle
from torchdojo.grading.exchange import SPARE_BYTES, without_excess
from torchdojo.grading.oracle import ReferenceOracle
from torchdojo.sandbox.backend import NONE
from torchdojo.source.files import SourceError
from torchdojo.wire import SentTensor, size_of
from torchdojo.worker.protocol import Call, Reply, ReplyStatus


def reply_of(count: int) -> Reply:
    return Reply(ReplyStatus.OK, [{"y": SentTensor(torch.zeros(count, dtype=torch.uint8), "cpu")}])


def test_the_size_of_a_value_is_that_of_its_tensors_and_texts() -> None:
    value = {"y": SentTensor(torch.zeros(1000), "cpu"), "log": [("x" * 500, 1.0)]}
    assert 4500 < size_of(value) < 6000


def test_an_answer_far_larger_than_the_reference_s_is_not_kept() -> None:
    expected = reply_of(10**6)
    for count, is_kept in ((10**6, True), (2 * 10**6, True), (2 * 10**6 + 2 * SPARE_BYTES, False)):
        reply = reply_of(count)
        assert without_excess(reply, expected).outputs == (reply.outputs if is_kept else [])
    assert without_excess(reply_of(2 * SPARE_BYTES), None).outputs == []
    assert without_excess(reply_of(10), None).outputs


def test_the_oracle_forgets_what_was_not_asked_for_longest(tiny: Tiny, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(oracle, "CACHE_BYTES", 30_000)
    asked = ReferenceOracle(tiny.course, tiny.chapter)
    first = asked.reference_answer((Call("doubled", {}, 0),), "cpu")
    for seed in range(1, 40):
        assert asked.reference_answer((Call("doubled", {}, 0),), "cpu") is first
        asked.reference_answer((Call("doubled", {}, seed),), "cpu")
    assert 1 < len(asked._cache) < 15
    assert asked._cached_bytes <= 30_000


def test_the_oracle_forgets_the_questions_of_submissions_long_past(tiny: Tiny) -> None:
    graders, kept = GraderCache(tiny.course.root, NONE), []
    try:
        for number in range(3 * oracle.KEPT_SECRETS):
            source = f"{tiny.reference}# {number}\n".encode()
            graders.grade(Job("ada", "ch1_tiny", source, derive_secret(b"run", source)))
            (grader,) = graders._graders.values()
            assert isinstance(grader.oracle, ReferenceOracle)
            kept.append(len(grader.oracle._cache))
    finally:
        graders.close()
    assert 0 < max(kept) <= oracle.KEPT_SECRETS * kept[0]


def test_the_same_text_has_the_same_secret_and_no_other_has() -> None:
    secret = derive_secret(b"run", b"text")
    assert derive_secret(b"run", b"text") == secret
    assert len({secret, derive_secret(b"run", b"text "), derive_secret(b"other run", b"text")}) == 3
    assert derive_secret(b"run", SourceError("is empty")) != secret


def test_a_grader_is_kept_for_another_secret(tiny: Tiny) -> None:
    graders = GraderCache(tiny.course.root, NONE)
    try:
        source = tiny.reference.encode()
        for secret in (b"one", b"two"):
            graders.grade(Job("ada", "ch1_tiny", source, secret, only=("double",)))
            (grader,) = graders._graders.values()
            assert grader.settings.secret == secret
        assert grader is graders._grader(Job("bob", "ch1_tiny", source, b"three"))
    finally:
        graders.close()
