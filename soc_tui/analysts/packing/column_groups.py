"""Which columns get codes, and which share one: the layout that takes the fewest tokens.

A code stands for the cells of all columns of its group at once, so columns that go together
(a file's name, folder and hash) cost one code a row. Cells that a code does not shorten stay as
they are. Pure.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from soc_tui.analysts.packing.cell_patterns import Patterns
from soc_tui.analysts.packing.text_columns import Positions, TextColumn, combined, rough_tokens

# The layout is chosen on so many rows at most: the time grows with the square of the columns.
_SAMPLED_ROWS = 4_000
_MOST_MERGED_COLUMNS = 40

_CODE_TOKENS = 2.3
_LONG_CODE_TOKENS = 3.2
_SHORT_CODES = 1_000
_ENTRY_TOKENS = 3
_MARK_TOKENS = 1


@dataclass(frozen=True, slots=True)
class Group:
    """Columns written as one code, or one column written as it is.

    Attributes:
        columns: Positions of the columns.
        ids: For each row the number of its combination of patterns; empty for a plain column.
        coded: For each combination its rank among those that get a code (0 is the most frequent),
            or -1 where the cells are spelled out.
        rows: One row of each combination.
    """

    columns: tuple[int, ...]
    ids: Positions
    coded: Positions
    rows: Positions

    @property
    def plain(self) -> bool:
        """True when no combination has a code."""
        return not len(self.coded)


@dataclass(frozen=True, slots=True)
class _Sizes:
    """What each row of some columns costs, tokens: patterns in a legend, fillings, spelled out."""

    pattern: NDArray[np.float64]
    filling: NDArray[np.float64]
    spelled: NDArray[np.float64]

    def plus(self, other: _Sizes) -> _Sizes:
        return _Sizes(
            self.pattern + other.pattern,
            self.filling + other.filling,
            self.spelled + other.spelled,
        )

    def head(self, count: int) -> _Sizes:
        return _Sizes(self.pattern[:count], self.filling[:count], self.spelled[:count])


@dataclass(frozen=True, slots=True, eq=False)
class _Draft:
    columns: tuple[int, ...]
    ids: Positions
    rows: Positions
    sizes: _Sizes
    cost: float
    plain: bool


def find_groups(columns: Sequence[TextColumn], patterns: Sequence[Patterns]) -> tuple[Group, ...]:
    """The groups, in the order of their first columns."""
    ids = [np.array(p.of, np.int64)[c.codes] for c, p in zip(columns, patterns, strict=True)]
    sizes = [_sizes(c, p) for c, p in zip(columns, patterns, strict=True)]
    drafts = [
        _draft((i,), ids[i][:_SAMPLED_ROWS], _one_row_each(ids[i][:_SAMPLED_ROWS]),
               sizes[i].head(_SAMPLED_ROWS))
        for i in range(len(columns))
    ]  # fmt: skip
    drafts.sort(key=lambda draft: -draft.cost)
    found = _merged(drafts[:_MOST_MERGED_COLUMNS]) + drafts[_MOST_MERGED_COLUMNS:]
    return tuple(
        _group(draft, ids, sizes) for draft in sorted(found, key=lambda draft: draft.columns[0])
    )


def _sizes(column: TextColumn, patterns: Patterns) -> _Sizes:
    in_legend = np.array([sum(map(rough_tokens, p)) + len(p) for p in patterns.pieces], float)
    filling = np.array([sum(1 + rough_tokens(w) for w in own) for own in patterns.fillings], float)
    of = np.array(patterns.of, np.int64)
    return _Sizes(
        in_legend[of][column.codes], filling[column.codes], column.tokens[column.codes] + 1
    )


def _one_row_each(ids: Positions) -> Positions:
    rows = np.zeros(int(ids.max()) + 1 if len(ids) else 0, np.int64)
    rows[ids[::-1]] = np.arange(len(ids) - 1, -1, -1)
    return rows


def _draft(columns: tuple[int, ...], ids: Positions, rows: Positions, sizes: _Sizes) -> _Draft:
    coded, spelled = _costs(ids, rows, sizes)
    cost = float(np.minimum(coded, spelled).sum())
    as_it_is = float(sizes.spelled.sum())
    plain = len(columns) == 1 and as_it_is <= cost
    return _Draft(columns, ids, rows, sizes, min(cost, as_it_is) if plain else cost, plain)


def _costs(
    ids: Positions, rows: Positions, sizes: _Sizes
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Tokens of each combination with a code, and spelled out in every row."""
    counts = np.bincount(ids, minlength=len(rows)).astype(np.float64)
    code = _CODE_TOKENS if len(rows) <= _SHORT_CODES else _LONG_CODE_TOKENS
    filling = np.bincount(ids, sizes.filling, minlength=len(rows))
    coded = counts * code + filling + sizes.pattern[rows] + _ENTRY_TOKENS
    spelled = np.bincount(ids, sizes.spelled, minlength=len(rows)) + counts * _MARK_TOKENS
    return coded, spelled


def _merged(drafts: list[_Draft]) -> list[_Draft]:
    """Merge the two groups that gain most by it, as long as any two gain."""
    known: dict[tuple[int, ...], _Draft] = {}
    while True:
        best_gain, best = 0.0, None
        for i, first in enumerate(drafts):
            for second in drafts[i + 1 :]:
                columns = tuple(sorted(first.columns + second.columns))
                if columns not in known:
                    known[columns] = _pair(columns, first, second)
                gain = first.cost + second.cost - known[columns].cost
                if gain > best_gain:
                    best_gain, best = gain, (first, second, known[columns])
        if best is None:
            return drafts
        first, second, merged = best
        drafts = [draft for draft in drafts if draft is not first and draft is not second]
        drafts.append(merged)


def _pair(columns: tuple[int, ...], first: _Draft, second: _Draft) -> _Draft:
    ids, rows = combined(first.ids, second.ids)
    return _draft(columns, ids, rows, first.sizes.plus(second.sizes))


def _group(draft: _Draft, ids: Sequence[Positions], sizes: Sequence[_Sizes]) -> Group:
    """The draft on all rows."""
    nothing = np.zeros(0, np.int64)
    if draft.plain:
        return Group(draft.columns, nothing, nothing, nothing)
    first = draft.columns[0]
    all_ids, rows, size = ids[first], _one_row_each(ids[first]), sizes[first]
    for column in draft.columns[1:]:
        all_ids, rows = combined(all_ids, ids[column])
        size = size.plus(sizes[column])
    coded, spelled = _costs(all_ids, rows, size)
    counts = np.bincount(all_ids, minlength=len(rows))
    worth = np.flatnonzero(coded < spelled)
    ranked = worth[np.lexsort((rows[worth], -counts[worth]))]
    ranks = np.full(len(rows), -1, np.int64)
    ranks[ranked] = np.arange(len(ranked))
    return Group(draft.columns, all_ids, ranks, rows)
