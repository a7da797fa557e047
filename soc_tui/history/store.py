"""Every hunt, its findings and what the human made of them, in one SQLite file."""

from __future__ import annotations

import contextlib
import datetime as dt
import json
import sqlite3
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from soc_tui.history import listing, searching
from soc_tui.history.codec import decode, encode, time_text
from soc_tui.history.filters import HistoryFilter
from soc_tui.history.schema import MIGRATIONS, RUNNING
from soc_tui.history.session import Session
from soc_tui.history.sqlite_file import SqliteFile, storable
from soc_tui.model.errors import HistoryError
from soc_tui.model.finding import Finding, TriageState
from soc_tui.model.hunt import Hunt, Status, broken_off
from soc_tui.model.listing import Listing

_INTERRUPTED = "soc-tui ended in the middle of it."
_Triage = dict[tuple[str, str], tuple[str | None, str | None]]


class History:
    """The record of all hunts. Blocks; safe to call from several threads and processes.

    The file (0600) and its folder (0700) are made by the first call, not by the constructor. Every
    method raises HistoryError when the file cannot be used: damaged, of a newer version, locked by
    another process for 5 seconds, read-only, or on a full disk.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._file = SqliteFile(path, "history", MIGRATIONS)
        self._session = Session(path.with_name(f"{path.name}-sessions"))

    def save(self, hunt: Hunt) -> None:
        """Record this state of the hunt and its findings in place of an earlier one.

        The human's triage states and notes stay with findings of the same id and title.
        """
        with self._file.transaction() as con:
            _save(con, hunt, self._at(hunt))

    def queries(self, limit: int = 500) -> tuple[str, ...]:
        """The queries that were run, each once, the last one first."""
        with self._file.opened() as con:
            found = con.execute(
                "SELECT kql FROM queries ORDER BY run DESC LIMIT ?", (limit,)
            ).fetchall()
            return tuple(kql for (kql,) in found)

    def summaries(self, limit: int = 500) -> tuple[Hunt, ...]:
        """The newest hunts, newest first, without their findings."""
        return self.find(HistoryFilter(), limit)

    def load(self, hunt_id: str) -> Hunt:
        """One hunt with its findings, triaged as the human left them; HistoryError if unknown."""
        with self._reading() as con:
            found = con.execute(
                "SELECT body FROM hunts WHERE id = ?", (storable(hunt_id),)
            ).fetchone()
            if found is None:
                raise _unknown("hunt")
            bodies = con.execute(
                "SELECT body FROM findings WHERE hunt_id = ? ORDER BY position", (hunt_id,)
            ).fetchall()
            triage = _triage(con, hunt_id)
            findings = tuple(_triaged(_finding(body), triage) for (body,) in bodies)
            return replace(_hunt(found[0]), findings=findings)

    def ids(self, prefix: str, limit: int = 10) -> tuple[str, ...]:
        """Ids of at most `limit` hunts that begin with `prefix`, newest first."""
        with self._file.opened() as con:
            found = con.execute(
                "SELECT id FROM hunts WHERE substr(id, 1, length(:prefix)) = :prefix "
                "ORDER BY created DESC, id DESC LIMIT :limit",
                {"prefix": storable(prefix), "limit": limit},
            ).fetchall()
            return tuple(hunt_id for (hunt_id,) in found)

    def search(self, text: str, limit: int = 500) -> tuple[Hunt, ...]:
        """Hunts whose request, KQL or findings hold all words (or word beginnings) of `text`.

        Newest first, without findings; an empty text gives all.
        """
        return self.find(HistoryFilter(words=tuple(text.split())), limit)

    def find(self, wanted: HistoryFilter, limit: int = 500) -> tuple[Hunt, ...]:
        """The hunts that are wanted, newest first, without findings."""
        with self._reading() as con:
            return tuple(map(_hunt, searching.bodies(con, wanted, limit)))

    def listing(self, wanted: HistoryFilter, limit: int = 500) -> Listing:
        """The newest hunts that are wanted, as a list shows them, and how many there are."""
        with self._reading() as con:
            return listing.listing(con, wanted, limit)

    def trends(self, wanted: HistoryFilter) -> searching.Trends:
        """Figures over the hunts that are wanted."""
        with self._reading() as con, _readable(Hunt):
            return searching.trends(con, wanted)

    def set_state(self, hunt_id: str, finding_id: str, state: TriageState) -> None:
        """What the human made of a finding; HistoryError if there is no such finding."""
        with self._file.transaction() as con:
            _set_state(con, hunt_id, finding_id, state)

    def set_notes(self, hunt_id: str, finding_id: str, notes: str) -> None:
        """The human's notes on a finding; HistoryError if there is no such finding."""
        with self._file.transaction() as con:
            _set_triage(con, hunt_id, finding_id, "notes", json.dumps(notes))

    def arrange(self, hunt: Hunt) -> None:
        """Record the findings as the human has merged, split and triaged them."""
        with self._file.transaction() as con:
            _save(con, hunt, self._at(hunt))
            triage = _triage(con, hunt.id)
            for finding in hunt.findings:
                recorded = _triaged(finding, triage)
                if recorded.state is not finding.state:
                    _set_state(con, hunt.id, finding.id, finding.state)
                if recorded.notes != finding.notes:
                    _set_triage(con, hunt.id, finding.id, "notes", json.dumps(finding.notes))

    def delete(self, hunt_id: str) -> None:
        """Forget a hunt and all that belongs to it; HistoryError if there is no such hunt."""
        with self._file.transaction() as con:
            found = con.execute("SELECT number FROM hunts WHERE id = ?", (hunt_id,)).fetchone()
            if found is None:
                raise _unknown("hunt")
            con.execute("DELETE FROM hunt_words WHERE rowid = ?", found)
            con.execute("DELETE FROM hunts WHERE number = ?", found)

    def close(self) -> None:
        """Close the file; the next call opens it again. What is running here is over then."""
        self._session.close()
        self._file.close()

    def _at(self, hunt: Hunt) -> str:
        """The run of the program that is at the hunt: this one, or none."""
        return self._session.begin() if hunt.status.running else ""

    @contextlib.contextmanager
    def _reading(self) -> Iterator[sqlite3.Connection]:
        """The connection, once hunts whose program is gone are told as interrupted."""
        # What cannot be written now is told when it can be; it can be read meanwhile.
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
    found = con.execute(f"SELECT DISTINCT session FROM hunts WHERE {RUNNING}").fetchall()
    return [session for (session,) in found]


