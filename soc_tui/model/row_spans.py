"""Rows that were read, as stretches of the answer in order of time. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, order=True)
class Span:
    """Rows one behind the other in order of time: from the place `first`, from 0, up to `end`."""

    first: int
    end: int


def joined(spans: Iterable[Span]) -> tuple[Span, ...]:
    """The same rows in as few spans as it takes, in order."""
    whole: list[Span] = []
    for span in sorted(one for one in spans if one.end > one.first >= 0):
        if whole and span.first <= whole[-1].end:
            whole[-1] = Span(whole[-1].first, max(whole[-1].end, span.end))
        else:
            whole.append(span)
    return tuple(whole)


def count(spans: Iterable[Span]) -> int:
    """How many rows."""
    return sum(span.end - span.first for span in joined(spans))
