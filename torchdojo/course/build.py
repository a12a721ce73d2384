"""Make a course of the tables that were validated."""

from __future__ import annotations

from datetime import datetime, tzinfo
from pathlib import Path
from typing import Any

from torchdojo.course.model import Chapter, Course, Exercise, Policy, RubricItem
from torchdojo.course.zone import find_zone, in_zone


def build_course(table: dict[str, Any], root: Path) -> Course:
    """Return a course. table: a valid course.toml as JSON has it, with all keys; root: the course's folder"""
    zone = find_zone(table["zone"]) if table["zone"] else None
    chapters = [_chapter(chapter, zone) for chapter in table["chapter"]]
    rest = {key: value for key, value in table.items() if key not in ("chapter", "policy")}
    return Course(**rest, chapters=chapters, policy=Policy(**table["policy"]), root=root)


def _chapter(table: dict[str, Any], zone: tzinfo | None) -> Chapter:
    due = datetime.fromisoformat(table["due"]) if table["due"] else None
    if due and zone:
        due = in_zone(due, zone)  # which gives it back the zone's name
    rest = {key: value for key, value in table.items() if key not in ("exercise", "due")}
    return Chapter(**rest, exercises=[_exercise(exercise) for exercise in table["exercise"]], due=due)


def _exercise(table: dict[str, Any]) -> Exercise:
    return Exercise(**{**table, "rubric": [RubricItem(**item) for item in table["rubric"]]})
