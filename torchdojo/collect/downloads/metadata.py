"""Read Gradescope's submission_metadata.yml: YAML as Ruby writes it, with the names of Ruby's classes as tags."""

from __future__ import annotations

import re
from datetime import UTC, datetime, tzinfo
from typing import Any

import yaml

from torchdojo.collect.platforms import METADATA, HandIn, Student

TIME = re.compile(
    r"(?P<day>[0-9]{4}-[0-9]{2}-[0-9]{2})(?:[T ]+(?P<time>[0-9]{1,2}:[0-9]{2}:[0-9]{2})(?P<fraction>\.[0-9]+)?)?"
    r"\s*(?:(?P<utc>Z|UTC)|(?P<offset>[+-][0-9]{2}:?[0-9]{2}))?"
)


class MetadataError(Exception):
    """Gradescope's metadata that cannot be used; the message is user-facing."""


class _Loader(yaml.SafeLoader):
    """Loads all values as text, so that the id 0012 keeps its zeros, and ignores tags, which name Ruby's classes."""

    yaml_implicit_resolvers = {  # noqa: RUF012 — as in its base class
        first: [(tag, pattern) for tag, pattern in resolvers if tag == "tag:yaml.org,2002:null"]
        for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
    }


def _plain(loader: yaml.SafeLoader, suffix: str, node: yaml.Node) -> Any:
    if isinstance(node, yaml.MappingNode):
        return loader.construct_mapping(node, deep=True)
    if isinstance(node, yaml.SequenceNode):
        return loader.construct_sequence(node, deep=True)
    assert isinstance(node, yaml.ScalarNode)
    return loader.construct_scalar(node)


_Loader.add_multi_constructor("!ruby/", _plain)


def read_metadata(text: bytes, zone: tzinfo = UTC) -> dict[str, tuple[list[Student], HandIn]]:
    """Return the students and the time of each submission folder; MetadataError if it is not Gradescope's.

    zone: of times that are written without one
    """
    try:
        submissions = yaml.load(text.decode("utf-8-sig"), _Loader)
    except (yaml.YAMLError, ValueError, RecursionError, OverflowError) as error:
        raise MetadataError(f"{METADATA} cannot be read: {str(error).splitlines()[0][:200]}") from None
    if not isinstance(submissions, dict):
        raise MetadataError(f"{METADATA} is not a mapping of submissions")
    groups: dict[str, tuple[list[Student], HandIn]] = {}
    for folder, record in submissions.items():
        submitters = record.get(":submitters") if isinstance(record, dict) else None
        if not isinstance(submitters, list):
            raise MetadataError(f"{METADATA}: {str(folder)[:80]!r} has no :submitters")
        group = [_parse_submitter(values) for values in submitters if isinstance(values, dict)]
        hand_in = HandIn(_parse_time(record.get(":created_at"), zone))
        groups[str(folder)] = list(dict.fromkeys(student for student in group if student.id)), hand_in
    return groups


def _parse_submitter(values: dict[Any, Any]) -> Student:
    found = (values.get(key) for key in (":name", ":email", ":sid"))
    name, email, sid = (value.strip() if isinstance(value, str) else "" for value in found)
    return Student(sid or email or name, name, email)


def _parse_time(value: Any, zone: tzinfo) -> datetime | None:
    """Return a time, or None. One of Ruby's TimeWithZone is a mapping."""
    if isinstance(value, dict):
        value = f"{value.get('utc')} Z" if value.get("utc") else value.get("time")
    match = TIME.match(value.strip()) if isinstance(value, str) else None
    if not match:
        return None
    try:
        moment = datetime.fromisoformat(f"{match['day']} {(match['time'] or '0:00:00').zfill(8)}")
        moment = moment.replace(microsecond=int((match["fraction"] or ".0")[1:7].ljust(6, "0")))
        offset = datetime.strptime(match["offset"], "%z").tzinfo if match["offset"] else None
    except ValueError:
        return None
    return moment.replace(tzinfo=UTC if match["utc"] else offset or zone)
