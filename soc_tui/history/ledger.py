"""The spend of every model call in all sessions, in a SQLite file next to the history."""

from __future__ import annotations

import datetime as dt
import itertools
import operator
from decimal import Decimal
from pathlib import Path

from soc_tui.history import ledger_rows
from soc_tui.history.ledger_rows import Entry, Settled, Total
from soc_tui.history.session import Session
from soc_tui.history.sqlite_file import SqliteFile
from soc_tui.model.budget import Budget
from soc_tui.model.errors import RefusedError
from soc_tui.model.limits import Limits

FILE_NAME = "ledger.sqlite3"


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
        self._file = SqliteFile(
            path,
            "spend ledger",
            ledger_rows.MIGRATIONS,
            tables={"calls": ledger_rows.CALL_COLUMNS},
            anew=ledger_rows.note_loss,
            synchronous="FULL",
        )

    @property
    def told(self) -> str:
        """What happened to the file when it was opened, for the user; empty for nothing."""
        return self._file.told

    def budget(self, limits: Limits, now: dt.datetime, session: str) -> Budget:
        """Spend of the UTC day of `now` and of the session, with the limits."""
        with self._file.opened() as con:
            ledger_rows.refuse_after_loss(con, limits, now)
            return ledger_rows.budget(con, limits, now, session)

    def settle(self) -> Settled:
        """Free what runs that are gone had reserved and not sent; keep what they sent as estimate.

        A run that still lives is left alone.
        """
        runs = self._runs
        if runs is None:
            return Settled()
        with self._file.opened() as con:
            found = con.execute(
                f"SELECT DISTINCT session FROM calls WHERE {ledger_rows.OPEN}"
            ).fetchall()
            gone = [session for (session,) in found if not runs.lives(session)]
            if not gone:
                return Settled()
            with self._file.transaction():
                return ledger_rows.settled(con, gone)

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
            ledger_rows.refuse_after_loss(con, limits, entry.at)
            budget = ledger_rows.budget(con, limits, entry.at, entry.session)
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
                ledger_rows.insert(con, entry, "reserved", most)
                return
            for call in ledger_rows.single(entry):
                share = None if most is None else most / entry.usage.calls
                ledger_rows.insert(con, call, "running", share)

    def send(self, entry: Entry, most: Decimal | None) -> None:
        """One call goes out now: it is taken out of what its hunt has reserved, while there is any.

        Args:
            entry: What the call will take.
            most: USD; None when unknown.
        """
        with self._file.transaction() as con:
            if self._runs is not None:
                self._runs.begin()
            ledger_rows.take(con, entry, most)
            ledger_rows.insert(con, entry, "running", most)

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
                ledger_rows.take(con, entry, None)
            ledger_rows.insert(con, entry, "done", entry.usage.price)

    def end(self, session: str, hunt_id: str, *, cancelled: bool) -> None:
        """No call of the hunt runs any more.

        Args:
            cancelled: What was sent may be charged all the same: it keeps its estimate. Else it is
                forgotten, as what was not sent always is.
        """
        with self._file.transaction() as con:
            if cancelled:
                con.execute(
                    f"{ledger_rows.KEEP} WHERE session = ? AND hunt_id = ? AND state = 'running'",
                    (session, hunt_id),
                )
            con.execute(
                f"DELETE FROM calls WHERE session = ? AND hunt_id = ? AND {ledger_rows.OPEN}",
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
                totals.append(ledger_rows.total(name, tuple(same)))
        return tuple(totals)
