"""An exception as the rules see it, and how a rule is written: the pattern of a message, and what to say about it."""

from __future__ import annotations

import ast
import re
from collections.abc import Callable
from dataclasses import dataclass

from torchdojo.explain.code import Code, Method

Rule = Callable[..., str]  # given the exception and what its pattern found, the sentence, or ""


@dataclass(frozen=True)
class Raised:
    """An exception that a submission raised.

    line: the innermost line of the submission, None if it was raised outside it; exercise: what was asked
    """

    type: str
    message: str
    line: int | None
    code: Code
    exercise: str = ""

    @property
    def here(self) -> str:
        """Where it was raised."""
        return f"line {self.line}" if self.line else f"the code of {self.exercise}"

    @property
    def start(self) -> str:
        """Where it was raised, as a sentence begins."""
        return self.here[0].upper() + self.here[1:]

    @property
    def function(self) -> Method | None:
        """The function that raised it."""
        return self.code.function_at(self.line)

    @property
    def functions(self) -> list[Method]:
        """The function that raised it, and those of the exercise and of what it uses."""
        functions = [self.function] if self.function else []
        for statement in self.code.source.statements.closure([self.exercise]):
            functions += [node for node in ast.walk(statement.node) if isinstance(node, Method)]
        return functions


class Rules(list[tuple[frozenset[str], re.Pattern[str], Rule, bool]]):
    """Rules in the order in which they are tried."""

    def on(self, types: str, pattern: str, *, anywhere: bool = False) -> Callable[[Rule], Rule]:
        """Register a rule.

        types: names of exceptions; pattern: of the whole message; its groups are names or numbers
        anywhere: whether it also goes for what was raised outside the submission, by what it returned or defines
        """

        def register(function: Rule) -> Rule:
            self.append((frozenset(types.split()), re.compile(pattern, re.DOTALL), function, anywhere))
            return function

        return register
