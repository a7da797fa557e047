"""Calls as rows of an open ledger file: what is reserved, sent, done, settled and spent."""

from __future__ import annotations

import datetime as dt
import itertools
import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal

from soc_tui.history.codec import time_text
from soc_tui.history.digests import guarded, sound
from soc_tui.history.sqlite_file import damage, storable
from soc_tui.model.budget import Budget, Spent
from soc_tui.model.errors import HistoryError
from soc_tui.model.limits import Limits
from soc_tui.model.quote import Usage, price_text
from soc_tui.model.wording import number_of

CALL_COLUMNS = (
    "at", "day", "session", "hunt_id", "step", "model", "calls", "tokens_in", "tokens_cached",
    "tokens_out", "price_usd", "assumed_usd", "state",
)  # fmt: skip
MIGRATIONS = (
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
    guarded("calls", CALL_COLUMNS),
)
OPEN = "state IN ('reserved', 'running')"


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


KEEP = "UPDATE calls SET state = 'cancelled', price_usd = assumed_usd"


def settled(con: sqlite3.Connection, gone: Sequence[str]) -> Settled:
    """Close what these sessions left open."""
    settled = Settled()
    for session in gone:
        rows = con.execute(
            f"SELECT state, calls, price_usd, assumed_usd FROM calls WHERE session = ? AND {OPEN}",
            (session,),
        ).fetchall()
        for state, calls, price, assumed in rows:
            if state == "reserved":
                freed = settled.freed + Decimal(price or 0)
                settled = replace(settled, freed_calls=settled.freed_calls + calls, freed=freed)
            else:
                more = Spent.of(None if assumed is None else Decimal(assumed), calls)
                settled = replace(settled, sent=settled.sent + calls, kept=settled.kept.plus(more))
        con.execute(f"{KEEP} WHERE session = ? AND state = 'running'", (session,))
        con.execute("DELETE FROM calls WHERE session = ? AND state = 'reserved'", (session,))
    return settled


def take(con: sqlite3.Connection, entry: Entry, most: Decimal | None) -> None:
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


def total(name: str, rows: Sequence[tuple[str, int, int, int, str | None, str]]) -> Total:
    """Of calls, tokens in, tokens out, price and state, each behind the name."""
    return Total(
        name=name,
        spent=_spent((row[4], row[1]) for row in rows),
        estimated=_spent((row[4], row[1]) for row in rows if row[5] != "done").usd,
        calls=sum(row[1] for row in rows),
        tokens_in=sum(row[2] for row in rows),
        tokens_out=sum(row[3] for row in rows),
    )


def note_loss(con: sqlite3.Connection) -> None:
    """A new ledger begins in the place of a damaged one: what was spent today may be more."""
    usage = Usage("a damaged ledger", price=None)
    lost = Entry(dt.datetime.now(dt.UTC), "", "", "", usage)
    insert(con, lost, "lost", None)


def refuse_after_loss(con: sqlite3.Connection, limits: Limits, now: dt.datetime) -> None:
    """Raises HistoryError: a hard limit depends on what was lost."""
    if not Budget(limits).caps:
        return
    lost = con.execute(
        "SELECT 1 FROM calls WHERE day = ? AND state = 'lost' LIMIT 1", (day_of(now),)
    ).fetchone()
    if lost:
        raise HistoryError(
            "The spend ledger was damaged today, and a new one has begun.",
            "What was spent before is not known in full.",
            "Wait for the next day (UTC).",
        )


def budget(con: sqlite3.Connection, limits: Limits, now: dt.datetime, session: str) -> Budget:
    """Spend of the UTC day and of the session. Raises DatabaseError: a record was changed."""
    day, run = (
        _spent(
            _whole(
                con.execute(
                    f"SELECT price_usd, calls, {sound(CALL_COLUMNS)} FROM calls WHERE {column} = ?",
                    (value,),
                )
            )
        )
        for column, value in (("day", day_of(now)), ("session", session))
    )
    return Budget(limits, day, run)


def _whole(rows: Iterable[tuple[str | None, int, int]]) -> Iterator[tuple[str | None, int]]:
    """Prices and calls of records that are as they were written. Raises DatabaseError."""
    for price, calls, whole in rows:
        if not whole:
            raise damage()
        yield price, calls


def _spent(rows: Iterable[tuple[str | None, int]]) -> Spent:
    spent = Spent()
    for price, calls in rows:
        spent = spent.plus(Spent.of(None if price is None else Decimal(price), calls))
    return spent


def single(entry: Entry) -> Iterator[Entry]:
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


def insert(con: sqlite3.Connection, entry: Entry, state: str, price: Decimal | None) -> None:
    """Calls as one row; `price` (USD) is what counts in this state, None when unknown."""
    usage = entry.usage
    values = {
        "at": time_text(entry.at),
        "day": day_of(entry.at),
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


def day_of(at: dt.datetime) -> str:
    """The UTC day, as rows have it."""
    return at.astimezone(dt.UTC).date().isoformat()
