"""Add to a check's finding what the exception or the endless loop behind it means."""

from __future__ import annotations

import contextlib
import re
from dataclasses import replace

from torchdojo.explain.code import Code
from torchdojo.explain.exceptions import explain
from torchdojo.explain.flow import debugger_line
from torchdojo.explain.loops import explain_endless
from torchdojo.explain.placement import explain_placement
from torchdojo.explain.rules import Raised
from torchdojo.grading.chapter_run import ChapterRun
from torchdojo.grading.failure import Finding
from torchdojo.grading.result import CheckResult
from torchdojo.grading.submission import Submission
from torchdojo.worker.protocol import Reply, ReplyStatus

MISSING_NAME = re.compile(r"name '(\w+)' is not defined|^module '\w+' has no attribute '(\w+)'")
RAISED = (ReplyStatus.ERROR, ReplyStatus.UNUSABLE, ReplyStatus.LOAD_ERROR)
WORDS = re.compile(r"(\w+): (.*)", re.DOTALL)


def explain_replies(whole: ChapterRun) -> None:
    """Say of the checks that met an exception or a limit what that means."""
    code = Code(whole.submission.parsed, whole.submission.stub)
    for node, run in whole.runs.items():
        result = whole.results[node]
        reply = run.exchanges[-1].reply if run.exchanges else None
        if reply is not None and result.status.is_wrong:
            with contextlib.suppress(Exception):  # whatever a text holds: no sentence may cost a verdict
                result.finding = _explain(result, reply, code, whole.submission)


def _explain(result: CheckResult, reply: Reply, code: Code, submission: Submission) -> Finding:
    """Return a check's finding, with a sentence if there is one to say."""
    finding, name = result.finding, result.exercise.name
    if reply.status in (ReplyStatus.TIMEOUT, ReplyStatus.STARVED, ReplyStatus.MEMORY):
        return _with_advice(finding, "\n".join(explain_endless(code, name)))
    line = reply.line if submission.source_line(reply.line) else None
    raised = Raised(reply.type, reply.message, line, code, name)
    words = WORDS.fullmatch(finding.words) if reply.is_ok else None
    if words:
        raised = replace(raised, type=words[1], message=words[2], line=None)
    elif reply.status not in RAISED:
        return finding
    if missing := _missing(raised, submission):
        return _with_advice(finding, missing)
    line = debugger_line(raised) if raised.type == "BdbQuit" else None
    if line is not None:
        text = submission.source_line(line)
        finding = replace(finding, got="no answer: it stopped at a breakpoint", words="", line=line, text=text)
    return _with_advice(finding, explain_placement(raised, reply.made_at) or explain(raised))


def _with_advice(finding: Finding, sentence: str) -> Finding:
    return replace(finding, advice=f"{sentence}\n{finding.advice}".strip())


def _missing(raised: Raised, submission: Submission) -> str:
    """Say that a part was left out that would have bound the name that is missing, "" if that is not the reason."""
    match = MISSING_NAME.search(raised.message)
    name = (match[1] or match[2]) if match else ""
    omission = submission.omission_of(name) if name else None
    if omission is None:
        return ""
    return f"{name} is missing: {omission.note}\n{submission.explain_omission(omission)}".strip()
