"""The course's time zone: read times in it, count days on its clocks, and write times for people."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta, timezone, tzinfo
from functools import cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from zoneinfo import ZoneInfo

END_OF_DAY = time(23, 59, 59)
LAST_TIME = datetime.max.replace(tzinfo=timezone(timedelta(hours=-23, minutes=-59)))


class ZoneError(ValueError):
    """A name that is not a time zone's. The message names similar ones."""


@cache
def find_zone(name: str) -> ZoneInfo:
    """Return the zone of an IANA name, such as Europe/Berlin; ZoneError if there is none."""
    import difflib
    from importlib import resources
    from zoneinfo import ZoneInfo

    names = resources.files("tzdata").joinpath("zones").read_text(encoding="utf-8").split()
    if name in names:
        return ZoneInfo(name)
    by_key = {key.casefold(): other for other in names for key in (other.rpartition("/")[2], other)}
    key = name.strip().replace(" ", "_").casefold()
    matches = [key] if key in by_key else difflib.get_close_matches(key, by_key, n=3, cutoff=0.7)
    near = [by_key[match] for match in matches]
    advice = f"did you mean {' or '.join(dict.fromkeys(near))}?" if near else "write one such as Europe/Berlin or UTC"
    raise ZoneError(f"{name!r} is not a time zone; {advice}")


def in_zone(moment: date, zone: tzinfo, *, earlier: bool = False) -> datetime:
    """Return a time as the clocks of a zone show it, with the offset and the name that hold there then.

    A time without a zone is in this one, and a date is the end of its day. When the clocks change, a time may occur
    twice or never: the later reading counts, or the earlier if asked for. The result has a fixed offset, so comparing
    and subtracting are exact.
    """
    if not isinstance(moment, datetime):
        moment = datetime.combine(moment, END_OF_DAY)
    if moment.tzinfo is None:
        readings = sorted(_fix_offset(moment.replace(tzinfo=zone, fold=fold)) for fold in (0, 1))
        moment = readings[0 if earlier else -1]
    try:
        return _fix_offset(moment.astimezone(zone))
    except OverflowError:  # in the first or the last hours that a datetime can hold
        return _fix_offset(moment)


def add_days(moment: datetime, days: float, zone: tzinfo) -> datetime:
    """Return the time when a zone's clocks show the same, some days later; a fraction of a day is in hours.

    What is beyond the last time that a datetime can hold is that time.
    """
    moment = in_zone(moment, zone)
    whole, part = divmod(timedelta(days=days), timedelta(days=1))
    try:
        if whole:
            moment = in_zone(moment.replace(tzinfo=None) + timedelta(days=whole), zone)
        return in_zone(moment + part, zone)
    except OverflowError:
        return LAST_TIME


def describe_time(moment: datetime) -> str:
    """Return a time for people, such as "Sun 1 March 2026 23:59 CET"; seconds only if there are any."""
    clock = f"{moment:%H:%M:%S}" if moment.second else f"{moment:%H:%M}"
    return f"{moment:%a} {moment.day} {moment:%B %Y} {clock} {moment.tzname() or ''}".rstrip()


def _fix_offset(moment: datetime) -> datetime:
    """Return the same time with its offset in place of the zone; Python compares times of one zone by their clocks."""
    offset, name = moment.utcoffset() or timedelta(), moment.tzname() or ""
    # Zones without a name of their own have "+0530" instead; without a name, Python writes UTC+05:30.
    fixed = timezone(offset, name) if name[:1].isalpha() else timezone(offset)
    return moment.replace(tzinfo=fixed, fold=0)
