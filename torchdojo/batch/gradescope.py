"""Read Gradescope's submission_metadata.yml: who submitted what, and when."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

import yaml

from torchdojo.batch.platforms import METADATA, HandIn, Student


class MetadataError(Exception):
    """Gradescope's metadata that cannot be used; the message is user-facing."""


class _Loader(yaml.SafeLoader):
    """Loads Ruby's YAML as plain values: its tags name Ruby classes, which are ignored."""


def _plain(loader: yaml.SafeLoader, suffix: str, node: yaml.Node) -> Any:
    if isinstance(node, yaml.MappingNode):
        return loader.construct_mapping(node, deep=True)
    if isinstance(node, yaml.SequenceNode):
        return loader.construct_sequence(node, deep=True)
    assert isinstance(node, yaml.ScalarNode)
    return loader.construct_scalar(node)


_Loader.add_multi_constructor("!ruby/", _plain)


def read_metadata(text: bytes) -> dict[str, tuple[list[Student], HandIn]]:
    """Return the students and the time of each submission folder; MetadataError if it is not Gradescope's."""
    try:
        submissions = yaml.load(text.decode("utf-8"), _Loader)
    except (yaml.YAMLError, ValueError, RecursionError, OverflowError) as error:
        raise MetadataError(f"{METADATA} cannot be read: {str(error).splitlines()[0][:200]}") from None
    if not isinstance(submissions, dict):
        raise MetadataError(f"{METADATA} is not a mapping of submissions")
    groups: dict[str, tuple[list[Student], HandIn]] = {}
    for folder, record in submissions.items():
        submitters = record.get(":submitters") if isinstance(record, dict) else None
        if not isinstance(submitters, list):
            raise MetadataError(f"{METADATA}: {str(folder)[:80]!r} has no :submitters")
        submitted = _parse_time(record.get(":created_at"))
        group = [_parse_submitter(values) for values in submitters if isinstance(values, dict)]
        groups[str(folder)] = [student for student in group if student.id], HandIn(submitted)
    return groups


def _parse_submitter(values: dict[Any, Any]) -> Student:
    name, email, sid = (str(values.get(key) or "").strip() for key in (":name", ":email", ":sid"))
    return Student(sid or email or name, name, email)


def _parse_time(value: Any) -> datetime | None:
    """Return a time with its zone, or None; YAML drops the zone of a time in UTC."""
    if isinstance(value, str):
        try:
            value = datetime.fromisoformat(value.replace(" UTC", "+00:00"))
        except ValueError:
            return None
    if isinstance(value, datetime):
        return value if value.tzinfo else value.replace(tzinfo=UTC)
    return datetime(value.year, value.month, value.day, tzinfo=UTC) if isinstance(value, date) else None
