"""The course's time zone: reading times in it, days on its clocks, and what is said of an unknown name."""

from __future__ import annotations

import zoneinfo
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.conftest import TESTS
from torchdojo.course import Course, CourseError, load_course
from torchdojo.course.zone import ZoneError, add_days, describe_time, find_zone, in_zone

ZONES = ["Europe/Berlin", "America/New_York", "Asia/Kolkata", "Australia/Lord_Howe", "Pacific/Apia", "UTC"]
TOML = (TESTS / "tiny/course.toml").read_text()


def course_with(root: Path, top: str, due: str) -> Course:
    (root / "course.toml").write_text(f"{top}\n" + TOML.replace("[[chapter]]\n", f"[[chapter]]\ndue = {due}\n", 1))
    return load_course(root)


@pytest.mark.parametrize(
    ("due", "read", "words"),
    [
        ("2026-03-01T23:59:00", "2026-03-01T23:59:00+01:00", "Sun 1 March 2026 23:59 CET"),
        ("2026-07-01 23:59:00", "2026-07-01T23:59:00+02:00", "Wed 1 July 2026 23:59 CEST"),
        ("2026-03-01", "2026-03-01T23:59:59+01:00", "Sun 1 March 2026 23:59:59 CET"),
        ("2026-03-01T22:59:00Z", "2026-03-01T23:59:00+01:00", "Sun 1 March 2026 23:59 CET"),
        ("2026-03-01T17:59:00-05:00", "2026-03-01T23:59:00+01:00", "Sun 1 March 2026 23:59 CET"),
        # Neither is a mistake: the later reading is the one that harms nobody.
        ("2026-03-29T02:30:00", "2026-03-29T03:30:00+02:00", "Sun 29 March 2026 03:30 CEST"),
        ("2026-10-25T02:30:00", "2026-10-25T02:30:00+01:00", "Sun 25 October 2026 02:30 CET"),
    ],
)
def test_a_due_date_is_in_the_courses_zone(tiny_root: Path, due: str, read: str, words: str) -> None:
    found = course_with(tiny_root, 'zone = "Europe/Berlin"', due).chapters[0].due
    assert found
    assert (found.isoformat(), describe_time(found)) == (read, words)


def test_without_a_zone_a_due_date_keeps_its_own_offset(tiny_root: Path) -> None:
    course = course_with(tiny_root, "", "2026-03-01T23:59:00+05:30")
    assert course.tzinfo is UTC
    assert course.chapters[0].due
    assert describe_time(course.chapters[0].due) == "Sun 1 March 2026 23:59 UTC+05:30"


@pytest.mark.parametrize("due", ["2026-03-01", "2026-03-01T23:59:00"])
def test_without_a_zone_and_an_offset_both_remedies_are_named(tiny_root: Path, due: str) -> None:
    with pytest.raises(CourseError, match=r'needs a time zone: .*\+01:00.* zone = "Europe/Berlin"') as caught:
        course_with(tiny_root, "", due)
    assert caught.value.line == TOML.splitlines().index("[[chapter]]") + 3


@pytest.mark.parametrize("due", ['"2026-03-01T23:59:00"', "23:59:00", "20260301", "true"])
def test_what_is_not_a_due_date_is_told_what_is(tiny_root: Path, due: str) -> None:
    for top in ("", 'zone = "Europe/Berlin"'):
        with pytest.raises(CourseError, match="due: must be a date and time without quotation marks"):
            course_with(tiny_root, top, due)


def test_a_due_date_of_an_exercise_is_an_unknown_key(tiny_root: Path) -> None:
    (tiny_root / "course.toml").write_text(TOML.replace('name = "double"\n', 'name = "double"\ndue = 2026-03-01\n', 1))
    with pytest.raises(CourseError, match=r"exercise\[double\]\.due: unknown key"):
        load_course(tiny_root)


