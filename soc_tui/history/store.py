"""Every hunt, its findings and what the human made of them, in one SQLite file."""

from __future__ import annotations

import contextlib
import json
import os
import sqlite3
import threading
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import TypeVar

from soc_tui.history.codec import decode, encode, time_text
from soc_tui.history.schema import migrate
from soc_tui.model.errors import HistoryError
from soc_tui.model.finding import Finding, TriageState
from soc_tui.model.hunt import Hunt

T = TypeVar("T")

_BUSY_SECONDS = 5.0
_DAMAGED = {sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB}
_LOCKED = {sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED}
_NOT_ALLOWED = {sqlite3.SQLITE_READONLY, sqlite3.SQLITE_PERM, sqlite3.SQLITE_CANTOPEN}
_Triage = dict[tuple[str, str], tuple[str | None, str | None]]


class History:
    """The record of all hunts. Blocks; safe to call from several threads and processes.

    The file (0600) and its folder (0700) are made by the first call, not by the constructor. Every
    method raises HistoryError when the file cannot be used: damaged, of a newer version, locked by
    another process for 5 seconds, read-only, or on a full disk.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._lock = threading.RLock()
        self._connection: sqlite3.Connection | None = None

    def save(self, hunt: Hunt) -> None:
        """Record this state of the hunt and its findings in place of an earlier one.

        The human's triage states and notes stay with findings of the same id and title.
        """
        with self._transaction() as con:
            number = _save_hunt(con, hunt)
            triage = _triage(con, hunt.id)
            con.execute("DELETE FROM findings WHERE hunt_id = ?", (hunt.id,))
            for position, finding in enumerate(hunt.findings):
                _save_finding(con, hunt.id, position, finding, triage)
            con.execute("DELETE FROM hunt_words WHERE rowid = ?", (number,))
            con.execute(
                "INSERT INTO hunt_words (rowid, request, kql, findings) VALUES (?, ?, ?, ?)",
                (number, _text(hunt.request), _text(hunt.kql), _words(hunt.findings)),
            )

    def summaries(self, limit: int = 500) -> tuple[Hunt, ...]:
        """The newest hunts, newest first, without their findings."""
        with self._opened() as con:
            found = con.execute(
                "SELECT body FROM hunts ORDER BY created DESC, id DESC LIMIT ?", (limit,)
            ).fetchall()
            return tuple(_hunt(body) for (body,) in found)

    def load(self, hunt_id: str) -> Hunt:
        """One hunt with its findings, triaged as the human left them; HistoryError if unknown."""
        with self._opened() as con:
            found = con.execute("SELECT body FROM hunts WHERE id = ?", (_text(hunt_id),)).fetchone()
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
        with self._opened() as con:
            found = con.execute(
                "SELECT id FROM hunts WHERE substr(id, 1, length(:prefix)) = :prefix "
                "ORDER BY created DESC, id DESC LIMIT :limit",
                {"prefix": _text(prefix), "limit": limit},
            ).fetchall()
            return tuple(hunt_id for (hunt_id,) in found)

    def search(self, text: str) -> tuple[Hunt, ...]:
        """Hunts whose request, KQL or findings hold all words (or word beginnings) of `text`.

        Newest first, without findings; an empty text gives all.
        """
        words = [word for word in _text(text).split() if any(c.isalnum() for c in word)]
        if not words:
            return () if text.strip() else self.summaries()
        query = " ".join('"' + word.replace('"', '""') + '"*' for word in words)
        with self._opened() as con:
            found = con.execute(
                "SELECT body FROM hunts WHERE number IN "
                "(SELECT rowid FROM hunt_words WHERE hunt_words MATCH ?) "
                "ORDER BY created DESC, id DESC",
                (query,),
            ).fetchall()
            return tuple(_hunt(body) for (body,) in found)

    def set_state(self, hunt_id: str, finding_id: str, state: TriageState) -> None:
        """What the human made of a finding; HistoryError if there is no such finding."""
        with self._transaction() as con:
            _set_triage(con, hunt_id, finding_id, "state", state.value)
            con.execute(
                "UPDATE findings SET state = ? WHERE hunt_id = ? AND id = ?",
                (state.value, hunt_id, finding_id),
            )

    def set_notes(self, hunt_id: str, finding_id: str, notes: str) -> None:
        """The human's notes on a finding; HistoryError if there is no such finding."""
        with self._transaction() as con:
            _set_triage(con, hunt_id, finding_id, "notes", json.dumps(notes))

    def delete(self, hunt_id: str) -> None:
        """Forget a hunt and all that belongs to it; HistoryError if there is no such hunt."""
        with self._transaction() as con:
            found = con.execute("SELECT number FROM hunts WHERE id = ?", (hunt_id,)).fetchone()
            if found is None:
                raise _unknown("hunt")
            con.execute("DELETE FROM hunt_words WHERE rowid = ?", found)
            con.execute("DELETE FROM hunts WHERE number = ?", found)

    def close(self) -> None:
        """Close the file; the next call opens it again."""
        with self._lock:
            if self._connection is not None:
                self._connection.close()
                self._connection = None

    @contextlib.contextmanager
    def _transaction(self) -> Iterator[sqlite3.Connection]:
        with self._opened() as con:
            con.execute("BEGIN IMMEDIATE")
            try:
                yield con
                con.execute("COMMIT")
            except BaseException:
                if con.in_transaction:
                    con.execute("ROLLBACK")
                raise

    @contextlib.contextmanager
    def _opened(self) -> Iterator[sqlite3.Connection]:
        """The connection, for this thread alone; errors of the file become HistoryError."""
        with self._lock:
            try:
                if self._connection is None:
                    self._connection = _open(self.path)
                yield self._connection
            except sqlite3.Error as error:
                self.close()
                raise _file_error(self.path, error) from error
            except OSError as error:
                raise _not_allowed(self.path, error.strerror or type(error).__name__) from error


