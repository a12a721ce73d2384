"""Say where a submission's function returned another kind of value than the text asks for.

That explains a failure better than what a probe made of the value. It decides nothing: what was returned is a claim of
the submission's process, compared with what the reference returned in the same call, and only where a check failed.
"""

from __future__ import annotations

import ast
import contextlib
import re
from collections.abc import Collection, Iterator, Mapping
from dataclasses import replace
from typing import Any

from torchdojo.explain.kinds import KindDifference, describe_form, find_kind_difference, ordinal, without_unknown_names
from torchdojo.explain.remedies import Place, find_remedy
from torchdojo.grading.chapter_run import ChapterRun
from torchdojo.grading.check_run import CheckRun
from torchdojo.grading.compare import find_form_difference
from torchdojo.grading.exchange import Exchange
from torchdojo.grading.result import CheckResult
from torchdojo.grading.status import CheckStatus
from torchdojo.grading.submission import Submission
from torchdojo.source.returns import find_functions, find_returns, is_generator
from torchdojo.worker.form import Form
from torchdojo.worker.protocol import Reply, ReplyStatus
from torchdojo.worker.returned import MAX_FUNCTION_CALLS, Returned, read_returned

EXPLAINED = (CheckStatus.FAILED, CheckStatus.ERROR)
NAMED_ITEMS = re.compile(r"\((\w+(?:, \w+)+)\)")  # as in "Returns the tuple (weights, bias)"


def explain_returned(whole: ChapterRun) -> dict[str, dict[str, Any]]:
    """Return, by check, what its finding should say where the exercise returned another kind of value.

    The findings change only after the diagnosis, which compares what the checks themselves say.
    """
    functions = _functions(whole.submission)
    words = set(re.findall(r"\w+", whole.submission.parsed.text))
    found = {}
    for node, run in whole.runs.items():
        result = whole.results[node]
        if result.status in EXPLAINED and "raises" not in run.kinds:
            with contextlib.suppress(Exception):  # whatever a text holds: no sentence may cost a verdict
                found[node] = _explain(result, run, whole.submission, functions, words)
    return found


def tell_returned(whole: ChapterRun, found: Mapping[str, dict[str, Any]]) -> None:
    """Put what `explain_returned` found into the findings of the checks that still fail."""
    for node, said in found.items():
        result = whole.results[node]
        if result.status in EXPLAINED:
            result.finding = replace(result.finding, **said)


def _explain(
    result: CheckResult,
    run: CheckRun,
    submission: Submission,
    functions: Mapping[str, ast.FunctionDef],
    words: Collection[str],
) -> dict[str, Any]:
    exercise = result.exercise.name
    generators = [name for name, node in functions.items() if is_generator(node)]
    exchanges = [exchange for exchange in run.exchanges if not exchange.costly]  # the reference was asked
    for exchange in exchanges:
        expected = run.oracle.reference_answer(exchange.calls, exchange.device)
        is_used = exchange.reply.is_ok and _have_the_same_form(exchange.reply, expected)
        if exchange.reply.status is ReplyStatus.ERROR and exchange.reply.line is not None:
            continue  # the submission's own line raised: that is what to fix first
        for returned, wanted in _pairs(exchange.reply, expected, exercise, generators):
            place = _place(functions, returned)
            got = without_unknown_names(returned.form, words)
            difference = find_kind_difference(got, wanted.form, _item_names(submission, exercise, place, wanted.form))
            if is_used and difference and not difference.is_odd:
                continue  # the probe could use what came back: then the values are what is wrong
            if difference and (result.status is CheckStatus.FAILED or difference.aspect == "kind"):
                return _say(result, difference, place, submission)
    last = exchanges[-1] if exchanges and exchanges[-1] is run.exchanges[-1] else None
    if last and not last.reply.is_ok:
        return _say_next(result, last, run.oracle.reference_answer(last.calls, last.device))
    return {}


def _have_the_same_form(reply: Reply, expected: Reply) -> bool:
    pairs = zip(reply.outputs, expected.outputs, strict=False)
    return all(find_form_difference(got, known, ()) is None for got, known in pairs)


