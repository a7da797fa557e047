"""One request to a model and its outcome."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Exchange:
    """What went over the wire, both ways, without address, headers and key.

    Attributes:
        at: When it was sent, UTC.
        seconds: Until the answer was whole, or had failed.
        request: The request's body, JSON.
        answer: JSON with `message`, `finish_reason` and `usage`; empty when nothing came.
        problem: Why there is no answer, or no whole one; else empty.
    """

    at: dt.datetime
    seconds: float
    request: str
    answer: str = ""
    problem: str = ""


Record = Callable[[Exchange], None]
"""Where exchanges are left as they end. Called on the event loop; must not block."""


def record_nothing(_: Exchange) -> None:
    """The `Record` of a caller that keeps no messages."""
