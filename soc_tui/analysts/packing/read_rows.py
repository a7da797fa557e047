"""Which rows of an answer were read, and which are left. Pure; the order of time is told once."""

from __future__ import annotations

from collections.abc import Iterable
from functools import cached_property

import numpy as np

from soc_tui.analysts.packing.text_columns import Positions
from soc_tui.analysts.packing.time_chunks import time_order
from soc_tui.model import row_spans
from soc_tui.model.row_spans import Span
from soc_tui.model.rows import Rows


class ReadRows:
    """Grows as rows are read.

    Args:
        read: What was read before, as `spans` said it; what is beyond the rows is ignored.
    """

    def __init__(self, rows: Rows, read: Iterable[Span] = ()) -> None:
        self._order = time_order(rows)
        most = len(self._order)
        self.spans = row_spans.joined(Span(one.first, min(one.end, most)) for one in read)

    @property
    def count(self) -> int:
        """How many were read."""
        return row_spans.count(self.spans)

    def left(self) -> Positions:
        """Positions of the rows that were not read, oldest first."""
        unread = np.ones(len(self._order), dtype=bool)
        for span in self.spans:
            unread[span.first : span.end] = False
        return self._order[unread]

    def add(self, indices: Positions) -> None:
        """The rows at these positions were read."""
        places = np.sort(self._places[indices])
        if not len(places):
            return
        breaks = np.flatnonzero(np.diff(places) > 1)
        firsts = places[np.r_[0, breaks + 1]]
        lasts = places[np.r_[breaks, len(places) - 1]]
        new = (Span(int(first), int(last) + 1) for first, last in zip(firsts, lasts, strict=True))
        self.spans = row_spans.joined((*self.spans, *new))

    @cached_property
    def _places(self) -> Positions:
        """The place of each row in the order of time."""
        places = np.empty_like(self._order)
        places[self._order] = np.arange(len(self._order))
        return places