def _interrupt(con: sqlite3.Connection, session: str) -> None:
    """Record the hunts of a session that is over as interrupted; damaged ones stay."""
    found = con.execute(f"SELECT id, body FROM hunts WHERE {RUNNING} AND session = ?", (session,))
    for hunt_id, body in found.fetchall():
        with contextlib.suppress(HistoryError):
            hunt = broken_off(_hunt(body), Status.INTERRUPTED, "interrupted")
            con.execute(
                "UPDATE hunts SET status = ?, problem = ?, body = ?, session = '' WHERE id = ?",
                (
                    hunt.status.value,
                    _INTERRUPTED,
                    _body(replace(hunt, problem=_INTERRUPTED)),
                    hunt_id,
                ),
            )


def _save_query(con: sqlite3.Connection, hunt: Hunt) -> None:
    con.execute(
        "INSERT INTO queries (kql, run, hunt_id) VALUES (?, ?, ?) "
        "ON CONFLICT (kql) DO UPDATE SET run = excluded.run, hunt_id = excluded.hunt_id",
        (storable(hunt.kql), time_text(dt.datetime.now(dt.UTC)), hunt.id),
    )


def _save(con: sqlite3.Connection, hunt: Hunt, session: str) -> None:
    number = _save_hunt(con, hunt, session)
    if hunt.status is Status.QUERYING:
        _save_query(con, hunt)
    triage = _triage(con, hunt.id)
    con.execute("DELETE FROM findings WHERE hunt_id = ?", (hunt.id,))
    for position, finding in enumerate(hunt.findings):
        _save_finding(con, hunt.id, position, finding, triage)
    con.execute("DELETE FROM hunt_words WHERE rowid = ?", (number,))
    con.execute(
        "INSERT INTO hunt_words (rowid, request, kql, findings) VALUES (?, ?, ?, ?)",
        (number, storable(hunt.request), storable(hunt.kql), _words(hunt.findings)),
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
    updates = ", ".join(f"{name} = excluded.{name}" for name in values)
    found = con.execute(
        f"INSERT INTO hunts ({names}) VALUES ({places}) "
        f"ON CONFLICT (id) DO UPDATE SET {updates} RETURNING number",
        values,
    ).fetchall()
    return int(found[0][0])


def _save_finding(
    con: sqlite3.Connection, hunt_id: str, position: int, finding: Finding, triage: _Triage
) -> None:
    con.execute(
        "INSERT INTO findings (hunt_id, position, id, title, severity, confidence, mitre, "
        "grounded, state, body) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        (
            hunt_id,
            position,
            finding.id,
            storable(finding.title),
            finding.severity.value,
            finding.confidence.value,
            storable(" ".join(mitre.id for mitre in finding.mitre)),
            finding.grounded,
            _triaged(finding, triage).state.value,
            json.dumps(encode(finding)),
        ),
    )


