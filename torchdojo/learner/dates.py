"""Dates as they are stored, and as a person tells them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, tzinfo

NIGHT_ENDS = 5  # until then it is still the evening before
AFTERNOON, EVENING = 12, 18
NUMBERS = ("no", "one", "two", "three", "four", "five", "six")
DAYS_OF_A_WEEK, DAYS_OF_A_MONTH, DAYS_OF_A_YEAR = 7, 30, 365


def utc_now() -> datetime:
    """Return the time, with its time zone."""
    return datetime.now(UTC)


def parse_date(text: object) -> datetime | None:
    """Return a stored date, None if it is not one or has no time zone."""
    try:
        date = datetime.fromisoformat(text) if isinstance(text, str) else None
    except ValueError:
        return None
    return date if date is not None and date.tzinfo is not None else None


def describe_date(date: datetime, now: datetime, zone: tzinfo | None = None) -> str:
    """Return how long ago a date was, such as "yesterday evening" or "two evenings ago".

    zone: where the person is, None for this machine's time zone
    """
    then = date.astimezone(zone)
    days = (_day(now.astimezone(zone)) - _day(then)).days
    part = "morning" if NIGHT_ENDS <= then.hour < AFTERNOON else "evening"
    part = "afternoon" if AFTERNOON <= then.hour < EVENING else part
    if days <= 0:
        return f"this {part}"
    if days == 1:
        return f"yesterday {part}"
    if days < DAYS_OF_A_WEEK:
        return f"{NUMBERS[days]} {part}s ago"
    if days < DAYS_OF_A_MONTH:
        return _ago(days // DAYS_OF_A_WEEK, "week")
    return _ago(days // DAYS_OF_A_MONTH, "month") if days < DAYS_OF_A_YEAR else "over a year ago"


def _day(date: datetime) -> datetime:
    """Return the midnight of a date's day, without a time zone, so that days of 23 hours count as one."""
    return (date.replace(tzinfo=None) - timedelta(hours=NIGHT_ENDS)).replace(hour=0, minute=0, second=0, microsecond=0)


def _ago(number: int, unit: str) -> str:
    if number == 1:
        return f"a {unit} ago"
    return f"{NUMBERS[number] if number < len(NUMBERS) else number} {unit}s ago"
