"""The known names most like a wrong one: what "Did you mean …?" offers. Pure."""

from __future__ import annotations

import difflib
import heapq
from collections.abc import Iterable, Set

ALIKE = 0.6
"""Least likeness (0-1) of a name that may stand for a wrong one; difflib's own measure."""

_OFFERED, _COMPARED = 3, 20
_LONGEST = 40
"""Characters of a wrong name that are compared: the time grows with the square."""


def nearest_names(
    name: str, known: Iterable[str], most: int = _OFFERED, *, least: float = ALIKE
) -> tuple[str, ...]:
    """Up to `most` known names at least so much like a wrong one; the likest first.

    Upper and lower case do not count. Of names that are as like, the first comes first.
    """
    matcher = difflib.SequenceMatcher(None)
    matcher.set_seq2(name[:_LONGEST].casefold())

    def roughly(other: str) -> float:
        matcher.set_seq1(other.casefold())
        return matcher.quick_ratio()

    def exactly(other: str) -> float:
        matcher.set_seq1(other.casefold())
        return matcher.ratio()

    # Thousands of columns are compared while one types, and the exact likeness is slow.
    ordered = sorted(known) if isinstance(known, Set) else known
    likely = {one: exactly(one) for one in heapq.nlargest(_COMPARED, ordered, key=roughly)}
    near = (one for one, alike in likely.items() if alike >= least)
    return tuple(heapq.nlargest(most, near, key=likely.__getitem__))


def nearest_name(name: str, known: Iterable[str]) -> str:
    """The known name most like a wrong one; empty when none is like it."""
    return next(iter(nearest_names(name, known, 1)), "")


def did_you_mean(
    name: str, known: Iterable[str], most: int = _OFFERED, *, least: float = ALIKE
) -> str:
    """A question with the known names most like a wrong one; empty when none is like it.

    Args:
        least: 0 names the nearest however unlike they are: for lists of what is allowed.
    """
    near = nearest_names(name, known, most, least=least)
    return f"Did you mean {', '.join(near)}?" if near else ""


def likeness(one: str, other: str) -> float:
    """How alike two texts are, from 0 (nothing in common) to 1 (the same)."""
    return difflib.SequenceMatcher(None, one, other).ratio()
