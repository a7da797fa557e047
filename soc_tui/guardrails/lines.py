"""Builds verdict lines and suggests the nearest allowed names."""

from __future__ import annotations

from collections.abc import Iterable

from soc_tui.model import nearest_name
from soc_tui.model.verdict import Level, Place, VerdictLine

MOST_LINES = 12
"""Most lines of one rule with a place: no more than fit on a screen."""


def ok(rule: str, message: str) -> VerdictLine:
    """A rule that is kept."""
    return VerdictLine(rule, Level.OK, message)


def warn(
    rule: str, message: str, place: Place | None, hint: str = "", added: str = ""
) -> VerdictLine:
    """A rule that is kept only with a change, or that could not be told."""
    return VerdictLine(rule, Level.WARN, message, place, hint, added)


def refuse(rule: str, message: str, place: Place | None = None, hint: str = "") -> VerdictLine:
    """A rule that is broken."""
    return VerdictLine(rule, Level.REFUSE, message, place, hint)


def did_you_mean(name: str, known: Iterable[str]) -> str:
    """A question with the allowed names most like a wrong one, however unlike; "" without any."""
    return nearest_name.did_you_mean(name, known, least=0)
