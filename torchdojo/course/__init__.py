"""The course: read course.toml into typed, validated objects, and find the files it names."""

from torchdojo.course.errors import CourseError
from torchdojo.course.files import parse_course_file, read_course_file, read_json
from torchdojo.course.load import find_root, load_course
from torchdojo.course.model import Chapter, Course, Exercise, ExerciseId, Policy, RubricItem
from torchdojo.course.overlay import Overlay, cases_of, lay_over, load_overlays, without_case

__all__ = [
    "Chapter",
    "Course",
    "CourseError",
    "Exercise",
    "ExerciseId",
    "Overlay",
    "Policy",
    "RubricItem",
    "cases_of",
    "find_root",
    "lay_over",
    "load_course",
    "load_overlays",
    "parse_course_file",
    "read_course_file",
    "read_json",
    "without_case",
]
