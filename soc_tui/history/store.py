"""Every hunt, its findings and their triage, in one SQLite file."""

from __future__ import annotations

import contextlib
import datetime as dt
import json
import sqlite3
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from soc_tui.history import finding_rows, listing, searching
from soc_tui.history.cases import Cases
from soc_tui.history.codec import decode, encode, time_text
from soc_tui.history.digests import sound
from soc_tui.history.filters import HistoryFilter
from soc_tui.history.finding_rows import changed_record, readable, unknown
from soc_tui.history.schema import HUNT_COLUMNS, MIGRATIONS, QUERY_COLUMNS, RUNNING, TABLES
from soc_tui.history.session import Session
from soc_tui.history.sqlite_file import SqliteFile, storable
from soc_tui.model.errors import HistoryError
from soc_tui.model.finding import Earlier, Finding, TriageState
from soc_tui.model.hunt import ENDED_BEFORE, Hunt, Status, broken_off
from soc_tui.model.listing import Listing


@dataclass(frozen=True, slots=True)
class _Recorded:
    """The hunt that was saved last, as its rows hold it.

    Attributes:
        con: The connection that wrote them.
        version: SQLite's `data_version` for it: another one when somebody else has written since.
        numbers: The row of each finding.
    """

    con: sqlite3.Connection
    version: int
    hunt: Hunt
    numbers: finding_rows.Numbers


