"""Read times as people and spreadsheets write them. What could be two times is refused."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta, timezone, tzinfo

from torchdojo.course.zone import END_OF_DAY, in_zone

WRITE = "write it as 2026-03-01 23:59"
WRITE_ZONE = "write 2026-03-01 23:59+01:00"
MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
WEEKDAY = r"(?:(?:mon|tue|wed|thu|fri|sat|sun)[a-z]*\.?,?\s+)?"
MONTH = r"(?P<month>jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]*\.?"
DAY, YEAR = r"(?P<day>\d{1,2})", r"(?P<year>\d{4})"
DATES = (
    re.compile(rf"{YEAR}(?P<sep>[-/.])(?P<month>\d{{1,2}})(?P=sep){DAY}"),
    re.compile(rf"{DAY}\.\s*(?P<month>\d{{1,2}})\.\s*{YEAR}"),
    re.compile(rf"(?P<first>\d{{1,2}})(?P<sep>[-/])(?P<second>\d{{1,2}})(?P=sep){YEAR}"),
    re.compile(rf"{DAY}(?:st|nd|rd|th|\.)?[\s-]+{MONTH}[\s,-]+{YEAR}"),
    re.compile(rf"{MONTH}\s+{DAY}(?:st|nd|rd|th)?,?\s+{YEAR}"),
)
TIME = re.compile(
    r"(?P<hour>\d{1,2})(?::(?P<minute>\d{2})(?::(?P<second>\d{2})(?:[.,]\d+)?)?)?\s*(?:(?P<half>[ap])\.?m\.?)?"
    r"\s*(?P<zone>z|utc|gmt|(?:utc|gmt)?[+-]\d{2}(?::?\d{2})?)?"
)


def parse_time(text: str, zone: tzinfo | None, *, end_of_day: bool = False) -> datetime:
    """Return the time that a text says; ValueError with the reason if it says none, or could say two.

    zone: the one of a time that names none, or None to refuse such a time
    end_of_day: whether the time is one until which something lasts: a date alone is 23:59:59 on that day, and of a time
    that occurs twice, as clocks are set back, the later counts; else the earlier. Both favour the student.
    """
    wanted = re.sub(r"\s+", " ", text.strip().lower())
    wanted = re.sub(f"^{WEEKDAY}", "", wanted)
    for form in DATES:
        found = form.match(wanted)
        if found:
            year, month, day = _date(found, text)
            rest = re.sub(r"^(?:t|,? at |,| )\s*", "", wanted[found.end() :])
            time, offset = _with_time(text, datetime(year, month, day), rest, end_of_day)
            if offset is not None:
                return time.replace(tzinfo=offset)
            if zone is None:
                raise ValueError(f"{text!r} has no time zone; {WRITE_ZONE}, or set zone in course.toml")
            return in_zone(time, zone, earlier=not end_of_day)
    if re.search(r"\d[-/.]\d{1,2}[-/.]\d{2}(?!\d)", wanted):
        raise ValueError(f"{text!r} has a year of two digits; {WRITE}")
    if re.fullmatch(r"\d{5}(?:[.,]\d+)?", wanted):
        raise ValueError(f"{text!r} is a spreadsheet's number for a day; format the column as text, and {WRITE}")
    raise ValueError(f"{text!r} is not a time; {WRITE}")


def _date(found: re.Match[str], text: str) -> tuple[int, int, int]:
    parts = found.groupdict()
    year = int(parts["year"])
    if "first" in parts:
        first, second = int(parts["first"]), int(parts["second"])
        if first <= 12 and second <= 12 and first != second:
            raise ValueError(
                f"{text!r} is either day {first} of month {second} or day {second} of month {first}; {WRITE}"
            )
        day, month = (first, second) if second <= 12 else (second, first)
    else:
        day = int(parts["day"])
        month = int(parts["month"]) if parts["month"].isdecimal() else MONTHS.index(parts["month"]) + 1
    try:
        datetime(year, month, day)
    except ValueError:
        raise ValueError(f"{text!r} is not a day of the calendar; {WRITE}") from None
    return year, month, day


def _with_time(text: str, day: datetime, rest: str, end_of_day: bool) -> tuple[datetime, timezone | None]:
    if not rest:
        if not end_of_day:
            raise ValueError(f"{text!r} has no time of day; {WRITE}")
        return datetime.combine(day, END_OF_DAY), None
    found = TIME.fullmatch(rest)
    if not found or not (found["minute"] or found["half"]):
        if re.search(r"\d\s*[a-z/]{2,}$", rest):
            raise ValueError(f"{text!r} names its zone in a way that is not understood; {WRITE_ZONE}")
        raise ValueError(f"{text!r} has no time of day that is understood; {WRITE}")
    hour, minute, second = int(found["hour"]), int(found["minute"] or 0), int(found["second"] or 0)
    if found["half"]:
        if not 1 <= hour <= 12:
            raise ValueError(f"{text!r} has the hour {hour} before or after noon; {WRITE}")
        hour = hour % 12 + (12 if found["half"] == "p" else 0)
    if hour > 23 or minute > 59 or second > 59:
        raise ValueError(f"{text!r} is not a time of day; the last one is 23:59:59; {WRITE}")
    offset = _offset(found["zone"], text) if found["zone"] else None
    return day.replace(hour=hour, minute=minute, second=second), offset


def _offset(zone: str, text: str) -> timezone:
    digits = re.sub(r"[a-z:]", "", zone)
    if not digits:
        return UTC
    hours, minutes = int(digits[1:3]), int(digits[3:] or 0)
    if hours > 14 or minutes > 59:
        raise ValueError(f"{text!r} is further from UTC than any zone; {WRITE_ZONE}")
    return timezone((-1 if digits[0] == "-" else 1) * timedelta(hours=hours, minutes=minutes))
