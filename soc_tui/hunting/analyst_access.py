"""What steps outside the hunt itself need to call the analyst."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass

from soc_tui.analysts import Analyst
from soc_tui.hunting.spend_control import ReserveFor
from soc_tui.model.exchange import Record
from soc_tui.model.limits import Limits
from soc_tui.model.plan import Plan
from soc_tui.model.verdict import Verdict

Bounded = Callable[[str, Plan | None], tuple[str, tuple[str, ...], Verdict]]
"""A text with its bounds, what was added, and the verdict on exactly that text."""


@dataclass(frozen=True, slots=True)
class AnalystAccess:
    """The analyst, with the guardrails, recorder and ledger for calls to it.

    Attributes:
        tape: Where the messages of a hunt go, by its id.
        now: Current time, UTC.
    """

    analyst: Analyst
    limits: Limits
    bound_and_judge: Bounded
    tape: Callable[[str], Record]
    reserve: ReserveFor
    now: Callable[[], dt.datetime]
