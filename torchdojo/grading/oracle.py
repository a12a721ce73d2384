"""The oracle: what the reference, and each known mistake, gives for the same calls. It runs course code only."""

from __future__ import annotations

import hashlib
import json
import warnings
from pathlib import Path

import torch

from torchdojo.course import Chapter, Course, CourseError, Overlay, load_overlays, read_course_file
from torchdojo.data.vision import prepare_torchvision
from torchdojo.grading.evidence import Evidence, same_answer
from torchdojo.grading.load import load_trusted
from torchdojo.probe import Probe, collect_probes
from torchdojo.worker.protocol import Call, Reply, Request, decode_reply, encode_reply
from torchdojo.worker.run import run_request, settings_kept


class Oracle:
    """Runs the chapter's own code in this process, and remembers what it gave.

    probes: the chapter's probes by name; mistakes: its known mistakes
    secret: what inputs must be derived from, or None if any will do
    """

    secret: bytes | None = None

    def __init__(self, course: Course, chapter: Chapter, probes_path: Path | None = None) -> None:
        self.chapter = chapter
        self.probes_path = probes_path or course.graders_folder(chapter) / "probes.py"
        if b"torchvision" in self.probes_path.read_bytes():
            prepare_torchvision()
        torch.set_num_threads(1)
        self.probes: dict[str, Probe] = collect_probes(load_trusted(f"probes_of_{chapter.name}", self.probes_path))
        self.reference = b""
        self.mistakes: list[Overlay] = []
        self._cache: dict[str, Reply] = {}
        self._load(course)

    def _load(self, course: Course) -> None:
        self._path = course.reference_file(self.chapter)
        self.reference = read_course_file(self._path)
        self.mistakes = load_overlays(course, self.chapter, "mistakes")

    def require_reference(self) -> None:
        """Raise CourseError if the reference cannot be loaded: no check could say anything then."""
        reply = self.ask(self.reference, (), "cpu")
        if not reply.is_ok:
            raise CourseError(self._path, f"cannot be loaded: {reply.type}: {reply.message}", line=reply.line)

    def ask(self, source: bytes, calls: tuple[Call, ...], device: str) -> Reply:
        """Return what this source gives for these calls, as a submission's reply would look."""
        key = f"{hashlib.sha256(source).hexdigest()}:{question(calls, device)}"
        if key not in self._cache:
            self._cache[key] = self._run(source, calls, device)
        return self._cache[key]

    def explains(self, mistake: Overlay, item: Evidence) -> bool:
        """Whether a known mistake gives the very answer that a check got."""
        return same_answer(self.ask(mistake.source, item.calls, item.device), item)

    def _run(self, source: bytes, calls: tuple[Call, ...], device: str) -> Reply:
        request = Request(self.chapter.name, source, f"{self.chapter.name}.py", calls, device)
        with settings_kept(), torch.random.fork_rng(devices=[]), warnings.catch_warnings():
            torch.set_num_threads(1)
            warnings.simplefilter("ignore")  # a known mistake may warn; nobody has to read it
            return decode_reply(encode_reply(run_request(request, self.probes)))


def question(calls: tuple[Call, ...], device: str) -> str:
    """Return what tells these calls on this device from all others, as text."""
    plain = json.dumps([[c.probe, c.params, c.seed] for c in calls], sort_keys=True, default=str)
    return f"{device}:{plain}"
