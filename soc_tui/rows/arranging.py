"""Sorts and filters the shown rows."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from soc_tui.model.inert import inert
from soc_tui.model.rows import Rows
from soc_tui.model.wording import number_of

if TYPE_CHECKING:
    import pyarrow as pa


@dataclass(frozen=True, slots=True)
class Arrangement:
    """How the rows are to be shown.

    Attributes:
        text: Words that a row must hold, each in any column, case does not count; `Column:word`
            looks in that column only.
        sort_by: Column to sort by; empty keeps the order of the answer.
        descending: Largest or latest first.
        columns: Columns to show, in their order; empty shows all.
        frozen: How many of the first of them stay in view when one goes to the right.
    """

    text: str = ""
    sort_by: str = ""
    descending: bool = False
    columns: tuple[str, ...] = ()
    frozen: int = 0

    def shown(self, rows: Rows) -> tuple[str, ...]:
        """Names of the columns to show: those that the rows have."""
        names = rows.column_names
        return tuple(name for name in self.columns if name in names) or names

    def without(self, name: str, rows: Rows) -> Arrangement:
        """With that column hidden; the last one stays."""
        names = self.shown(rows)
        left = tuple(shown for shown in names if shown != name)
        before = names.index(name) < self.frozen
        return replace(self, columns=left, frozen=self.frozen - before) if left else self

    def sorted_by(self, name: str) -> Arrangement:
        """The next of: up, down, as the rows came."""
        if self.sort_by != name:
            return replace(self, sort_by=name, descending=False)
        if not self.descending:
            return replace(self, descending=True)
        return replace(self, sort_by="", descending=False)

    def told(self, rows: Rows, shown: int) -> str:
        """How many rows there are, and what makes `shown` of them look as they do."""
        parts = [number_of(rows.count, "row")]
        if words := self.text.strip():
            parts.append(f"{shown:,} contain “{inert(words, 40)}”")
        if self.sort_by:
            way = "descending" if self.descending else "ascending"
            parts.append(f"by {inert(self.sort_by, 40)}, {way}")
        if hidden := len(rows.column_names) - len(self.shown(rows)):
            parts.append(f"{number_of(hidden, 'column')} hidden")
        if self.frozen:
            parts.append(f"{number_of(self.frozen, 'column')} frozen")
        return " · ".join(parts)


@dataclass(frozen=True, slots=True)
class View:
    """How the rows were looked at.

    Attributes:
        row: Place of the cursor among the shown rows, from 0.
        column: Its place among the shown columns; 0 is the row's id.
    """

    arrangement: Arrangement
    row: int
    column: int


class Arranger:
    """Arranges one answer again and again; keeps its columns as text between calls.

    Not for use by several threads at once.
    """

    def __init__(self, rows: Rows) -> None:
        self._rows = rows
        self._texts: dict[int, pa.ChunkedArray] = {}

    def order(self, arrangement: Arrangement) -> pa.Int64Array | None:
        """0-based indices of the rows to show, in order; None for all rows as they came."""
        found = self._matching(arrangement.text)
        if arrangement.sort_by not in self._rows.column_names:
            return found
        return self._sorted(found, arrangement)

    def find(
        self, text: str, order: pa.Int64Array | None, start: int, *, back: bool = False
    ) -> int | None:
        """Place (in the shown order) of the next row that holds `text`, behind `start`.

        Goes round at the end. None when no shown row holds it.
        """
        import pyarrow.compute as pc

        found = self._matching(text)
        if found is None:
            return None
        places = found if order is None else pc.indices_nonzero(pc.is_in(order, found))
        if not len(places):
            return None
        after: list[int] = places.to_pylist()
        if back:
            return next((place for place in reversed(after) if place < start), after[-1])
        return next((place for place in after if place > start), after[0])

    def _matching(self, text: str) -> pa.Int64Array | None:
        import pyarrow as pa
        import pyarrow.compute as pc

        mask = None
        for word in text.split():
            hit = self._holds(word)
            mask = hit if mask is None else pc.and_(mask, hit)
        if mask is None:
            return None
        return pc.indices_nonzero(mask).cast(pa.int64())

    def _holds(self, word: str) -> pa.Array:
        import pyarrow as pa
        import pyarrow.compute as pc

        name, colon, rest = word.partition(":")
        names = self._rows.column_names
        folded = {column.lower(): place for place, column in enumerate(names)}
        if colon and rest and name.lower() in folded:
            places, word = [folded[name.lower()]], rest
        else:
            places = list(range(len(names)))
        mask = None
        for place in places:
            hit = pc.match_substring(self._text(place), word, ignore_case=True)
            hit = pc.fill_null(hit, False)
            mask = hit if mask is None else pc.or_(mask, hit)
        if mask is None:  # rows without columns hold no word
            return pa.nulls(self._rows.count, pa.bool_()).fill_null(False)
        return mask

    def _text(self, place: int) -> pa.ChunkedArray:
        import pyarrow as pa
        import pyarrow.compute as pc

        if place not in self._texts:
            column = self._rows.table.column(place)
            if pa.types.is_dictionary(column.type):
                column = column.dictionary_decode()
            if pa.types.is_duration(column.type):
                column = column.cast(pa.int64())
            self._texts[place] = pc.cast(column, pa.string())
        return self._texts[place]

    def _sorted(self, found: pa.Int64Array | None, arrangement: Arrangement) -> pa.Int64Array:
        import pyarrow as pa
        import pyarrow.compute as pc

        column = self._rows.table.column(arrangement.sort_by)
        if found is not None:
            column = column.take(found)
        # Stable, with the rows without a value last in both directions.
        keys = pa.table({"value": column, "place": pa.array(range(len(column)), pa.int64())})
        direction = "descending" if arrangement.descending else "ascending"
        order = pc.sort_indices(keys, sort_keys=[("value", direction), ("place", "ascending")])
        return order.cast(pa.int64()) if found is None else found.take(order)
