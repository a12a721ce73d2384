"""Show a grade, or decide about it, for `dojo review`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import click
from rich.console import Console

from torchdojo.batch.store import StoredRun
from torchdojo.cli.changes import print_publication
from torchdojo.cli.common import console, login_name, open_course, quoted, spelled
from torchdojo.cli.outputs import tell_edits, update_tables
from torchdojo.cli.review_names import ReviewSubject, find_check, find_student, find_subject, find_with_mistake
from torchdojo.cli.review_show import score_words, show_grade
from torchdojo.errors import UserError
from torchdojo.files import write_atomically
from torchdojo.review.decision import (
    Answer,
    CheckMode,
    Comment,
    Decision,
    Override,
    RegradeRequest,
    Reviewed,
    ReviewEntry,
    ReviewTarget,
    SwitchCheck,
    Undo,
)
from torchdojo.review.decisions import Decisions, decide_all
from torchdojo.review.exchange import export_table, parse_points, parse_status, read_import
from torchdojo.review.grade import Grade
from torchdojo.review.grades import student_grades
from torchdojo.review.grades_file import GradesFile
from torchdojo.review.history import describe
from torchdojo.review.log import ReviewLog
from torchdojo.review.publication import PUBLISHED
from torchdojo.review.works import target_of


@dataclass(frozen=True)
class _Asked:
    """The options of the command, by their names."""

    points: str | None
    status: str | None
    withdraw: bool
    reason: str
    comment: str | None
    line: int | None
    staff_only: bool
    reviewed: bool | None
    request: str | None
    answer: str | None
    mistake: str | None
    yes: bool
    undo: bool
    by: str
    export_path: Path | None
    import_path: Path | None
    switch_off: str | None
    mode: str | None
    switch_on: str | None

    @property
    def decides(self) -> bool:
        """Whether an option decides about submissions."""
        texts = (self.points, self.status, self.comment, self.reviewed, self.request, self.answer)
        return self.withdraw or any(text is not None for text in texts)

    @property
    def alone(self) -> list[str]:
        """The options that take no student, each of which is all that is done."""
        given = {
            "--undo": self.undo,
            "--export": self.export_path,
            "--import": self.import_path,
            "--switch-off": self.switch_off,
            "--switch-on": self.switch_on,
        }
        return [name for name, value in given.items() if value]


def review_work(context: click.Context, /, out: Path, about: tuple[str, ...], **options: Any) -> None:
    """Show or decide what the options of `dojo review` say about the results in `out`."""
    values: dict[str, Any] = {
        name: _clean(value) if isinstance(value, str) else value for name, value in options.items()
    }
    asked = _Asked(**{**values, "by": values["by"].strip() or login_name()})
    course = open_course(context)
    with StoredRun(out, course) as run:
        command = _Review(console(), run, asked)
        if asked.alone:
            command.act_alone(about)
        elif asked.decides:
            command.decide_about(about)
        else:
            command.show(about)


class _Review:
    """One call of the command."""

    def __init__(self, terminal: Console, run: StoredRun, asked: _Asked) -> None:
        self._terminal = terminal
        self._run = run
        self._asked = asked
        self._log = ReviewLog(run.out)
        self._before = Decisions.of(self._log.entries())

    def show(self, names: Sequence[str]) -> None:
        """Show what counts of a student's chapter, or of all chapters."""
        if self._asked.mistake is not None or not 1 <= len(names) <= 2:
            raise click.UsageError("name a student and a chapter, or what to do with one of the options in --help")
        student = find_student(self._run, names[0])
        wanted = find_subject(self._run.course, names[1]).chapter.name if len(names) == 2 else ""
        grades = student_grades(self._run, student, self._before).grades
        shown = [grade for name, grade in grades.items() if wanted in ("", name)]
        for grade in shown:
            show_grade(self._terminal, grade, self._before)
        if not shown:
            self._say(f" {student} has submitted nothing{f' for {wanted}' if wanted else ''}")
        if edits := GradesFile(self._run.out).edits():
            tell_edits(self._terminal, self._run, edits)

    def act_alone(self, names: Sequence[str]) -> None:
        """Do what takes no student."""
        asked = self._asked
        if names or asked.decides or len(asked.alone) > 1:
            raise click.UsageError(f"{asked.alone[0]} goes without a student and without other decisions")
        if asked.export_path:
            write_atomically(asked.export_path, export_table(self._run, self._before))
            self._say(f" wrote {asked.export_path}")
        elif asked.import_path:
            self._import(asked.import_path)
        elif asked.undo:
            self._undo()
        else:
            self._switch()

    def _import(self, path: Path) -> None:
        found = read_import(self._run, self._before, path, self._asked.reason)
        for note in found.notes:
            self._say(f" note      {note}")
        if found.decisions:
            self._save(found.decisions)
        unchanged = f", {found.unchanged} decided already" if found.unchanged else ""
        count = len(found.decisions)
        self._say(f" imported  {count} decision{'' if count == 1 else 's'}{unchanged}")
        if found.decisions:
            self._write(is_imported=path.resolve() == GradesFile(self._run.out).path.resolve())

    def _undo(self) -> None:
        last = self._before.undoable(self._asked.by)
        if last is None:
            raise UserError(f"{self._asked.by} has decided nothing that could be undone")
        self._save([Undo(of=last.id)])
        self._say(f" undone    {describe(last.decision, self._before)}")
        self._write()

    def _switch(self) -> None:
        asked = self._asked
        check = find_check(self._run, asked.switch_off or asked.switch_on or "")
        mode = CheckMode.ON
        if asked.switch_off:
            if asked.mode is None or not asked.reason:
                raise click.UsageError("--switch-off needs --mode full-points or --mode left-out, and a --reason")
            mode = CheckMode(asked.mode.replace("-", "_"))
        elif check not in self._before.switched_off:
            raise UserError(f"{check} is not switched off")
        self._save([SwitchCheck(check=check, mode=mode, reason=asked.reason)])
        self._say(f" saved     {check} is switched {'off' if asked.switch_off else 'on again'}")
        self._write()

    def decide_about(self, names: Sequence[str]) -> None:
        """Decide about a submission, or about all with a mistake."""
        if self._asked.mistake is None:
            if len(names) != 2:
                raise click.UsageError("name a student and a chapter, an exercise or a check of it")
            students, subject = [find_student(self._run, names[0])], find_subject(self._run.course, names[1])
        else:
            if len(names) != 1:
                raise click.UsageError("with --all-with-mistake, name only a chapter, an exercise or a check of it")
            subject = find_subject(self._run.course, names[0])
            students = find_with_mistake(self._run, subject, self._asked.mistake)
        decisions = self._decisions(students, subject)
        before = self._grades(students, subject, self._before)
        if self._asked.mistake is not None:
            self._preview(students, subject, decisions, before)
        self._save(decisions)
        now = Decisions.of(self._log.entries())
        for decision in decisions:
            self._say(f" saved     {describe(decision, now)}")
        if self._asked.mistake is None and (grade := self._grades(students, subject, now).get(students[0])):
            show_grade(self._terminal, grade, now)
        if any(isinstance(decision, Override) for decision in decisions):
            self._write()
        else:
            self._tell_what_is_not()

    def _preview(
        self, students: Sequence[str], subject: ReviewSubject, decisions: Sequence[Decision], before: dict[str, Grade]
    ) -> None:
        """Say whom a decision concerns, and what would change; ask."""
        entries = [
            ReviewEntry(id=f"preview {number}", at="9999-01-01T00:00:00+00:00", by=self._asked.by, decision=decision)
            for number, decision in enumerate(decisions)
        ]
        after = self._grades(students, subject, Decisions.of([*self._log.entries(), *entries]))
        self._say(f" {len(students)} submission{'s' * (len(students) != 1)} of {subject.chapter.name}:")
        for student in students:
            old, new = score_words(before[student]), score_words(after[student])
            self._say(f"   {student}   {old}{f' → {new}' if new != old else ''}")
        if not self._asked.yes:
            click.confirm(" Decide this for all of them?", abort=True)

    def _grades(self, students: Sequence[str], subject: ReviewSubject, decisions: Decisions) -> dict[str, Grade]:
        found = {one: student_grades(self._run, one, decisions).grades.get(subject.chapter.name) for one in students}
        return {student: grade for student, grade in found.items() if grade}

    def _decisions(self, students: Sequence[str], subject: ReviewSubject) -> list[Decision]:
        """Return what the options decide about an item of some students' submissions."""
        asked = self._asked
        targets = tuple(target_of(self._run, student, subject.chapter.name, subject.item) for student in students)
        limits = [subject.limit(self._run.result(student, subject.chapter.name)) for student in students]
        found: list[Decision] = []
        if asked.points is not None or asked.status is not None or asked.withdraw:
            found.append(
                self._override(subject, targets, min((one for one in limits if one is not None), default=None))
            )
        if asked.comment is not None:
            found.append(
                Comment(
                    targets=targets,
                    text=_text("--comment", asked.comment),
                    item=subject.item.partition("/")[0],
                    line=asked.line,
                    staff_only=asked.staff_only,
                )
            )
        if asked.request is not None:
            text = _text("--request", asked.request)
            found.append(RegradeRequest(targets=targets, text=text, item=subject.item))
        if asked.answer is not None:
            found += [
                Answer(request=self._open_request(one, subject), text=_text("--answer", asked.answer))
                for one in students
            ]
        if asked.reviewed is not None:
            found.append(Reviewed(targets=targets, reviewed=asked.reviewed))
        return found

    def _override(self, subject: ReviewSubject, targets: tuple[ReviewTarget, ...], limit: float | None) -> Override:
        """Return what the options say of points. limit: the most that are possible"""
        asked = self._asked
        if asked.withdraw:
            self._require_standing(subject, targets)
            return Override(targets=targets, item=subject.item, reason=asked.reason)
        if asked.points is not None and asked.status is not None:
            raise click.UsageError("give --points or --status, not both")
        exercise = subject.chapter.find(subject.item.partition("/")[0])
        if not asked.reason.strip() and not (exercise and exercise.by_hand):
            raise click.UsageError("say why with --reason: the student reads it")
        points = None if asked.points is None else parse_points(asked.points, limit)
        full = subject.chapter.required_points + subject.chapter.required_hand_points
        if not subject.item and points is not None and points > full:
            self._say(f" note      {points:g} points are more than the {full:g} of a full score")
        status = None if asked.status is None else parse_status(asked.status)
        return Override(targets=targets, item=subject.item, points=points, status=status, reason=asked.reason)

    def _require_standing(self, subject: ReviewSubject, targets: tuple[ReviewTarget, ...]) -> None:
        overrides = self._before.overrides
        if not any(subject.item in overrides.get(target.key, {}) for target in targets):
            raise UserError(f"nobody decided about the points of {subject}")

    def _open_request(self, student: str, subject: ReviewSubject) -> str:
        """Return the id of a student's oldest open request about an item, or about any if a chapter is named."""
        requests = self._before.requests.get((student, subject.chapter.name), ())
        wanted = [one for one in requests if one.answer is None and subject.item in ("", one.request.item)]
        if not wanted:
            raise UserError(f"{student} has no open request about {subject}")
        return wanted[0].entry.id

    def _save(self, decisions: Sequence[Decision]) -> None:
        decide_all(self._log, self._asked.by, decisions, self._before.last_id)

    def _write(self, *, is_imported: bool = False) -> None:
        """Write grades.csv again. is_imported: whether what was edited in it is what was decided"""
        update_tables(self._terminal, self._run, is_imported=is_imported)
        self._tell_what_is_not()

    def _tell_what_is_not(self) -> None:
        """Say what does not show the decision yet."""
        files = "report.html" if (self._run.out / PUBLISHED).exists() else "report.html and feedback"
        self._say(f" to update {files}, run `{spelled(f'report {quoted(str(self._run.out))}')}`")
        print_publication(self._terminal, self._run)

    def _say(self, text: str) -> None:
        self._terminal.print(text, markup=False, soft_wrap=True)


def _clean(text: str) -> str:
    """Return text that can be written as UTF-8, whatever bytes the shell passed."""
    return text.encode("utf-8", "replace").decode("utf-8")


def _text(option: str, text: str) -> str:
    if not text.strip():
        raise click.UsageError(f"{option} has no text")
    return text
