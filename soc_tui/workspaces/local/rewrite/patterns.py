"""Patterns of rows for the plugins autocluster, basket and diffpatterns.

A pattern is a set of cells that rows share, with every cell that all of these rows have. basket
gives all that are frequent, as Kusto does. Which of them autocluster and diffpatterns show is our
own choice, like Kusto's but not the same: its algorithm is not published in full.

Source: https://learn.microsoft.com/kusto/query/basket-plugin, autocluster-plugin and
diffpatterns-plugin.
"""

from __future__ import annotations

import heapq
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import count
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np

MOST_ROWS = 20_000
"""Most different rows that are looked at: the most frequent."""
_MOST_PATTERNS = 1_000
_MOST_SHOWN = 50

Cell = tuple[str, str]
Row = Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Pattern:
    """Cells by column, and how many of the rows have them: one number for each side."""

    cells: Mapping[str, str]
    counts: tuple[float, ...]
    members: frozenset[int]

    @property
    def size(self) -> float:
        """Rows of all sides."""
        return sum(self.counts)


def closed_patterns(
    rows: Sequence[Row], weights: Sequence[Sequence[float]], least: float, dimensions: int
) -> list[Pattern]:
    """The patterns that at least so large a part of a side has, the most frequent first.

    Args:
        weights: For each side what each row counts for in it.
        dimensions: Most cells that do not follow from one another; 0 for any number.
    """
    import numpy as np

    sides = np.array(weights, dtype=float)
    totals = sides.sum(axis=1)
    if not rows or not totals.all():
        return []
    cells, has = _matrix(rows, sides, totals * least)
    found: dict[frozenset[int], Pattern] = {}
    waiting: list[tuple[float, int, int, np.ndarray]] = [(0, 0, 0, np.ones(len(rows), bool))]
    order = count(1)
    while waiting and len(found) < _MOST_PATTERNS:
        _, _, depth, covered = heapq.heappop(waiting)
        closure = frozenset(np.flatnonzero(has[covered].all(axis=0)).tolist())
        if closure in found or (dimensions and depth > dimensions):
            continue
        counts = sides[:, covered].sum(axis=1)
        members = frozenset(np.flatnonzero(covered).tolist())
        found[closure] = Pattern(
            dict(sorted(cells[one] for one in closure)), tuple(counts.tolist()), members
        )
        within = sides[:, covered] @ has[covered]
        enough = (within >= (totals * least)[:, None]).any(axis=0)
        for one in np.flatnonzero(enough).tolist():
            if one not in closure:
                size = float(within[:, one].sum())
                heapq.heappush(waiting, (-size, next(order), depth + 1, covered & has[:, one]))
    return [pattern for pattern in found.values() if pattern.cells]


def _matrix(
    rows: Sequence[Row], sides: np.ndarray, least: np.ndarray
) -> tuple[list[Cell], np.ndarray]:
    """The cells that are frequent, and which row has which."""
    import numpy as np

    held: dict[Cell, list[int]] = {}
    for at, row in enumerate(rows):
        for cell in row.items():
            held.setdefault(cell, []).append(at)
    frequent = {
        cell: places
        for cell, places in held.items()
        if (sides[:, places].sum(axis=1) >= least).any()
    }
    has = np.zeros((len(rows), len(frequent)), bool)
    for column, places in enumerate(frequent.values()):
        has[places, column] = True
    return list(frequent), has


def basket(patterns: Sequence[Pattern]) -> list[Pattern]:
    """All of them; those that say most of most rows first, as Kusto orders them."""
    return sorted(patterns, key=lambda one: -one.size * len(one.cells))[:_MOST_SHOWN]


def autocluster(
    patterns: Sequence[Pattern], weights: Sequence[float], size_weight: float
) -> list[Pattern]:
    """A few that are large and say much, and do not say it of the same rows.

    Args:
        size_weight: From 0, for patterns that say much, to 1, for large ones.
    """
    total = sum(weights)
    alone = {next(iter(one.cells.items())): one.size for one in patterns if len(one.cells) == 1}

    def worth(pattern: Pattern) -> float:
        said = sum(
            1 - math.log(max(alone.get(cell, pattern.size), 1) / total + 1e-9)
            for cell in pattern.cells.items()
        )
        return float((pattern.size / total) ** size_weight * said ** (1 - size_weight))

    chosen: list[Pattern] = []
    for one in sorted(patterns, key=worth, reverse=True):
        shared = (one.members & other.members for other in chosen)
        seen = max((sum(weights[at] for at in rows) for rows in shared), default=0)
        if 2 * seen <= one.size:
            chosen.append(one)
    return chosen[:10]


def differences(
    patterns: Sequence[Pattern], totals: Sequence[float], least: float
) -> list[Pattern]:
    """Those that are more frequent on one side; of two that contain one another the clearer one."""

    def apart(pattern: Pattern) -> float:
        first, second = (one / total for one, total in zip(pattern.counts, totals, strict=True))
        return abs(first - second)

    chosen: list[Pattern] = []
    for one in sorted(patterns, key=apart, reverse=True):
        cells = one.cells.items()
        known = any(
            cells <= other.cells.items() or cells >= other.cells.items() for other in chosen
        )
        if apart(one) >= least and not known:
            chosen.append(one)
    return chosen[:_MOST_SHOWN]
