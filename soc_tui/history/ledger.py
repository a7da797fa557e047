"""The spend of every model call in all sessions, in a SQLite file next to the history."""

from __future__ import annotations

import datetime as dt
import itertools
import operator
import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from pathlib import Path

from soc_tui.history.codec import time_text
from soc_tui.history.sqlite_file import SqliteFile, storable
from soc_tui.model.budget import Budget, Spent
from soc_tui.model.errors import RefusedError
from soc_tui.model.limits import Limits
from soc_tui.model.quote import Usage

FILE_NAME = "ledger.sqlite3"

_MIGRATIONS = (
    (
        """CREATE TABLE calls (
            number INTEGER PRIMARY KEY,
            at TEXT NOT NULL,
            day TEXT NOT NULL,
            session TEXT NOT NULL,
            hunt_id TEXT NOT NULL,
            step TEXT NOT NULL,
            model TEXT NOT NULL,
            calls INTEGER NOT NULL,
            tokens_in INTEGER NOT NULL,
            tokens_cached INTEGER NOT NULL,
            tokens_out INTEGER NOT NULL,
            price_usd TEXT,
            assumed_usd TEXT,
            state TEXT NOT NULL
        )""",
        "CREATE INDEX calls_by_day ON calls (day)",
        "CREATE INDEX calls_by_session ON calls (session)",
    ),
)


@dataclass(frozen=True, slots=True)
class Entry:
    """One or more calls that were made, or will be.

    Attributes:
        at: UTC.
        session: The run of the program that made them.
        step: What the hunt was at ("planning", "hunting").
        usage: With the price in USD; None when unknown.
    """

    at: dt.datetime
    session: str
    hunt_id: str
    step: str
    usage: Usage


@dataclass(frozen=True, slots=True)
class Total:
    """Entries of one day, session or model together.

    Attributes:
        name: The day (UTC), the session or the model.
        estimated: USD of `spent` that are estimates, of calls that still run or were cancelled.
    """

    name: str
    spent: Spent
    calls: int
    tokens_in: int
    tokens_out: int
    estimated: Decimal = Decimal(0)


