"""The spend of every model call in all sessions, in a SQLite file next to the history."""

from __future__ import annotations

import datetime as dt
import itertools
import operator
import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal
from pathlib import Path

from soc_tui.history.codec import time_text
from soc_tui.history.session import Session
from soc_tui.history.sqlite_file import SqliteFile, storable
from soc_tui.model.budget import Budget, Spent
from soc_tui.model.errors import RefusedError
from soc_tui.model.limits import Limits
from soc_tui.model.quote import Usage, price_text
from soc_tui.model.wording import number_of

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
    # 'reserved': several calls together that were not sent yet. 'running': sent, not answered.
    ("CREATE INDEX calls_open ON calls (session) WHERE state IN ('reserved', 'running')",),
)
_OPEN = "state IN ('reserved', 'running')"


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


@dataclass(frozen=True, slots=True)
class Settled:
    """What sessions left open that ended in the middle of their calls.

    Attributes:
        sent: Calls that were sent: they may be charged, and count by their estimate.
        kept: Estimate of those calls; a price that is unknown is counted there.
        freed_calls: Calls that were reserved and never sent.
        freed: USD that those had reserved.
    """

    sent: int = 0
    kept: Spent = field(default_factory=Spent)
    freed_calls: int = 0
    freed: Decimal = Decimal(0)

    def text(self) -> str:
        """In words; empty when nothing was left open."""
        said = []
        if self.sent:
            unknown = self.kept.unknown_calls
            price = "an unknown price" if unknown == self.sent else price_text(self.kept.usd)
            said.append(
                f"{number_of(self.sent, 'call')} without an answer counted as {price} (estimated)"
            )
        if self.freed_calls:
            said.append(
                f"{price_text(self.freed)} reserved for {number_of(self.freed_calls, 'call')} "
                "that never went out is free again"
            )
        return f"An earlier run was cut off: {'; '.join(said)}." if said else ""