def _set_state(con: sqlite3.Connection, hunt_id: str, finding_id: str, state: TriageState) -> None:
    _set_triage(con, hunt_id, finding_id, "state", state.value)
    con.execute(
        "UPDATE findings SET state = ? WHERE hunt_id = ? AND id = ?",
        (state.value, hunt_id, finding_id),
    )


def _set_triage(
    con: sqlite3.Connection, hunt_id: str, finding_id: str, column: str, value: str
) -> None:
    found = con.execute(
        "SELECT title FROM findings WHERE hunt_id = ? AND id = ?", (hunt_id, finding_id)
    ).fetchone()
    if found is None:
        raise _unknown("finding")
    con.execute(
        f"INSERT INTO triage (hunt_id, finding_id, title, {column}) VALUES (?, ?, ?, ?) "
        f"ON CONFLICT (hunt_id, finding_id, title) DO UPDATE SET {column} = excluded.{column}",
        (hunt_id, finding_id, found[0], value),
    )


def _triage(con: sqlite3.Connection, hunt_id: str) -> _Triage:
    found = con.execute(
        "SELECT finding_id, title, state, notes FROM triage WHERE hunt_id = ?", (hunt_id,)
    ).fetchall()
    return {(finding_id, title): (state, notes) for finding_id, title, state, notes in found}


def _triaged(finding: Finding, triage: _Triage) -> Finding:
    state, notes = triage.get((finding.id, storable(finding.title)), (None, None))
    with _readable(Finding):
        return replace(
            finding,
            state=finding.state if state is None else TriageState(state),
            notes=finding.notes if notes is None else json.loads(notes),
        )


def _words(findings: tuple[Finding, ...]) -> str:
    """Everything of the findings that a human may search for."""
    parts: list[str] = []
    for finding in findings:
        parts += [finding.title, finding.description, finding.notes, *finding.tags]
        parts += [f"{mitre.tactic} {mitre.id} {mitre.name}" for mitre in finding.mitre]
        parts += [ioc.value for ioc in finding.iocs]
        parts += [quoted.text for item in finding.evidence for quoted in item.quotations]
    return storable("\n".join(parts))


def _body(hunt: Hunt) -> str:
    return json.dumps(encode(replace(hunt, findings=())))


def _hunt(body: str) -> Hunt:
    with _readable(Hunt):
        return decode(Hunt, json.loads(body))


def _finding(body: str) -> Finding:
    with _readable(Finding):
        return decode(Finding, json.loads(body))


@contextlib.contextmanager
def _readable(kind: type[object]) -> Iterator[None]:
    try:
        yield
    except (ValueError, TypeError, LookupError, ArithmeticError) as error:
        raise HistoryError(
            "A record of the history cannot be read.",
            f"It does not hold a {kind.__name__.lower()} as this version writes it.",
            "Update soc-tui; if that does not help, move the history file away.",
        ) from error


def _unknown(what: str) -> HistoryError:
    return HistoryError(
        f"There is no such {what} in the history.", "", "soc-tui history list shows all hunts."
    )
