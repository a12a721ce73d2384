"""Publish grades: freeze a copy of results and decisions, from which feedback and exports come from then on.

The copy is written beside the published one, and takes its place when it is whole. Whenever a power cut or kill -9
comes, one whole publication is there: the old one, or the new one.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import shutil
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from torchdojo.batch.store import OutError, Store, StoredRun
from torchdojo.course import Course
from torchdojo.errors import UserError
from torchdojo.files import WriteError, replacing, sync_folder, write_atomically
from torchdojo.review.changes import ChangeSummary, GradePairs, summarise
from torchdojo.review.decisions import Decisions
from torchdojo.review.log import FILE as REVIEWS
from torchdojo.review.record import (
    GradeRecord,
    NoRecords,
    RecordsError,
    SavedRecords,
    current_records,
    record_line,
    saving,
    time_now,
)
from torchdojo.review.tables import write_tables

PUBLISHED, NEW, OLD = "published", "published.new", "published.old"
FACTS = "published.json"  # written last: a folder with it is whole
RECORDS = "records.jsonl"
TABLES = ("files.csv", "students.csv", "results.jsonl")


class PublicationError(UserError):
    """Grades that cannot be published, or a publication that cannot be read; the message is user-facing."""


@dataclass(frozen=True)
class Publication:
    """What was published. at: ISO time by the course's clocks; by: who published it"""

    folder: Path
    at: str
    by: str

    @property
    def out(self) -> Path:
        """The folder of results that it is of."""
        return self.folder.parent

    @property
    def words(self) -> str:
        """When, and by whom."""
        return f"{self.at[:10]} by {self.by}"

    def open(self, course: Course) -> StoredRun:
        """Return the published results. PublicationError if another version of torchdojo stored them."""
        try:
            return StoredRun(self.folder, course)
        except OutError:
            raise PublicationError(self._unreadable()) from None

    def records(self) -> SavedRecords:
        """Return the published grades, to compare. PublicationError if another version of torchdojo wrote them."""
        try:
            return SavedRecords(self.folder / RECORDS)
        except RecordsError:
            raise PublicationError(self._unreadable()) from None

    def _unreadable(self) -> str:
        return (
            f"the grades published on {self.words} cannot be read: another version of torchdojo published them. "
            f"Publish again with `dojo publish {self.out}`."
        )

    def line(self, differing: int) -> str:
        """Return what commands end with. differing: how many grades differ now"""
        what = f"{differing} grade{'' if differing == 1 else 's'} differ{'s' if differing == 1 else ''} now"
        return f"published {self.words}; {what}" + (f": `dojo publish {self.out}`" if differing else "")


def find_publication(out: Path) -> Publication | None:
    """Return what is published of the results in a folder, None if nothing is. PublicationError if it is damaged."""
    for name in (PUBLISHED, NEW, OLD):  # the latter two only if publishing was cut short between two renames
        path = out / name / FACTS
        try:
            facts = json.loads(path.read_bytes())
            return Publication(path.parent, str(facts["at"]), str(facts["by"]))
        except FileNotFoundError:
            continue
        except (OSError, ValueError, KeyError, TypeError):
            raise PublicationError(f"{path} cannot be read. Publish again with `dojo publish {out}`.") from None
    return None


@dataclass(frozen=True)
class Preview:
    """What publishing would do.

    publication: the one that it would replace, None if there is none or it cannot be read; changes: since then
    digest: of the grades that would be published; note: why the old publication cannot be compared, or ""
    """

    publication: Publication | None
    changes: ChangeSummary
    digest: str
    note: str = ""


def preview_publication(run: StoredRun, decisions: Decisions) -> Preview:
    """Return what publishing the results as they are now would do."""
    digest = hashlib.sha256()
    records = _hashing(digest, current_records(run, decisions))
    try:
        publication = find_publication(run.out)
        if publication is not None:
            with publication.records() as published:
                changes = summarise(published, records)
            return Preview(publication, changes, digest.hexdigest())
        note = ""
    except PublicationError as error:
        note = str(error)
    return Preview(None, summarise(NoRecords(), records), digest.hexdigest(), note)