class Ledger:
    """The record of all spend. Blocks; safe to call from several threads and processes.

    Every method raises HistoryError when the file cannot be used (see `SqliteFile.opened`).

    Args:
        runs: Tells which runs of the program are still there, and keeps this one known as such
            while it has calls open. Without it nothing is settled.
    """

    def __init__(self, path: Path, runs: Session | None = None) -> None:
        self.path = path
        self._runs = runs
        # A call that went out must be on the disk before: else a power cut would forget it.
        self._file = SqliteFile(path, "spend ledger", _MIGRATIONS, synchronous="FULL")

    def budget(self, limits: Limits, now: dt.datetime, session: str) -> Budget:
        """Spend of the UTC day of `now` and of the session, with the limits."""
        with self._file.opened() as con:
            return _budget(con, limits, now, session)

    def settle(self) -> Settled:
        """Free what runs that are gone had reserved and not sent; keep what they sent as estimate.

        A run that still lives is left alone.
        """
        runs = self._runs
        if runs is None:
            return Settled()
        with self._file.opened() as con:
            found = con.execute(f"SELECT DISTINCT session FROM calls WHERE {_OPEN}").fetchall()
            gone = [session for (session,) in found if not runs.lives(session)]
            if not gone:
                return Settled()
            with self._file.transaction():
                return _settled(con, gone)

    def reserve(
        self, entry: Entry, most: Decimal | None, limits: Limits, *, sent: bool = True
    ) -> None:
        """Count calls by the most that they may take until they are over.

        Budget and estimate in one transaction: two sessions at once do not pass a limit together.

        Args:
            entry: What they will take, for when they are cancelled.
            most: USD; None when unknown.
            sent: They begin now; else `send` says when each does.

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
            if self._runs is not None:
                self._runs.begin()
            if not sent:
                _insert(con, entry, "reserved", most)
                return
            for call in _single(entry):
                share = None if most is None else most / entry.usage.calls
                _insert(con, call, "running", share)

    def send(self, entry: Entry, most: Decimal | None) -> None:
        """One call goes out now: it is taken out of what its hunt has reserved, while there is any.

        Args:
            entry: What the call will take.
            most: USD; None when unknown.
        """
        with self._file.transaction() as con:
            if self._runs is not None:
                self._runs.begin()
            _take(con, entry, most)
            _insert(con, entry, "running", most)

    def unsend(self, entry: Entry) -> None:
        """A call that went out was turned away: nothing is charged for it."""
        with self._file.transaction() as con:
            con.execute(
                "DELETE FROM calls WHERE number = (SELECT number FROM calls WHERE session = ? "
                "AND hunt_id = ? AND state = 'running' "
                "ORDER BY tokens_in = ? DESC, number DESC LIMIT 1)",
                (entry.session, entry.hunt_id, entry.usage.tokens_in),
            )

    def record(self, entry: Entry) -> None:
        """Calls that were made, in place of as many that the hunt has sent or reserved."""
        with self._file.transaction() as con:
            done = con.execute(
                "DELETE FROM calls WHERE number IN (SELECT number FROM calls WHERE session = ? "
                "AND hunt_id = ? AND state = 'running' ORDER BY number LIMIT ?)",
                (entry.session, entry.hunt_id, entry.usage.calls),
            )
            for _ in range(entry.usage.calls - done.rowcount):
                _take(con, entry, None)
            _insert(con, entry, "done", entry.usage.price)

    def end(self, session: str, hunt_id: str, *, cancelled: bool) -> None:
        """No call of the hunt runs any more.

        Args:
            cancelled: What was sent may be charged all the same: it keeps its estimate. Else it is
                forgotten, as what was not sent always is.
        """
        with self._file.transaction() as con:
            if cancelled:
                con.execute(
                    f"{_KEEP} WHERE session = ? AND hunt_id = ? AND state = 'running'",
                    (session, hunt_id),
                )
            con.execute(
                f"DELETE FROM calls WHERE session = ? AND hunt_id = ? AND {_OPEN}",
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


_KEEP = "UPDATE calls SET state = 'cancelled', price_usd = assumed_usd"


def _settled(con: sqlite3.Connection, gone: Sequence[str]) -> Settled:
    settled = Settled()
    for session in gone:
        rows = con.execute(
            f"SELECT state, calls, price_usd, assumed_usd FROM calls WHERE session = ? AND {_OPEN}",
            (session,),
        ).fetchall()
        for state, calls, price, assumed in rows:
            if state == "reserved":
                freed = settled.freed + Decimal(price or 0)
                settled = replace(settled, freed_calls=settled.freed_calls + calls, freed=freed)
            else:
                more = Spent.of(None if assumed is None else Decimal(assumed), calls)
                settled = replace(settled, sent=settled.sent + calls, kept=settled.kept.plus(more))
        con.execute(f"{_KEEP} WHERE session = ? AND state = 'running'", (session,))
        con.execute("DELETE FROM calls WHERE session = ? AND state = 'reserved'", (session,))
    return settled


def _take(con: sqlite3.Connection, entry: Entry, most: Decimal | None) -> None:
    """Take one call out of what its hunt has reserved.

    Args:
        most: What it had reserved, USD; None for an equal share.
    """
    found = con.execute(
        "SELECT number, calls, tokens_in, tokens_out, price_usd, assumed_usd FROM calls "
        "WHERE session = ? AND hunt_id = ? AND state = 'reserved' ORDER BY number LIMIT 1",
        (entry.session, entry.hunt_id),
    ).fetchone()
    if found is None:
        return
    number, calls, tokens_in, tokens_out, price, assumed = found
    if calls <= 1:
        con.execute("DELETE FROM calls WHERE number = ?", (number,))
        return
    own = None if most is None else entry.usage.price
    con.execute(
        "UPDATE calls SET calls = calls - 1, tokens_in = ?, tokens_out = ?, price_usd = ?, "
        "assumed_usd = ? WHERE number = ?",
        (
            max(0, tokens_in - entry.usage.tokens_in),
            max(0, tokens_out - entry.usage.tokens_out),
            _left(price, calls, most),
            _left(assumed, calls, own),
            number,
        ),
    )


def _left(usd: str | None, calls: int, share: Decimal | None) -> str | None:
    """What is left of USD for so many calls once one has its share; None when unknown."""
    if usd is None:
        return None
    whole = Decimal(usd)
    return str(max(Decimal(0), whole - (whole / calls if share is None else share)))


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
