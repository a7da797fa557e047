"""Splits rows that do not fit into one call along time."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

import numpy as np

from soc_tui.analysts.packing.pack import Packed
from soc_tui.analysts.packing.text_columns import Positions
from soc_tui.model.catalog import KqlType
from soc_tui.model.coverage import Unseen
from soc_tui.model.errors import RefusedError
from soc_tui.model.rows import Rows

MOST_CHUNKS = 200
"""A hunt in more parts is refused: at a low tier it would take hours."""

FEWER_ROWS = (
    "Narrow the time range, ask for fewer fields, lower the row cap (take), "
    "or choose a model or tier with a higher limit."
)

# Of the room, so that the estimate of a part rarely has to be corrected.
_FILLED = 0.95
_SAMPLED_ROWS = 2_000


@dataclass(frozen=True, slots=True, eq=False)
class Chunk:
    """Some rows, packed.

    Attributes:
        indices: 0-based positions of the rows, in order of time.
        tokens: Input tokens of the whole request.
    """

    indices: Positions
    packed: Packed
    tokens: int

    @property
    def count(self) -> int:
        """Number of rows."""
        return len(self.indices)


@dataclass(frozen=True, slots=True)
class Part:
    """Which part of a hunt a call is: 1-based number, and how many there are."""

    number: int = 1
    total: int = 1


MakeChunk = Callable[[Positions], Chunk]
"""Packs the rows at these positions and counts the tokens of their call."""


def time_order(rows: Rows) -> Positions:
    """Positions of all rows, oldest first; as they are where no column says when."""
    for position, column in enumerate(rows.columns):
        cells = rows.table.column(position)
        if column.type is KqlType.DATETIME and not cells.null_count:
            return np.argsort(cells.to_numpy(), kind="stable").astype(np.int64)
    return np.arange(rows.count)


def split(order: Positions, make: MakeChunk, room: int) -> Iterator[Chunk]:
    """Chunks of at most `room` tokens each, in order, as few and as even as an estimate makes them.

    Raises:
        RefusedError: one row alone does not fit, or there would be more than MOST_CHUNKS.
    """
    fixed = make(order[:0]).tokens
    sample = make(order[:_SAMPLED_ROWS])
    per_row = max(1.0, (sample.tokens - fixed) / max(1, sample.count))
    at = made = 0
    while at < len(order):
        most = max(1, int((room - fixed) * _FILLED / per_row))
        parts = math.ceil((len(order) - at) / most)
        if made + parts > MOST_CHUNKS:
            raise _too_many(made + parts)
        chunk = _fitting(order[at:], math.ceil((len(order) - at) / parts), make, room)
        per_row = max(1.0, (chunk.tokens - fixed) / chunk.count)
        at += chunk.count
        made += 1
        yield chunk


def halves(chunk: Chunk, make: MakeChunk) -> tuple[Chunk, ...]:
    """The chunk as two, or itself when it is one row."""
    if chunk.count < 2:
        return (chunk,)
    middle = chunk.count // 2
    return make(chunk.indices[:middle]), make(chunk.indices[middle:])


def unseen_of(chunks: tuple[Chunk, ...], read: int = 0) -> Unseen:
    """What a model does not see that gets all these chunks of one answer.

    Args:
        read: Rows that were answered for before.
    """
    parts = [chunk.packed.unseen for chunk in chunks]
    sent = read + sum(part.rows_sent for part in parts)
    return replace(
        parts[0],
        rows_sent=sent,
        rows_cut=parts[0].rows_total - sent,
        rows_folded=sum(part.rows_folded for part in parts),
        cells_cut=sum(part.cells_cut for part in parts),
    )


def _fitting(order: Positions, size: int, make: MakeChunk, room: int) -> Chunk:
    """The first rows, about `size` of them, fewer when those do not fit."""
    while True:
        chunk = make(order[:size])
        if chunk.tokens <= room:
            return chunk
        if size == 1:
            raise RefusedError(
                "A single row is too long for one call.",
                f"It takes {chunk.tokens:,} tokens; {room:,} fit.",
                "Ask for fewer fields, or choose a model or tier with a higher limit.",
            )
        size = max(1, min(size - 1, int(size * room * _FILLED / chunk.tokens)))


def _too_many(parts: int) -> RefusedError:
    return RefusedError(
        "There are too many rows for one hunt.",
        f"It would take about {parts:,} calls; at most {MOST_CHUNKS} are allowed.",
        FEWER_ROWS,
    )
