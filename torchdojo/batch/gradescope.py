"""Read Gradescope's submission_metadata.yml: who handed in what, and when."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from typing import Any

import yaml

from torchdojo.batch.platforms import METADATA, Owner


class MetadataError(Exception):
    """Gradescope's metadata that cannot be used, in words."""


@dataclass
class Metadata:
    """Gradescope's metadata: who handed in each submission folder (several, for a group)."""

    owners: dict[str, list[Owner]] = field(default_factory=dict)


class _Loader(yaml.SafeLoader):
    """Reads Ruby's YAML as plain values: its own tags name classes, and none of them is ours to make."""


def _plain(loader: yaml.SafeLoader, suffix: str, node: yaml.Node) -> Any:
    if isinstance(node, yaml.MappingNode):
        return loader.construct_mapping(node, deep=True)
    if isinstance(node, yaml.SequenceNode):
        return loader.construct_sequence(node, deep=True)
    assert isinstance(node, yaml.ScalarNode)
    return loader.construct_scalar(node)


_Loader.add_multi_constructor("!ruby/", _plain)


def read_metadata(text: bytes) -> Metadata:
    """Read submission_metadata.yml; MetadataError if it is not what Gradescope writes."""
    try:
        table = yaml.load(text.decode("utf-8"), _Loader)
    except (yaml.YAMLError, ValueError, RecursionError, OverflowError) as error:
        raise MetadataError(f"{METADATA} cannot be read: {str(error).splitlines()[0][:200]}") from None
    if not isinstance(table, dict):
        raise MetadataError(f"{METADATA} is not a table of submissions")
    found = Metadata()
    for folder, record in table.items():
        people = record.get(":submitters") if isinstance(record, dict) else None
        if not isinstance(people, list):
            raise MetadataError(f"{METADATA}: {str(folder)[:80]!r} has no :submitters")
        submitted = _moment(record.get(":created_at"))
        owners = [_person(one, submitted) for one in people if isinstance(one, dict)]
        found.owners[str(folder)] = [owner for owner in owners if owner.student]
    return found


def _person(record: dict[Any, Any], submitted: datetime | None) -> Owner:
    name, email, sid = (str(record.get(key) or "").strip() for key in (":name", ":email", ":sid"))
    return Owner(sid or email or name, name, email, submitted=submitted)


def _moment(value: Any) -> datetime | None:
    """Return a time with its zone: YAML gives a datetime, without a zone where it was given in UTC."""
    if isinstance(value, str):
        try:
            value = datetime.fromisoformat(value.replace(" UTC", "+00:00"))
        except ValueError:
            return None
    if isinstance(value, datetime):
        return value if value.tzinfo else value.replace(tzinfo=UTC)
    return datetime(value.year, value.month, value.day, tzinfo=UTC) if isinstance(value, date) else None