def _hashing(digest: hashlib._Hash, records: Iterable[GradeRecord]) -> Iterator[GradeRecord]:
    for record in records:
        digest.update(record_line(record))
        yield record


def publish_grades(store: Store, by: str, expected: str = "") -> Publication:
    """Publish the results as they are now, with what people decided.

    store: locked, so that no run writes meanwhile; expected: the digest of the preview that somebody agreed to
    PublicationError if the grades changed since, with the old publication in place; WriteError if it cannot be written.
    """
    out = store.out
    new = out / NEW
    try:
        _recover(out)
        shutil.rmtree(new, ignore_errors=True)
        new.mkdir()
        try:
            digest = _freeze(store, new)
            if expected and digest != expected:
                raise PublicationError("the grades changed since this was shown; nothing was published. Look again.")
            facts = {"at": time_now(store.course), "by": by}
            write_atomically(new / FACTS, json.dumps(facts, ensure_ascii=False) + "\n")
        except BaseException:
            shutil.rmtree(new, ignore_errors=True)
            raise
        _take_its_place(out)
    except OSError as error:
        raise WriteError(out / PUBLISHED, error) from None
    return Publication(out / PUBLISHED, facts["at"], by)


def _freeze(store: Store, new: Path) -> str:
    """Copy results and decisions; return the digest of their grades."""
    store.copy_to(new)
    with contextlib.suppress(FileNotFoundError):
        write_atomically(new / REVIEWS, (store.out / REVIEWS).read_bytes())
    for name in TABLES:
        with contextlib.suppress(FileNotFoundError):
            write_atomically(new / name, (store.out / name).read_bytes())
    digest = hashlib.sha256()
    decisions = Decisions.read(new)
    with StoredRun(new, store.course) as frozen:
        write_tables(frozen, decisions)
        with replacing(new / RECORDS) as file:
            for _ in saving(file, _hashing(digest, current_records(frozen, decisions))):
                pass
    return digest.hexdigest()


def _take_its_place(out: Path) -> None:
    """Let the new publication replace the old one, if there is one."""
    published, new, old = (out / name for name in (PUBLISHED, NEW, OLD))
    sync_folder(new)
    shutil.rmtree(old, ignore_errors=True)
    if published.exists():
        published.rename(old)
    new.rename(published)
    sync_folder(out)
    shutil.rmtree(old, ignore_errors=True)


def _recover(out: Path) -> None:
    """End what a kill cut short: a whole publication is under its name, and no half of one is left."""
    published, new, old = (out / name for name in (PUBLISHED, NEW, OLD))
    if not published.exists():
        whole = next((folder for folder in (new, old) if (folder / FACTS).exists()), None)
        if whole:
            whole.rename(published)
            sync_folder(out)


def count_course_changes(publication: Publication, course: Course) -> int:
    """Return how many published grades course.toml changed since. PublicationError if they cannot be read."""
    with publication.open(course) as run:
        return count_differences(run, publication)


class Differences:
    """What differs from the published grades, of grades that come one at a time. PublicationError as in `records`"""

    def __init__(self, publication: Publication) -> None:
        self._published = publication.records()
        self._pairs = GradePairs(self._published)
        self._summary = ChangeSummary(self._published.at)

    def add(self, record: GradeRecord) -> None:
        """Compare a grade."""
        self._summary.add(*self._pairs.pair(record))

    def close(self) -> ChangeSummary:
        """Return what differs, once all grades were added."""
        with self._published:
            for pair in self._pairs.gone():
                self._summary.add(*pair)
        return self._summary


def find_differences(run: StoredRun, publication: Publication) -> ChangeSummary:
    """Return what differs from the published grades now. PublicationError if these cannot be read."""
    with publication.records() as published:
        return summarise(published, current_records(run, Decisions.read(run.out)))


def count_differences(run: StoredRun, publication: Publication) -> int:
    """Return how many grades differ from the published ones now. PublicationError if these cannot be read."""
    return find_differences(run, publication).grades
