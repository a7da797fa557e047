"""How verdict lines are made, and the nearest allowed names that they suggest."""

from __future__ import annotations

import difflib
from collections.abc import Iterable

from soc_tui.model.verdict import Level, Place, VerdictLine

_NEAREST = 3


def ok(rule: str, message: str) -> VerdictLine:
    """A rule that is kept."""
    return VerdictLine(rule, Level.OK, message)


def warn(rule: str, message: str, place: Place | None, hint: str = "") -> VerdictLine:
    """A rule that is kept only with a change, or that could not be told."""
    return VerdictLine(rule, Level.WARN, message, place, hint)


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
    matcher.set_seq2(name[:100].lower())

    def likeness(other: str) -> float:
        matcher.set_seq1(other.lower())
        return matcher.ratio()

    return sorted(known, key=likeness, reverse=True)[:_NEAREST]
