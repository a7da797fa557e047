"""Investigations in the history file, a row for each step."""

from __future__ import annotations

import json
import sqlite3
from dataclasses import replace

from soc_tui.history.codec import decode, encode, time_text
from soc_tui.history.finding_rows import readable
from soc_tui.history.session import Session
from soc_tui.history.sqlite_file import SqliteFile, storable
from soc_tui.model.case import Case, CaseState, Step
from soc_tui.model.errors import HistoryError


class Cases:
    """The record of all cases. Blocks; safe to call from several threads and processes.

    Every method raises HistoryError when the file cannot be used.
    """

    def __init__(self, file: SqliteFile, session: Session) -> None:
        self._file = file
        self._session = session
        self._saved: dict[str, dict[str, tuple[int, Step]]] = {}

    def save(self, case: Case) -> None:
        """Record this state; of the steps, those that are other ones than at the last save."""
        with self._file.transaction() as con:
            running = case.state is CaseState.RUNNING
            session = self._session.begin() if running else ""
            _save_case(con, case, session)
            saved = dict(self._saved.get(case.id, {}))
            for position, step in enumerate(case.steps):
                if saved.get(step.id) != (position, step):
                    _save_step(con, case.id, position, step)
                    saved[step.id] = (position, step)
        self._saved = {case.id: saved}

    def load(self, case_id: str) -> Case:
        """One case with its steps; HistoryError if unknown.

        One that the program ended in the middle of is interrupted: what ran is approved again.
        """
        with self._file.opened() as con:
            found = con.execute(
                "SELECT body, session FROM cases WHERE id = ?", (storable(case_id),)
            ).fetchone()
            if found is None:
                raise HistoryError("There is no such case.", "", "See: soc-tui case list")
            rows = con.execute(
                "SELECT body FROM case_steps WHERE case_id = ? ORDER BY position",
                (storable(case_id),),
            ).fetchall()
            lives = bool(found[1]) and self._session.lives(found[1])
        with readable(Case):
            steps = tuple(decode(Step, json.loads(body)) for (body,) in rows)
            case = replace(decode(Case, json.loads(found[0])), steps=steps)
        return case if lives else case.interrupted()

    def summaries(self, limit: int = 200) -> tuple[Case, ...]:
        """The newest cases, newest first, with their steps."""
        with self._file.opened() as con:
            found = con.execute(
                "SELECT id FROM cases ORDER BY created DESC, id DESC LIMIT ?", (limit,)
            ).fetchall()
        return tuple(self.load(case_id) for (case_id,) in found)

    def ids(self, prefix: str, limit: int = 10) -> tuple[str, ...]:
        """Ids of at most `limit` cases that begin with `prefix`, newest first."""
        with self._file.opened() as con:
            found = con.execute(
                "SELECT id FROM cases WHERE substr(id, 1, length(:prefix)) = :prefix "
                "ORDER BY created DESC, id DESC LIMIT :limit",
                {"prefix": storable(prefix), "limit": limit},
            ).fetchall()
        return tuple(case_id for (case_id,) in found)

    def unfinished(self) -> tuple[Case, ...]:
        """Cases that wait to be resumed, newest first."""
        waiting = (CaseState.OPEN, CaseState.PAUSED, CaseState.INTERRUPTED)
        return tuple(case for case in self.summaries() if case.state in waiting)

    def delete(self, case_id: str) -> None:
        """Forget a case; its hunts stay. HistoryError if there is no such case."""
        with self._file.transaction() as con:
            gone = con.execute("DELETE FROM cases WHERE id = ?", (storable(case_id),))
            if not gone.rowcount:
                raise HistoryError("There is no such case.", "", "See: soc-tui case list")
        self._saved.pop(case_id, None)


def _save_case(con: sqlite3.Connection, case: Case, session: str) -> None:
    con.execute(
        "INSERT INTO cases (id, created, title, state, session, body) VALUES (?, ?, ?, ?, ?, ?) "
        "ON CONFLICT (id) DO UPDATE SET title = excluded.title, state = excluded.state, "
        "session = excluded.session, body = excluded.body",
        (
            case.id,
            time_text(case.created),
            storable(case.title),
            case.state.value,
            session,
            _body(replace(case, steps=())),
        ),
    )


def _save_step(con: sqlite3.Connection, case_id: str, position: int, step: Step) -> None:
    con.execute(
        "INSERT INTO case_steps (case_id, id, position, hunt_id, body) VALUES (?, ?, ?, ?, ?) "
        "ON CONFLICT (case_id, id) DO UPDATE SET position = excluded.position, "
        "hunt_id = excluded.hunt_id, body = excluded.body",
        (case_id, step.id, position, step.hunt_id, _body(step)),
    )


def _body(value: object) -> str:
    return json.dumps(encode(value))