@pytest.mark.parametrize(
    ("name", "near"),
    [
        ("Berlin", "did you mean Europe/Berlin?"),
        ("europe/berlin", "did you mean Europe/Berlin?"),
        ("Europe/Berln", "did you mean Europe/Berlin"),
        ("new york", "did you mean America/New_York?"),
        ("Mars/Olympus", "write one such as"),
        ("../../etc/passwd", "write one such as"),
        ("", "write one such as"),
    ],
)
def test_an_unknown_zone_names_its_line_and_near_ones(tiny_root: Path, name: str, near: str) -> None:
    with pytest.raises(CourseError) as caught:
        course_with(tiny_root, f'# The course.\nzone = "{name}"', "2026-03-01")
    assert (caught.value.line, caught.value.key) == (2, "zone")
    assert f"{name!r} is not a time zone; {near}" in caught.value.message


@pytest.mark.parametrize("table", ["[policy]", "[[chapter]]"])
def test_a_zone_below_a_table_is_told_where_it_belongs(tiny_root: Path, table: str) -> None:
    text = f"{TOML}\n[policy]\ngrace_days = 1\n".replace(f"{table}\n", f'{table}\nzone = "UTC"\n', 1)
    (tiny_root / "course.toml").write_text(text)
    with pytest.raises(CourseError, match="above the first table") as caught:
        load_course(tiny_root)
    assert caught.value.line
    assert text.splitlines()[caught.value.line - 1] == 'zone = "UTC"'


centuries = (datetime(2, 1, 1), datetime(9998, 1, 1))
moments = st.datetimes(*centuries) | st.datetimes(*centuries, timezones=st.timezones())


@given(moments, st.sampled_from(ZONES))
def test_any_time_is_read_and_shown_without_changing_it(moment: datetime, name: str) -> None:
    read = in_zone(moment, find_zone(name))
    assert read.utcoffset() is not None
    if moment.tzinfo:
        assert read - moment.astimezone(UTC) == timedelta()
    assert in_zone(read, find_zone(name)) == read
    assert describe_time(read)


@given(st.datetimes(datetime(1995, 1, 1), datetime(2036, 1, 1)), st.integers(-400, 400), st.sampled_from(ZONES))
def test_after_some_days_the_clocks_show_the_same(moment: datetime, days: int, name: str) -> None:
    zone = find_zone(name)
    start = in_zone(moment, zone)
    later = add_days(start, days, zone)
    assert abs((later - start) - timedelta(days=days)) <= timedelta(days=1)
    shown, expected = later.replace(tzinfo=None), start.replace(tzinfo=None) + timedelta(days=days)
    # Where the clocks skip what they should show, it is later by what they skip: an hour, or a day in Samoa.
    assert timedelta() <= shown - expected <= timedelta(days=1)
    assert shown == expected or in_zone(expected, zone) == later


def test_a_fraction_of_a_day_is_in_hours() -> None:
    zone = find_zone("Europe/Berlin")
    noon = in_zone(datetime(2026, 3, 28, 12), zone)
    assert add_days(noon, 1, zone) - noon == timedelta(hours=23)
    assert add_days(noon, 1.5, zone) - noon == timedelta(hours=35)
    assert add_days(noon, 0.5, zone) - noon == timedelta(hours=12)


def test_what_no_calendar_holds_ends_nothing() -> None:
    zone = find_zone("Europe/Berlin")
    for moment in (
        date.max,
        date.min,
        datetime.max,
        datetime.max.replace(tzinfo=UTC),
        datetime.min.replace(tzinfo=UTC),
    ):
        assert describe_time(add_days(in_zone(moment, zone), 3650, zone))


def test_a_zone_is_found_without_those_of_the_system() -> None:
    paths = zoneinfo.TZPATH
    try:
        zoneinfo.reset_tzpath(())
        zoneinfo.ZoneInfo.clear_cache()
        assert find_zone.__wrapped__("Europe/Berlin").utcoffset(datetime(2026, 7, 1)) == timedelta(hours=2)
    finally:
        zoneinfo.reset_tzpath(paths)
    with pytest.raises(ZoneError):
        find_zone("localtime")  # of the system, and elsewhere another one
