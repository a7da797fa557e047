"""What happens in a case, for a screen and for `--events`."""

from __future__ import annotations

from dataclasses import dataclass

from soc_tui.model.case import Case
from soc_tui.model.events import Event


@dataclass(frozen=True, slots=True)
class CaseEvent:
    """Something happened; `case` is the new state."""

    case: Case


@dataclass(frozen=True, slots=True)
class StepsProposed(CaseEvent):
    """New questions.

    Attributes:
        step_ids: Their ids, best first.
    """

    step_ids: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class StepBegan(CaseEvent):
    """A step runs now."""

    step_id: str


@dataclass(frozen=True, slots=True)
class StepTold(CaseEvent):
    """The hunt of a step said something.

    Attributes:
        event: Of the hunt, as the cockpit knows them.
    """

    step_id: str
    event: Event


@dataclass(frozen=True, slots=True)
class StepEnded(CaseEvent):
    """A step is done, refused or failed, and kept."""

    step_id: str


@dataclass(frozen=True, slots=True)
class ApprovalWanted(CaseEvent):
    """Nothing runs until a human has approved, skipped or edited what is proposed."""


@dataclass(frozen=True, slots=True)
class CasePaused(CaseEvent):
    """What ran has ended, and nothing more is begun."""


@dataclass(frozen=True, slots=True)
class CaseEnded(CaseEvent):
    """The case is over; `case.ended` says why."""


@dataclass(frozen=True, slots=True)
class CaseNotKept(CaseEvent):
    """The case could not be recorded.

    Attributes:
        message: Why.
    """

    message: str
