"""The course: read course.toml into typed, validated objects, and find the files it speaks of."""

from torchdojo.course.code_keys import code_keys, own_code
from torchdojo.course.errors import CourseError
from torchdojo.course.load import find_root, load_course
from torchdojo.course.model import Chapter, Course, Exercise
from torchdojo.course.overlay import Overlay, lay_over, load_overlays
from torchdojo.course.source import (
    SourceError,
    check_text,
    definitions,
    parse,
    read_course_file,
    read_json,
    read_source,
)

__all__ = [
    "Chapter",
    "Course",
    "CourseError",
    "Exercise",
    "Overlay",
    "SourceError",
    "check_text",
    "code_keys",
    "definitions",
    "find_root",
    "lay_over",
    "load_course",
    "load_overlays",
    "own_code",
    "parse",
    "read_course_file",
    "read_json",
    "read_source",
]