class History:
    """The record of all hunts. Blocks; safe to call from several threads and processes.

    The file (0600) and its folder (0700) are made by the first call, not by the constructor. Every
    method raises HistoryError when the file cannot be used: damaged, of a newer version, locked by
    another process for 5 seconds, read-only, or on a full disk.

    Attributes:
        unattended: Nobody decides between the steps of a hunt (a command): one whose program is
            gone was interrupted there too. In the app it waits, as it was left.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._file = SqliteFile(path, "history", MIGRATIONS, tables=TABLES)
        self._session = Session(path.with_name(f"{path.name}-sessions"))
        self._recorded: _Recorded | None = None
        self.unattended = False
        self._cases = Cases(self._file, self._session)

    @property
    def told(self) -> str:
        """What happened to the file when it was opened, for the user; empty for nothing."""
        return self._file.told

    def open(self) -> None:
        """Open the file; `told` says then what happened to it."""
        with self._file.opened():
            pass

    def save(self, hunt: Hunt) -> None:
        """Record this state of the hunt and its findings in place of an earlier one.

        Triage states and notes stay with findings of the same id and title. Of the
        findings, those that are other ones than at the last save are written.
        """
        with self._file.opened():  # until it is known what was recorded
            known, self._recorded = self._recorded, None
            with self._file.transaction() as con:
                recorded = _save(con, hunt, self._at(hunt), known)
            self._recorded = recorded

    def queries(self, limit: int = 500) -> tuple[str, ...]:
        """The queries that were run, each once, the last one first."""
        with self._file.opened() as con:
            found = con.execute(
                f"SELECT kql FROM queries WHERE {sound(QUERY_COLUMNS)} ORDER BY run DESC LIMIT ?",
                (limit,),
            ).fetchall()
            return tuple(kql for (kql,) in found)

    def summaries(self, limit: int = 500) -> tuple[Hunt, ...]:
        """The newest hunts, newest first, without their findings. Damaged ones are left out."""
        return self.find(HistoryFilter(), limit)

    def load(self, hunt_id: str) -> Hunt:
        """One hunt with its findings and their triage; HistoryError if unknown."""
        with self._reading() as con:
            found = con.execute(
                f"SELECT body, finding_count, {sound(HUNT_COLUMNS)} FROM hunts WHERE id = ?",
                (storable(hunt_id),),
            ).fetchone()
            if found is None:
                raise unknown("hunt")
            body, count, whole = found
            if not whole:
                raise changed_record()
            hunt = replace(_hunt(body), findings=finding_rows.load(con, hunt_id))
            lost = finding_rows.lost(con, hunt_id, int(count) - len(hunt.findings))
            return replace(hunt, problem=f"{hunt.problem} {lost}".strip()) if lost else hunt

    def ids(self, prefix: str, limit: int = 10) -> tuple[str, ...]:
        """Ids of at most `limit` hunts that begin with `prefix`, newest first."""
        with self._file.opened() as con:
            found = con.execute(
                "SELECT id FROM hunts WHERE substr(id, 1, length(:prefix)) = :prefix "
                "ORDER BY created DESC, id DESC LIMIT :limit",
                {"prefix": storable(prefix), "limit": limit},
            ).fetchall()
            return tuple(hunt_id for (hunt_id,) in found)

    def find(self, wanted: HistoryFilter, limit: int = 500) -> tuple[Hunt, ...]:
        """The hunts that are wanted, newest first, without findings. Damaged ones are left out."""
        with self._reading() as con:
            return tuple(map(_hunt, searching.bodies(con, wanted, limit)))

    def listing(self, wanted: HistoryFilter, limit: int = 500) -> Listing:
        """The newest hunts that are wanted, as a list shows them, and how many there are."""
        with self._reading() as con:
            return listing.listing(con, wanted, limit)

    def trends(self, wanted: HistoryFilter) -> searching.Trends:
        """Figures over the hunts that are wanted."""
        with self._reading() as con, readable(Hunt):
            return searching.trends(con, wanted)

    def set_state(self, hunt_id: str, finding_id: str, state: TriageState) -> None:
        """Set the triage state of a finding; HistoryError if there is no such finding."""
        with self._file.transaction() as con:
            finding_rows.set_state(con, hunt_id, finding_id, state)

    def set_notes(self, hunt_id: str, finding_id: str, notes: str) -> None:
        """Set the notes on a finding; HistoryError if there is no such finding."""
        with self._file.transaction() as con:
            finding_rows.set_notes(con, hunt_id, finding_id, notes)

    def triaged_before(
        self, hunt_id: str, limit: int = 2_000
    ) -> tuple[tuple[Finding, Earlier], ...]:
        """Findings of other hunts that the user has triaged, of the newest hunts first."""
        with self._reading() as con:
            return finding_rows.triaged_before(con, hunt_id, limit)

    def arrange(self, hunt: Hunt) -> None:
        """Record the findings as merged, split and triaged by the user."""
        with self._file.transaction() as con:
            self._recorded = None
            _save(con, hunt, self._at(hunt), None)
            for finding in hunt.findings:
                recorded = finding_rows.triaged(con, hunt.id, finding)
                if recorded.state is not finding.state:
                    finding_rows.set_state(con, hunt.id, finding.id, finding.state)
                if recorded.notes != finding.notes:
                    finding_rows.set_notes(con, hunt.id, finding.id, finding.notes)

    def delete(self, hunt_id: str) -> None:
        """Forget a hunt and all that belongs to it; HistoryError if there is no such hunt."""
        with self._file.transaction() as con:
            self._recorded = None
            found = con.execute("SELECT number FROM hunts WHERE id = ?", (hunt_id,)).fetchone()
            if found is None:
                raise unknown("hunt")
            con.execute("DELETE FROM hunt_words WHERE rowid = ?", found)
            con.execute("DELETE FROM hunts WHERE number = ?", found)

    @property
    def cases(self) -> Cases:
        """The investigations, in the same file."""
        return self._cases

    def close(self) -> None:
        """Close the file; the next call opens it again. What is running here is over then."""
        self._session.close()
        self._file.close()

    def _at(self, hunt: Hunt) -> str:
        """The run of the program that is at the hunt: this one, or none."""
        at_it = hunt.status.running or (self.unattended and not hunt.status.ended)
        return self._session.begin() if at_it else ""

    @contextlib.contextmanager
    def _reading(self) -> Iterator[sqlite3.Connection]:
        """The connection, after hunts of ended sessions are marked interrupted."""
        # What cannot be written now is written later; it can be read meanwhile.
        with contextlib.suppress(HistoryError):
            self._tell_interrupted()
        with self._file.opened() as con:
            yield con

    def _tell_interrupted(self) -> None:
        with self._file.opened() as con:
            gone = [one for one in _sessions(con) if not self._session.lives(one)]
        if gone:
            with self._file.transaction() as con:
                for session in gone:
                    _interrupt(con, session)


def _sessions(con: sqlite3.Connection) -> list[str]:
    """Runs of the program that are at a hunt, as far as is recorded."""
    found = con.execute(
        f"SELECT session FROM hunts WHERE {RUNNING} UNION "
        "SELECT session FROM hunts WHERE session != ''"
    ).fetchall()
    return [session for (session,) in found]


def _interrupt(con: sqlite3.Connection, session: str) -> None:
    """Record the hunts of a session that is over as interrupted; damaged ones stay."""
    found = con.execute(
        f"SELECT id, body FROM hunts WHERE ({RUNNING} OR session != '') AND session = ?",
        (session,),
    )
    for hunt_id, body in found.fetchall():
        with contextlib.suppress(HistoryError):
            hunt = broken_off(_hunt(body), Status.INTERRUPTED, "interrupted")
            con.execute(
                "UPDATE hunts SET status = ?, problem = ?, body = ?, session = '' WHERE id = ?",
                (
                    hunt.status.value,
                    ENDED_BEFORE,
                    _body(replace(hunt, problem=ENDED_BEFORE)),
                    hunt_id,
                ),
            )


def _save_query(con: sqlite3.Connection, hunt: Hunt) -> None:
    con.execute(
        "INSERT INTO queries (kql, run, hunt_id) VALUES (?, ?, ?) "
        "ON CONFLICT (kql) DO UPDATE SET run = excluded.run, hunt_id = excluded.hunt_id",
        (storable(hunt.kql), time_text(dt.datetime.now(dt.UTC)), hunt.id),
    )


def _save(con: sqlite3.Connection, hunt: Hunt, session: str, known: _Recorded | None) -> _Recorded:
    version = int(con.execute("PRAGMA data_version").fetchone()[0])
    number = _save_hunt(con, hunt, session)
    if hunt.status is Status.QUERYING:
        _save_query(con, hunt)
    if known is None or (known.con, known.version, known.hunt.id) != (con, version, hunt.id):
        _save_words(con, number, hunt)
        numbers = finding_rows.save_all(con, hunt.id, hunt.findings)
        return _Recorded(con, version, hunt, numbers)
    old = known.hunt
    if (old.request, old.kql) != (hunt.request, hunt.kql):
        _save_words(con, number, hunt)
    numbers = finding_rows.save_changes(con, hunt.id, old.findings, known.numbers, hunt.findings)
    return _Recorded(con, version, hunt, numbers)


def _save_words(con: sqlite3.Connection, number: int, hunt: Hunt) -> None:
    """What one may search for in a hunt itself. An older version kept that of its findings too."""
    con.execute("DELETE FROM hunt_words WHERE rowid = ?", (number,))
    con.execute(
        "INSERT INTO hunt_words (rowid, request, kql, findings) VALUES (?, ?, ?, '')",
        (number, storable(hunt.request), storable(hunt.kql)),
    )


def _save_hunt(con: sqlite3.Connection, hunt: Hunt, session: str) -> int:
    usage = hunt.usage
    price = usage.price if usage else None
    values = {
        "id": hunt.id,
        "created": time_text(hunt.created),
        "request": storable(hunt.request),
        "workspace": storable(hunt.workspace),
        "analyst": storable(hunt.analyst),
        "status": hunt.status.value,
        "kql": storable(hunt.kql),
        "row_count": hunt.row_count,
        "finding_count": len(hunt.findings),
        "model": storable(usage.model) if usage else None,
        "tokens_in": usage.tokens_in if usage else None,
        "tokens_out": usage.tokens_out if usage else None,
        "price_usd": None if price is None else str(price),
        "elapsed_seconds": hunt.elapsed_seconds,
        "problem": storable(hunt.problem),
        "versions": storable("; ".join(hunt.versions)),
        "parent": storable(hunt.parent),
        "playbook": storable(hunt.playbook),
        "session": session,
        "body": _body(hunt),
    }
    names = ", ".join(values)
    places = ", ".join(f":{name}" for name in values)
    # But for the id: SQLite would look at each finding that refers to it.
    updates = ", ".join(f"{name} = excluded.{name}" for name in values if name != "id")
    found = con.execute(
        f"INSERT INTO hunts ({names}) VALUES ({places}) "
        f"ON CONFLICT (id) DO UPDATE SET {updates} RETURNING number",
        values,
    ).fetchall()
    return int(found[0][0])


def _body(hunt: Hunt) -> str:
    return json.dumps(encode(replace(hunt, findings=())))


def _hunt(body: str) -> Hunt:
    with readable(Hunt):
        return decode(Hunt, json.loads(body))
