"""How a drafted rule does: on the rows it came from, and on the workspace. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from soc_tui.kql.text.literals import identifier
from soc_tui.model.catalog import KqlType
from soc_tui.model.rows import Rows
from soc_tui.model.time_columns import TIME_COLUMNS, time_column
from soc_tui.model.wording import number_of
from soc_tui.review.detections.draft import Draft


@dataclass(frozen=True, slots=True)
class Trial:
    """What the written rule, read again as any other, hits.

    Attributes:
        hits: Cited rows that it hits, 0-based.
        missed: Cited rows that it does not.
        others: Rows of the hunt beside them that it hits.
        seen: Rows of the hunt.
    """

    hits: tuple[int, ...]
    missed: tuple[int, ...]
    others: tuple[int, ...]
    seen: int

    @property
    def text(self) -> str:
        """In words."""
        cited = len(self.hits) + len(self.missed)
        beside = self.seen - cited
        return (
            f"It hits {len(self.hits)} of {number_of(cited, 'cited row')}, and "
            f"{len(self.others):,} of the {beside:,} other rows of the hunt."
        )


def trial(draft: Draft, hits: Sequence[int], seen: int) -> Trial:
    """The hits of a rule sorted by whether its finding cites them."""
    cited, found = set(draft.cited), set(hits)
    return Trial(
        tuple(sorted(cited & found)),
        tuple(sorted(cited - found)),
        tuple(sorted(found - cited)),
        seen,
    )


def within(kql: str, rows: Rows, hours: float) -> str:
    """A rule's `Table | where …`, over the last hours by the time column of the hunt's rows."""
    table, condition = kql.split(" | ", 1)
    time = identifier(time_column(rows.columns) or TIME_COLUMNS[0])
    return f"{table}\n| where {time} > ago({hours:g}h)\n| {condition}"


def in_workspace(draft: Draft, rows: Rows, found: Rows, hours: float) -> str:
    """How the rule does in the workspace, in words.

    Args:
        rows: Of the hunt that it was drafted from.
        found: What it hits in the workspace.
    """
    return (
        f"In the workspace, last {hours:g} h: {number_of(found.count, 'row')}, "
        f"{beyond(draft, rows, found):,} beside the cited ones."
    )


def beyond(draft: Draft, rows: Rows, found: Rows) -> int:
    """How many of the rows found in the workspace are none of the cited ones.

    A row that differs in its time alone is the same act once more.
    """
    times = {column.name for column in rows.columns if column.type is KqlType.DATETIME}
    shared = [name for name in found.column_names if name in rows.column_names]
    shared = [name for name in shared if name not in times]
    cited = rows.table.take(list(draft.cited)).select(_places(rows, shared))
    known = {repr(record) for record in cited.to_pylist()}
    there = found.table.select(_places(found, shared)).to_pylist()
    return sum(repr(record) not in known for record in there)


def _places(rows: Rows, names: Sequence[str]) -> list[int]:
    return [rows.column_names.index(name) for name in names]