class Ledger:
    """The record of all spend. Blocks; safe to call from several threads and processes.

    Every method raises HistoryError when the file cannot be used (see `SqliteFile.opened`).
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._file = SqliteFile(path, "spend ledger", _MIGRATIONS)

    def budget(self, limits: Limits, now: dt.datetime, session: str) -> Budget:
        """Spend of the UTC day of `now` and of the session, with the limits."""
        with self._file.opened() as con:
            return _budget(con, limits, now, session)

    def reserve(self, entry: Entry, most: Decimal | None, limits: Limits) -> None:
        """Count calls that begin now, by the most that they may take until they are over.

        Budget and estimate in one transaction: two sessions at once do not pass a limit together.

        Args:
            entry: What they will take, for when they are cancelled.
            most: USD; None when unknown.

        Raises:
            RefusedError: they could pass a hard limit.
        """
        with self._file.transaction() as con:
            budget = _budget(con, limits, entry.at, entry.session)
            over = [text for cap in budget.caps if (text := cap.excess(most or Decimal(0)))]
            if over:
                raise RefusedError(
                    "Nothing was sent.",
                    f"{'; '.join(over)}.",
                    "Narrow the query, or raise the limit in the settings.",
                )
            for call in _single(entry):
                share = None if most is None else most / entry.usage.calls
                _insert(con, call, "running", share)

    def record(self, entry: Entry) -> None:
        """Calls that were made, in place of as many that the hunt has reserved."""
        with self._file.transaction() as con:
            con.execute(
                "DELETE FROM calls WHERE number IN (SELECT number FROM calls WHERE session = ? "
                "AND hunt_id = ? AND state = 'running' ORDER BY number LIMIT ?)",
                (entry.session, entry.hunt_id, entry.usage.calls),
            )
            _insert(con, entry, "done", entry.usage.price)

    def end(self, session: str, hunt_id: str, *, cancelled: bool) -> None:
        """No call of the hunt runs any more.

        Args:
            cancelled: What is still reserved may be charged all the same: it keeps its estimate.
                Else it is forgotten.
        """
        change = "UPDATE calls SET state = 'cancelled', price_usd = assumed_usd"
        with self._file.transaction() as con:
            con.execute(
                f"{change if cancelled else 'DELETE FROM calls'} "
                "WHERE session = ? AND hunt_id = ? AND state = 'running'",
                (session, hunt_id),
            )

    def days(self, count: int) -> tuple[Total, ...]:
        """The newest `count` days (UTC) with spend, newest first."""
        return self._totals("day", "ORDER BY day DESC", (), count)

    def models(self, day: dt.date) -> tuple[Total, ...]:
        """One UTC day, by model."""
        return self._totals("model", "WHERE day = ? ORDER BY model", (day.isoformat(),))

    def close(self) -> None:
        """Close the file; the next call opens it again."""
        self._file.close()

    def _totals(
        self, column: str, rest: str, values: tuple[str, ...], most: int | None = None
    ) -> tuple[Total, ...]:
        totals: list[Total] = []
        with self._file.opened() as con:
            rows = con.execute(
                f"SELECT {column}, calls, tokens_in, tokens_out, price_usd, state "
                f"FROM calls {rest}",
                values,
            )
            for name, same in itertools.groupby(rows, key=operator.itemgetter(0)):
                if len(totals) == most:
                    break
                totals.append(_total(name, tuple(same)))
        return tuple(totals)


def _total(name: str, rows: Sequence[tuple[str, int, int, int, str | None, str]]) -> Total:
    return Total(
        name=name,
        spent=_spent((row[4], row[1]) for row in rows),
        estimated=_spent((row[4], row[1]) for row in rows if row[5] != "done").usd,
        calls=sum(row[1] for row in rows),
        tokens_in=sum(row[2] for row in rows),
        tokens_out=sum(row[3] for row in rows),
    )


def _budget(con: sqlite3.Connection, limits: Limits, now: dt.datetime, session: str) -> Budget:
    day, run = (
        _spent(con.execute(f"SELECT price_usd, calls FROM calls WHERE {column} = ?", (value,)))
        for column, value in (("day", _day(now)), ("session", session))
    )
    return Budget(limits, day, run)


def _spent(rows: Iterable[tuple[str | None, int]]) -> Spent:
    spent = Spent()
    for price, calls in rows:
        spent = spent.plus(Spent.of(None if price is None else Decimal(price), calls))
    return spent


def _single(entry: Entry) -> Iterator[Entry]:
    """Its calls one by one, each with an equal share of the whole."""
    usage, calls = entry.usage, entry.usage.calls
    share = replace(
        usage,
        calls=1,
        tokens_in=usage.tokens_in // calls,
        tokens_out=usage.tokens_out // calls,
        price=None if usage.price is None else usage.price / calls,
    )
    yield from itertools.repeat(replace(entry, usage=share), calls)


def _insert(con: sqlite3.Connection, entry: Entry, state: str, price: Decimal | None) -> None:
    usage = entry.usage
    values = {
        "at": time_text(entry.at),
        "day": _day(entry.at),
        "session": entry.session,
        "hunt_id": entry.hunt_id,
        "step": entry.step,
        "model": storable(usage.model),
        "calls": usage.calls,
        "tokens_in": usage.tokens_in,
        "tokens_cached": usage.tokens_cached,
        "tokens_out": usage.tokens_out,
        "price_usd": None if price is None else str(price),
        "assumed_usd": None if usage.price is None else str(usage.price),
        "state": state,
    }
    places = ", ".join(f":{name}" for name in values)
    con.execute(f"INSERT INTO calls ({', '.join(values)}) VALUES ({places})", values)


def _day(at: dt.datetime) -> str:
    return at.astimezone(dt.UTC).date().isoformat()
