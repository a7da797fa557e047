"""Sorts, filters and searches the shown rows."""

from __future__ import annotations

import bisect
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, TypeAlias

from soc_tui.model.inert import inert
from soc_tui.model.rows import Rows
from soc_tui.model.wording import number_of

if TYPE_CHECKING:
    import pyarrow as pa

    Mask: TypeAlias = pa.ChunkedArray | pa.Array

Facets: TypeAlias = tuple[tuple[str, int], ...]
"""Values of a column and in how many rows each stands, the most frequent first."""


@dataclass(frozen=True, slots=True)
class Facet:
    """A value that rows must have in a column, or must not.

    Attributes:
        value: As text; empty for no value.
        keep: False leaves the rows with it out.
    """

    column: str
    value: str
    keep: bool


@dataclass(frozen=True, slots=True)
class Hit:
    """Where sought words stand.

    Attributes:
        place: Of the row in the shown order, from 0.
        column: The first shown column that holds one of the words.
        number: Which of the rows with the words it is, from 1.
        count: How many shown rows have them.
    """

    place: int
    column: str
    number: int
    count: int


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
        facets: One of the values kept in a column, and none of those left out.
        folded: Columns left out because no row has a value in them.
    """

    text: str = ""
    sort_by: str = ""
    descending: bool = False
    columns: tuple[str, ...] = ()
    frozen: int = 0
    facets: tuple[Facet, ...] = ()
    folded: tuple[str, ...] = ()

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

    def with_facet(self, facet: Facet) -> Arrangement:
        """With this value kept or left out as well; what was said of it before no longer counts."""
        others = (
            one for one in self.facets if (one.column, one.value) != (facet.column, facet.value)
        )
        return replace(self, facets=(*others, facet))

    def folding(self, empty: Collection[str], rows: Rows) -> Arrangement:
        """Without the shown columns that are empty; one column stays."""
        names = self.shown(rows)
        left = tuple(name for name in names if name not in empty)
        folded = tuple(name for name in names if name in empty)
        return replace(self, columns=left, folded=folded) if left and folded else self

    def unfolded(self, rows: Rows) -> Arrangement:
        """With the empty columns where the answer has them."""
        shown = {*self.shown(rows), *self.folded}
        names = tuple(name for name in rows.column_names if name in shown)
        return replace(self, columns=names, folded=())

    def told(self, rows: Rows, shown: int) -> str:
        """How many rows there are, and what makes `shown` of them look as they do."""
        parts = [number_of(rows.count, "row")]
        if words := self.text.strip():
            parts.append(f"{shown:,} contain “{inert(words, 40)}”")
        elif self.facets:
            parts.append(f"{shown:,} shown")
        parts += self._facets_told()
        if self.sort_by:
            way = "descending" if self.descending else "ascending"
            parts.append(f"by {inert(self.sort_by, 40)}, {way}")
        folded = len({*self.folded} - {*self.shown(rows)})
        if folded:
            parts.append(f"{number_of(folded, 'empty column')} folded")
        if hidden := len(rows.column_names) - len(self.shown(rows)) - folded:
            parts.append(f"{number_of(hidden, 'column')} hidden")
        if self.frozen:
            parts.append(f"{number_of(self.frozen, 'column')} frozen")
        return " · ".join(parts)

    def _facets_told(self) -> Iterator[str]:
        for keep, verb, link in ((True, "is", " or "), (False, "is not", " nor ")):
            for column, values in _by_column(self.facets, keep=keep).items():
                told = link.join(inert(value, 24) or "empty" for value in values)
                yield f"{inert(column, 40)} {verb} {told}"


def _by_column(facets: Iterable[Facet], *, keep: bool) -> dict[str, list[str]]:
    values: dict[str, list[str]] = {}
    for facet in facets:
        if facet.keep is keep:
            values.setdefault(facet.column, []).append(facet.value)
    return values


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
        found = _indices(_both(self._mask(arrangement.text), self._kept(arrangement.facets)))
        if arrangement.sort_by not in self._rows.column_names:
            return found
        return self._sorted(found, arrangement)

    def find(
        self,
        text: str,
        arrangement: Arrangement,
        order: pa.Int64Array | None,
        start: int,
        *,
        back: bool = False,
    ) -> Hit | None:
        """The next row that holds `text`, behind the place `start` of the shown order.

        Goes round at the end. None when no shown row holds it.
        """
        import pyarrow.compute as pc

        found = _indices(self._mask(text))
        if found is None:
            return None
        places = found if order is None else pc.indices_nonzero(pc.is_in(order, found))
        if not len(places):
            return None
        after: list[int] = places.to_pylist()
        if back:
            number = bisect.bisect_left(after, start) - 1
        else:
            number = bisect.bisect_right(after, start) % len(after)
        number %= len(after)
        place = after[number]
        row = place if order is None else order[place].as_py()
        return Hit(place, self._column_of(text, arrangement, row), number + 1, len(after))

    def _column_of(self, text: str, arrangement: Arrangement, row: int) -> str:
        names = self._rows.column_names
        words = text.lower().split()
        for name in arrangement.shown(self._rows):
            place = names.index(name)
            cell = self.value_of(name, row).lower()
            sought = (_only(word, names) for word in words)
            if any(only in {None, place} and word in cell for only, word in sought):
                return name
        return ""

    def empty_columns(self) -> frozenset[str]:
        """Columns in which no row has a value; an empty text counts as none."""
        names = self._rows.column_names
        return frozenset(name for place, name in enumerate(names) if self._is_empty(place))

    def _is_empty(self, place: int) -> bool:
        import pyarrow as pa
        import pyarrow.compute as pc

        column = self._rows.table.column(place)
        if column.null_count == len(column):
            return True
        if pa.types.is_dictionary(column.type):
            column = column.dictionary_decode()
        texts = pa.types.is_string(column.type) or pa.types.is_large_string(column.type)
        return texts and not pc.max(pc.binary_length(column)).as_py()

    def value_of(self, name: str, row: int) -> str:
        """The text of a cell as facets compare it; empty for none.

        Args:
            row: 0-based index in the answer.
        """
        return self._text(self._rows.column_names.index(name))[row].as_py() or ""

    def facets(self, name: str, order: pa.Int64Array | None, most: int) -> Facets:
        """The most frequent values of a column among the shown rows, as facets compare them."""
        import pyarrow.compute as pc

        column = self._text(self._rows.column_names.index(name)).fill_null("")
        if order is not None:
            column = column.take(order)
        counted = pc.value_counts(column.combine_chunks())
        counts = counted.field("counts")
        ranked = pc.sort_indices(counts, sort_keys=[("", "descending")])[:most].to_pylist()
        values = counted.field("values")
        return tuple((values[at].as_py(), counts[at].as_py()) for at in ranked)

    def _kept(self, facets: Iterable[Facet]) -> Mask | None:
        import pyarrow as pa
        import pyarrow.compute as pc

        facets = tuple(facets)
        mask = None
        for keep in (True, False):
            for column, values in _by_column(facets, keep=keep).items():
                if column not in self._rows.column_names:
                    continue
                texts = self._text(self._rows.column_names.index(column)).fill_null("")
                has = pc.is_in(texts, value_set=pa.array(values, texts.type))
                mask = _both(mask, has if keep else pc.invert(has))
        return mask

    def _mask(self, text: str) -> Mask | None:
        mask = None
        for word in text.split():
            mask = _both(mask, self._holds(word))
        return mask

    def _holds(self, word: str) -> pa.Array:
        import pyarrow as pa
        import pyarrow.compute as pc

        names = self._rows.column_names
        only, word = _only(word, names)
        places = range(len(names)) if only is None else (only,)
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


def _only(word: str, names: Sequence[str]) -> tuple[int | None, str]:
    """Place of the column that `Column:word` names, None for any; and the word."""
    name, colon, rest = word.partition(":")
    folded = {column.lower(): place for place, column in enumerate(names)}
    if colon and rest and name.lower() in folded:
        return folded[name.lower()], rest
    return None, word


def _both(one: Mask | None, other: Mask | None) -> Mask | None:
    import pyarrow.compute as pc

    if one is None or other is None:
        return other if one is None else one
    return pc.and_(one, other)


def _indices(mask: Mask | None) -> pa.Int64Array | None:
    import pyarrow as pa
    import pyarrow.compute as pc

    return None if mask is None else pc.indices_nonzero(mask).cast(pa.int64())