def _pairs(
    reply: Reply, expected: Reply, exercise: str, generators: Collection[str]
) -> Iterator[tuple[Returned, Returned]]:
    """Yield what an exercise's functions returned, each with what the reference returned in the same call.

    generators: the functions that return one by what their text says; the worker does not see it
    Where it cannot be known that the calls are the same, nothing is yielded: if the numbers of calls differ, and where
    calls with other shapes may have changed places.
    """
    known = _by_function(expected, exercise)
    for function in generators:
        yield from ((Returned(function, 0, Form("generator")), call) for call in known.get(function, ())[:1])
    for function, calls in _by_function(reply, exercise).items():
        wanted = known.get(function, [])
        if len(calls) != len(wanted) and (reply.is_ok or len(calls) > len(wanted)):
            continue
        forms = {call.form for call in wanted}
        yield from (pair for pair in zip(calls, wanted, strict=False) if len(forms) == 1 or pair[0].form not in forms)


def _by_function(reply: Reply, exercise: str) -> dict[str, list[Returned]]:
    found: dict[str, list[Returned]] = {}
    for call in _calls_of(reply, exercise):
        found.setdefault(call.function, []).append(call)
    return found


def _calls_of(reply: Reply, exercise: str) -> Iterator[Returned]:
    """Yield what the functions of an exercise returned, in the order of time."""
    for call in read_returned(reply.returned):
        if call.function == exercise or call.function.startswith(f"{exercise}."):
            yield call


def _functions(submission: Submission) -> dict[str, ast.FunctionDef]:
    """Return the functions and the methods, as Class.method, that a text defines."""
    return {name: node for statement in submission.parsed.tree.body for name, node in find_functions(statement)}


def _place(functions: Mapping[str, ast.FunctionDef], returned: Returned) -> Place:
    """Return where a value was returned, as far as the submission's text shows it."""
    function = functions.get(returned.function)
    short = returned.function.rpartition(".")[2]
    if function is None or not function.lineno <= returned.line <= (function.end_lineno or 0):
        return Place(short, function, None, None)
    found = next((node for node in find_returns(function) if node.lineno == returned.line), None)
    return Place(short, function, returned.line, found)


def _item_names(submission: Submission, exercise: str, place: Place, expected: Form) -> list[str]:
    """Return the names of a tuple's items: those of the stub's docstring, or else those that are returned."""
    definition = submission.stub.get(exercise)
    text = ast.get_docstring(definition) or "" if definition else ""
    for match in NAMED_ITEMS.finditer(text):
        names = match[1].split(", ")
        if len(names) == expected.size and "eturn" in text[: match.start()]:
            return names
    value = place.found.value if place.found else None
    items = value.elts if isinstance(value, ast.Tuple) else []
    return [item.id for item in items if isinstance(item, ast.Name)]


def _say(result: CheckResult, difference: KindDifference, place: Place, submission: Submission) -> dict[str, Any]:
    expected, got = difference.texts
    remedy = find_remedy(difference, place)
    line = remedy.line or place.line
    before = "" if difference.aspect == "grad" else result.finding.advice  # why backward() failed: that is the reason
    return {
        "expected": expected,
        "got": got,
        **({"line": line, "text": submission.source_line(line)} if line else {}),
        "advice": f"{remedy.text}\n{before}".strip(),
        "words": "",
        "kind_differs": True,
    }


def _say_next(result: CheckResult, last: Exchange, expected: Reply) -> dict[str, Any]:
    """Where no answer came back, say what should have been returned next, and by which call if that matters."""
    exercise = result.exercise.name
    done, known = (list(_calls_of(reply, exercise)) for reply in (last.reply, expected))
    if len(done) >= len(known) or any(a.function != b.function for a, b in zip(done, known, strict=False)):
        return {}
    wanted = known[len(done)]
    if wanted.form.kind in ("None", "object"):
        return {}
    count = len(known) // len(last.calls)  # a probe is asked twice: how often it calls the exercise
    forms = {call.form for call in known[:count]}
    which = (
        f", from the {ordinal(len(done) % count + 1)} call"
        if len(forms) > 1 and len(known) < MAX_FUNCTION_CALLS
        else ""
    )
    return {"expected": describe_form(wanted.form) + which}
