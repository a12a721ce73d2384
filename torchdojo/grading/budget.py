"""How much time a submission's answers to the questions about one exercise may take together."""

from __future__ import annotations

from dataclasses import dataclass

from torchdojo.worker.protocol import Reply, ReplyStatus

FACTOR = 10.0  # times what the reference took
LEAST_SECONDS = 0.03  # that the reference is taken to need for a question: starting a process costs as much


@dataclass
class TimeBudget:
    """The time of one exercise: some seconds, and FACTOR times what the reference took for the same questions.

    Once it is spent, further questions are not asked. So the last one may take its limit beyond it.

    limit: the seconds of one question; allowed, spent: seconds so far
    load: the seconds that loading the submission takes, which is done for each question
    """

    limit: float
    allowed: float
    load: float = 0.0
    spent: float = 0.0

    def add(self, reply: Reply, reference_seconds: float | None) -> None:
        """Count a reply.

        reference_seconds: what the reference took; None for a training, which the reference is not asked for, and which
        may take the limit
        """
        self.spent += min(self.limit, reply.seconds) if reply.charged is None else reply.charged
        if reference_seconds is None:
            self.allowed += self.limit
        else:
            self.allowed += self.load + FACTOR * max(reference_seconds, LEAST_SECONDS)

    def refuse(self) -> Reply | None:
        """Return what stands for the answer to a question that is not asked; None if it is to be asked."""
        if self.spent <= self.allowed:
            return None
        message = (
            f"not asked: the answers about this exercise have taken {self.spent:.3g} s together, "
            f"and may take {self.allowed:.3g} s"
        )
        return Reply(ReplyStatus.TIMEOUT, message=message)
