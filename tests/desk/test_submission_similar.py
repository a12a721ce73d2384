"""Near-duplicates are found in the background, once, and again when the submissions change."""

from __future__ import annotations

import threading
import time

from torchdojo.desk.submission_similar import NearDuplicates
from torchdojo.report.similar import SimilarPair, find_near_duplicates

OWN = "".join(f"value_{n} = start_{n} + {n} * factor_{n}\n" for n in range(8))
ALMOST = OWN.replace("value_3 = start_3 + 3", "value_3 = start_3 - 33")
SOURCES = {"ada": OWN, "bela": OWN, "cleo": ALMOST, "dana": "".join(f"print({n}, [{n}], {{{n}}})\n" for n in range(8))}


def search(chapter: str) -> list[SimilarPair]:
    return find_near_duplicates(chapter, [(student, text.encode()) for student, text in SOURCES.items()], "")


def test_each_gets_the_others_most_similar_first() -> None:
    duplicates = NearDuplicates(search)
    of_ada = duplicates.of("ch1", "ada", 1, wait=30)
    assert of_ada is not None
    assert [(other.student, other.similarity == 1.0) for other in of_ada] == [("bela", True), ("cleo", False)]
    of_cleo = duplicates.of("ch1", "cleo", 1, wait=30)
    assert of_cleo is not None
    assert {other.student for other in of_cleo} == {"ada", "bela"}
    assert duplicates.of("ch1", "dana", 1, wait=30) == []
    duplicates.close()


def test_the_lines_shown_are_this_students_first() -> None:
    swapped = {"zoe": ALMOST.replace("factor_5", "scale"), "ada": OWN}
    duplicates = NearDuplicates(lambda c: find_near_duplicates(c, [(s, t.encode()) for s, t in swapped.items()], ""))
    for student in swapped:
        (other,) = duplicates.of("ch1", student, 1, wait=30) or []
        mine, theirs = other.shared[0]
        assert mine.text in swapped[student]
        assert theirs.text in swapped[other.student]
        assert any(mine.text not in swapped[other.student] for mine, _ in other.shared)
    duplicates.close()


def test_a_search_runs_once_per_version_and_is_not_waited_for() -> None:
    calls: list[str] = []
    go = threading.Event()

    def slow(chapter: str) -> list[SimilarPair]:
        calls.append(chapter)
        assert go.wait(30)
        return search(chapter)

    duplicates = NearDuplicates(slow)
    assert duplicates.of("ch1", "ada", 1, wait=0.01) is None
    assert duplicates.of("ch1", "bela", 1, wait=0.01) is None
    start = time.monotonic()
    assert duplicates.of("ch1", "ada", 1, wait=30) is None  # who comes later waits no longer than who came first
    assert time.monotonic() - start < 15
    go.set()
    while duplicates.of("ch1", "ada", 1, wait=30) is None:
        assert time.monotonic() - start < 60
        time.sleep(0.01)
    assert calls == ["ch1"]
    assert duplicates.of("ch1", "ada", 2, wait=30)
    assert calls == ["ch1", "ch1"]
    duplicates.close()
