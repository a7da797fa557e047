"""What was seen of a query's answer and what was not: figures, and the one home of the sentences.

Nothing about rows is said as seen before they were; "all rows seen" is said only where nothing is
missing.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from soc_tui.model.inert import inert
from soc_tui.model.receipt import Receipt, TableState, enumerated
from soc_tui.model.wording import NONE_OF_PART, number_of


@dataclass(frozen=True, slots=True)
class Unseen:
    """What of the query's answer the analyst does not see as single rows.

    Attributes:
        rows_total: Rows the query gave.
        rows_sent: Rows the model gets, folded ones included.
        rows_folded: Of those sent, rows on the line of another that is the same but for its time
            (their ids and times are given).
        rows_cut: Rows left out whole.
        columns_cut: Columns left out.
        cells_cut: Cells shortened.
        partial: Why the workspace's answer was incomplete; None when it was complete.
        row_cap: The `take` cap when the answer filled it (so that more rows may exist), else None.
        broke_off: Why the hunt ended before its end, so that not all that was sent was answered
            for; empty when it did not.
        findings_unread: Findings in the analyst's answer that could not be read.
        rules: Rules for the tables of the rows and for any table; 0 where a model reads the rows.
        rules_not_run: Of these, rules that could not run.
        columns_absent: Columns that those rules need and the rows lack.
        rules_broken: Rules that could not be read, so that nobody knows what they would need.
        rows_unruled: Rows held against no rule of their own table: it is not known, or has none.
        tables_unruled: Tables of the rows that no rule is for.
        summarised: Rules count rows where a row stands for several events.
    """

    rows_total: int
    rows_sent: int
    rows_folded: int = 0
    rows_cut: int = 0
    columns_cut: tuple[str, ...] = ()
    cells_cut: int = 0
    partial: str | None = None
    row_cap: int | None = None
    broke_off: str = ""
    rules: int = 0
    rules_not_run: int = 0
    columns_absent: tuple[str, ...] = ()
    rules_broken: int = 0
    rows_unruled: int = 0
    tables_unruled: tuple[str, ...] = ()
    summarised: bool = False
    findings_unread: int = 0

    @property
    def nothing(self) -> bool:
        """True when the analyst sees all there is, each row by itself."""
        return not self.gaps()

    def gaps(self) -> tuple[str, ...]:
        """What is not seen, or not row by row: a sentence part for each kind, the worst first."""
        return (*self.missing(), *self.folded())

    def missing(self) -> tuple[str, ...]:
        """What is not seen at all. Folded rows are: each comes with its id and time."""
        return (
            *self._broken_off(),
            *self._not_sent(),
            *self._not_ruled(),
            *self._not_answered(),
        )

    def summary(self, *, ahead: bool = False) -> str:
        """One line: what is not seen, else that all rows are.

        Args:
            ahead: The rows were not read yet: what is missing is known, what is seen is not.
        """
        all_of_it = "the only row" if self.rows_total == 1 else f"all {self.rows_total:,} rows"
        return "; ".join(self.gaps()) or f"{all_of_it} {'will be read' if ahead else 'seen'}"

    def folded(self) -> tuple[str, ...]:
        """That rows share a line: they are seen, but not row by row."""
        folded = number_of(self.rows_folded, "identical row")
        return (f"{folded} folded",) if self.rows_folded else ()

    def _broken_off(self) -> list[str]:
        if not self.broke_off:
            return []
        return [f"the hunt stopped early ({self.broke_off}), some rows may not have been read"]

    def _not_sent(self) -> list[str]:
        parts = []
        if self.rows_cut:
            parts.append(f"{self.rows_cut:,} of {self.rows_total:,} rows left out")
        if self.columns_cut:
            parts.append(f"{number_of(len(self.columns_cut), 'column')} left out"
                         f" ({_first(self.columns_cut)})")  # fmt: skip
        if self.cells_cut:
            parts.append(f"{number_of(self.cells_cut, 'cell')} shortened")
        return parts

    def _not_ruled(self) -> list[str]:
        parts = []
        if self.rules_not_run:
            lacking = f" (absent: {_first(self.columns_absent)})" if self.columns_absent else ""
            parts.append(f"{self.rules_not_run:,} of {self.rules:,} rules cannot run{lacking}")
        if self.rules_broken:
            parts.append(f"{number_of(self.rules_broken, 'rule')} could not be read")
        if self.tables_unruled:
            parts.append(f"no rule is for {enumerated(self.tables_unruled)}")
        if self.rows_unruled:
            parts.append(
                f"{self.rows_unruled:,} of {self.rows_total:,} rows held against no rule of their"
                " own table"
            )
        if self.summarised:
            parts.append("a row stands for several events, so rules that count events count rows")
        return parts

    def _not_answered(self) -> list[str]:
        parts = []
        if self.findings_unread:
            found = number_of(self.findings_unread, "finding")
            parts.append(f"{found} of the answer could not be read")
        if self.row_cap is not None:
            parts.append(f"result reached the cap of {self.row_cap:,} rows, more may exist")
        if self.partial:
            parts.append(f"partial result: {self.partial}")
        return parts


_NAMED = 5


def _first(names: tuple[str, ...]) -> str:
    return ", ".join(map(inert, names[:_NAMED])) + ("" if len(names) <= _NAMED else ", …")


class Stage(StrEnum):
    """How far the rows were read."""

    NO_ANSWER = "no answer"
    NO_ROWS = "no rows"
    NOT_READ = "not read"
    READING = "reading"
    STOPPED = "stopped"
    READ = "read"


@dataclass(frozen=True, slots=True)
class Coverage:
    """All that is known of what a hunt saw: ask `Hunt.coverage`.

    Attributes:
        rows: Rows of the answer; None before there is one.
        unseen: What the analyst does not see; None before the quote.
        receipt: What the tables hold, and what the rules did; None when it was not made.
        partial: Why the workspace did not answer in full; else empty.
    """

    stage: Stage
    rows: int | None = None
    unseen: Unseen | None = None
    receipt: Receipt | None = None
    partial: str = ""

    @property
    def gaps(self) -> tuple[str, ...]:
        """What was not seen, or not row by row: a sentence part for each kind."""
        return (*(self.unseen.folded() if self.unseen else ()), *self.missing)

    @property
    def missing(self) -> tuple[str, ...]:
        """What has to be seen before "nothing is there" can be said: a sentence part each."""
        told: list[str] = []
        if self.stage is Stage.NOT_READ and self.rows:
            told.append(_not_read(self.rows))
        if self.unseen is not None and self.stage is not Stage.NO_ROWS:
            told += self.unseen.missing()
        elif self.partial:
            told.append(f"partial result: {self.partial}")
        if self.receipt is not None:
            told += self.receipt.gaps()
        return tuple(told)

    @property
    def whole(self) -> bool:
        """True when the rows were read, or there were none, and nothing is missing.

        A hunt without rows has to have a receipt for that.
        """
        if self.stage is Stage.NO_ROWS:
            return self.receipt is not None and not self.missing
        return self.stage is Stage.READ and not self.missing

    def summary(self) -> str:
        """One line for the strip, the panes, the history and reports; no full stop at its end."""
        if self.stage is Stage.NO_ANSWER:
            return "; ".join(self.gaps) or "nothing, no query has answered yet"
        if self.gaps:
            return "; ".join(self.gaps)
        rows = self.unseen.rows_total if self.unseen else self.rows or 0
        match self.stage:
            case Stage.NO_ROWS:
                return "no rows to read"
            case Stage.READING:
                return f"reading {number_of(rows, 'row')}"
            case _:
                return "the only row seen" if rows == 1 else f"all {rows:,} rows seen"

    def lines(self) -> tuple[str, ...]:
        """The receipt in words, a line for each table; none without a receipt."""
        if self.receipt is None:
            return ()
        return self.receipt.lines(self._done())

    def _done(self) -> str:
        if self.stage is Stage.READ:
            return "not all read" if self.unseen and self.unseen.rows_cut else "read"
        return {Stage.READING: "being read", Stage.STOPPED: "not all read"}.get(
            self.stage, "not read"
        )

    def no_rows(self) -> str:
        """Why a query gave no rows, as far as that is known: one or two sentences."""
        if self.partial:
            return NONE_OF_PART
        if self.receipt is None or not self.receipt.tables:
            return (
                "No rows match the query. Whether its tables hold rows in its time range is not "
                "known."
            )
        said = [f"{gap[:1].upper()}{gap[1:]}." for gap in self.receipt.gaps()]
        if matched := self.receipt.of(TableState.NO_MATCH, TableState.READ):
            said.insert(
                0,
                f"No rows match the query, although {enumerated(matched)} "
                f"{'holds' if len(matched) == 1 else 'hold'} rows in its time range."
                " Widen the time range or loosen the filters.",
            )
        else:
            said.insert(0, "No rows: the query had nothing to look through.")
        return " ".join(said)


def _not_read(rows: int) -> str:
    return "the only row was not read" if rows == 1 else f"{rows:,} rows were not read"