def _open(path: Path) -> sqlite3.Connection:
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    # SQLite would make it by the umask; its -wal and -shm files take the rights of this one.
    os.close(os.open(path, os.O_RDWR | os.O_CREAT, 0o600))
    path.chmod(0o600)
    con = sqlite3.connect(
        path, timeout=_BUSY_SECONDS, isolation_level=None, check_same_thread=False
    )
    try:
        con.execute("PRAGMA journal_mode = WAL")
        con.execute("PRAGMA synchronous = NORMAL")
        con.execute("PRAGMA foreign_keys = ON")
        migrate(con)
    except BaseException:
        con.close()
        raise
    return con


def _save_hunt(con: sqlite3.Connection, hunt: Hunt) -> int:
    usage = hunt.usage
    price = usage.price if usage else None
    values = {
        "id": hunt.id,
        "created": time_text(hunt.created),
        "request": _text(hunt.request),
        "workspace": _text(hunt.workspace),
        "analyst": _text(hunt.analyst),
        "status": hunt.status.value,
        "kql": _text(hunt.kql),
        "row_count": hunt.row_count,
        "finding_count": len(hunt.findings),
        "model": _text(usage.model) if usage else None,
        "tokens_in": usage.tokens_in if usage else None,
        "tokens_out": usage.tokens_out if usage else None,
        "price_usd": None if price is None else str(price),
        "elapsed_seconds": hunt.elapsed_seconds,
        "problem": _text(hunt.problem),
        "versions": _text("; ".join(hunt.versions)),
        "parent": _text(hunt.parent),
        "body": json.dumps(encode(replace(hunt, findings=()))),
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
            _text(finding.title),
            finding.severity.value,
            finding.confidence.value,
            _text(" ".join(mitre.id for mitre in finding.mitre)),
            finding.grounded,
            _triaged(finding, triage).state.value,
            json.dumps(encode(finding)),
        ),
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
    state, notes = triage.get((finding.id, _text(finding.title)), (None, None))
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
    return _text("\n".join(parts))


def _text(text: str) -> str:
    """For columns and the index: SQLite takes no lone surrogates, its full text no NUL."""
    return text.replace("\x00", " ").encode("utf-8", "replace").decode("utf-8")


def _hunt(body: str) -> Hunt:
    return _decoded(Hunt, body)


def _finding(body: str) -> Finding:
    return _decoded(Finding, body)


def _decoded(kind: type[T], body: str) -> T:
    try:
        return decode(kind, json.loads(body))
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


def _file_error(path: Path, error: sqlite3.Error) -> HistoryError:
    code = getattr(error, "sqlite_errorcode", 0) & 0xFF
    if code in _DAMAGED:
        return HistoryError(
            f"The history {path} cannot be read.",
            "The file is damaged or no SQLite database.",
            "Move it away (and its -wal and -shm files); a new history is made then.",
        )
    if code in _LOCKED:
        return HistoryError(
            f"The history {path} is in use.",
            "Another process kept it locked for 5 seconds.",
            "Close the other soc-tui, or try again.",
        )
    if code == sqlite3.SQLITE_FULL:
        return HistoryError(
            f"The history {path} cannot be written.", "The disk is full.", "Make room on it."
        )
    if code in _NOT_ALLOWED:
        return _not_allowed(path, str(error))
    return HistoryError(
        f"The history {path} cannot be used.", f"{error}.", "Check the disk and the file."
    )


def _not_allowed(path: Path, reason: str) -> HistoryError:
    return HistoryError(
        f"The history {path} cannot be opened or written.",
        f"{reason}.",
        "Check the rights on the file and its folder, or set SOC_TUI_HOME to another folder.",
    )
