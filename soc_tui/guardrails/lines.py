"""How verdict lines are made, and the nearest allowed names that they suggest."""

from __future__ import annotations

import difflib
import heapq
from collections.abc import Iterable

from soc_tui.model.verdict import Level, Place, VerdictLine

MOST_LINES = 12
"""Most lines of one rule with a place: more than fit on a screen help nobody."""

_NEAREST, _LIKELY = 3, 20


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
    """A question with the allowed names most like a wrong one; "" when there are none."""
    names = nearest(name, known)
    return f"Did you mean {', '.join(names)}?" if names else ""


def nearest(name: str, known: Iterable[str]) -> list[str]:
    """The allowed names most like a wrong one, most like first; case does not count."""
    matcher = difflib.SequenceMatcher(None)
    matcher.set_seq2(name[:40].lower())

    def roughly(other: str) -> float:
        matcher.set_seq1(other.lower())
        return matcher.quick_ratio()

    def likeness(other: str) -> float:
        matcher.set_seq1(other.lower())
        return matcher.ratio()

    likely = heapq.nlargest(_LIKELY, known, key=roughly)
    return heapq.nlargest(_NEAREST, likely, key=likeness)
