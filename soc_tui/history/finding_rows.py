"""A hunt's findings and their triage as rows of an open history file: only what changed is written.

Findings keep the order of their numbers: one that arrives gets the highest, and one that grows
keeps its own.
"""

from __future__ import annotations

import contextlib
import datetime as dt
import json
import sqlite3
from collections.abc import Iterator
from dataclasses import replace

from soc_tui.history.codec import decode, encode
from soc_tui.history.digests import sound
from soc_tui.history.schema import FINDING_COLUMNS, TRIAGE_COLUMNS
from soc_tui.history.sqlite_file import storable
from soc_tui.model.errors import HistoryError
from soc_tui.model.finding import Earlier, Finding, TriageState
from soc_tui.model.grounded import as_recorded
from soc_tui.model.wording import number_of

Findings = tuple[Finding, ...]
Numbers = list[int]
"""The row of each finding, in their order."""

_COLUMNS = ("id", "title", "severity", "confidence", "mitre", "grounded", "state", "body")
_PLACES = ", ".join("?" for _ in _COLUMNS)
_CHANGES = ", ".join(f"{name} = ?" for name in _COLUMNS)


def load(con: sqlite3.Connection, hunt_id: str) -> Findings:
    """The findings of a hunt, triaged as the user left them. HistoryError for damaged ones."""
    found = con.execute(
        f"SELECT body, state, {sound(FINDING_COLUMNS)} FROM findings "
        "WHERE hunt_id = ? ORDER BY number",
        (hunt_id,),
    ).fetchall()
    triage = con.execute(
        "SELECT finding_id, title, state, notes FROM triage "
        f"WHERE hunt_id = ? AND {sound(TRIAGE_COLUMNS)}",
        (hunt_id,),
    )
    made = {(finding_id, title): (state, notes) for finding_id, title, state, notes in triage}
    findings = ((_finding(body, whole=whole), state) for body, state, whole in found)
    return tuple(
        _triaged(finding, *made.get((finding.id, storable(finding.title)), (state, None)))
        for finding, state in findings
    )


def lost(con: sqlite3.Connection, hunt_id: str, missing: int) -> str:
    """What of a hunt's findings was damaged, in words; empty for nothing.

    Args:
        missing: Findings that it should have beyond those that are there.
    """
    (triage,) = con.execute(
        f"SELECT count(*) FROM triage WHERE hunt_id = ? AND NOT {sound(TRIAGE_COLUMNS)}", (hunt_id,)
    ).fetchone()
    said = []
    if missing > 0:
        said.append(f"{number_of(missing, 'finding')} of it were lost with a damaged file.")
    if triage:
        said.append(f"State and notes of {number_of(triage, 'finding')} were damaged.")
    return " ".join(said)


def save_all(con: sqlite3.Connection, hunt_id: str, findings: Findings) -> Numbers:
    """Record these findings in place of all that the hunt has."""
    con.execute("DELETE FROM findings WHERE hunt_id = ?", (hunt_id,))
    return [_insert(con, hunt_id, finding) for finding in findings]


def save_changes(
    con: sqlite3.Connection, hunt_id: str, old: Findings, numbers: Numbers, new: Findings
) -> Numbers:
    """Record findings in place of `old`, which are in the rows of these numbers; the rows of `new`.

    A finding that follows all others is one more row, one that grew is one changed row.

    Args:
        numbers: Not to be used afterwards: the rows of `new` may be the same list.
    """
    added = new[len(old) :]
    if new[: len(old)] != old:  # one compare of pointers each, so each arrival may ask
        numbers, added = _replace_changed(con, hunt_id, old, numbers, new)
    numbers.extend(_insert(con, hunt_id, finding) for finding in added)
    return numbers


def _replace_changed(
    con: sqlite3.Connection, hunt_id: str, old: Findings, numbers: Numbers, new: Findings
) -> tuple[Numbers, Findings]:
    """The rows that stay, some of them changed; and the findings that come after them."""
    kept: Numbers = []
    rows = zip(old, numbers, strict=True)
    for place, finding in enumerate(new):
        for before, number in rows:
            if before.id == finding.id:
                break
            con.execute("DELETE FROM findings WHERE number = ?", (number,))
        else:
            return kept, new[place:]
        if before != finding:
            _update(con, hunt_id, number, finding)
        kept.append(number)
    for _, number in rows:
        con.execute("DELETE FROM findings WHERE number = ?", (number,))
    return kept, ()


def _insert(con: sqlite3.Connection, hunt_id: str, finding: Finding) -> int:
    values = _values(con, hunt_id, finding)
    found = con.execute(
        f"INSERT INTO findings (hunt_id, {', '.join(_COLUMNS)}) VALUES (?, {_PLACES})",
        (hunt_id, *values),
    )
    number = int(found.lastrowid or 0)
    con.execute("INSERT INTO finding_words (rowid, words) VALUES (?, ?)", (number, _words(finding)))
    return number


def _update(con: sqlite3.Connection, hunt_id: str, number: int, finding: Finding) -> None:
    values = _values(con, hunt_id, finding)
    con.execute(f"UPDATE findings SET {_CHANGES} WHERE number = ?", (*values, number))
    con.execute("UPDATE finding_words SET words = ? WHERE rowid = ?", (_words(finding), number))


def _values(con: sqlite3.Connection, hunt_id: str, finding: Finding) -> tuple[object, ...]:
    """Of `_COLUMNS`."""
    return (
        finding.id,
        storable(finding.title),
        finding.severity.value,
        finding.confidence.value,
        storable(" ".join(mitre.id for mitre in finding.mitre)),
        finding.grounded,
        triaged(con, hunt_id, finding).state.value,
        json.dumps(encode(finding)),
    )


def set_state(con: sqlite3.Connection, hunt_id: str, finding_id: str, state: TriageState) -> None:
    """Set the triage state of a finding; HistoryError if there is no such finding."""
    _set_triage(con, hunt_id, finding_id, "state", state.value)
    con.execute(
        "UPDATE findings SET state = ? WHERE hunt_id = ? AND id = ?",
        (state.value, hunt_id, finding_id),
    )


def set_notes(con: sqlite3.Connection, hunt_id: str, finding_id: str, notes: str) -> None:
    """Set the notes on a finding; HistoryError if there is no such finding."""
    _set_triage(con, hunt_id, finding_id, "notes", json.dumps(notes))


def triaged(con: sqlite3.Connection, hunt_id: str, finding: Finding) -> Finding:
    """The finding with the state and notes that the user gave one of this id and title."""
    found = con.execute(
        "SELECT state, notes FROM triage WHERE hunt_id = ? AND finding_id = ? AND title = ?",
        (hunt_id, finding.id, storable(finding.title)),
    ).fetchone()
    return _triaged(finding, *(found or (None, None)))


def triaged_before(
    con: sqlite3.Connection, hunt_id: str, limit: int
) -> tuple[tuple[Finding, Earlier], ...]:
    """Findings of other hunts that the user has triaged, those of the newest hunts first.

    One that cannot be read is left out: the list of hunts tells of it.
    """
    found = con.execute(
        f"""SELECT hunts.id, hunts.created, findings.body, triage.state, triage.notes
        FROM triage JOIN findings ON findings.hunt_id = triage.hunt_id
            AND findings.id = triage.finding_id AND findings.title = triage.title
        JOIN hunts ON hunts.id = triage.hunt_id
        WHERE triage.hunt_id != ? AND {sound(TRIAGE_COLUMNS, "triage")}
            AND {sound(FINDING_COLUMNS, "findings")} ORDER BY hunts.created DESC LIMIT ?""",
        (hunt_id, limit),
    ).fetchall()
    triaged: list[tuple[Finding, Earlier]] = []
    for earlier_id, created, body, state, notes in found:
        with contextlib.suppress(HistoryError):
            finding = _triaged(_finding(body), state, notes)
            when = dt.datetime.fromisoformat(created)
            words = finding.notes if notes is not None else ""
            if finding.state is TriageState.NEW and not words:
                continue  # taken back
            triaged.append((finding, Earlier(earlier_id, when, finding.state, words)))
    return tuple(triaged)


def _set_triage(
    con: sqlite3.Connection, hunt_id: str, finding_id: str, column: str, value: str
) -> None:
    found = con.execute(
        "SELECT title FROM findings WHERE hunt_id = ? AND id = ?", (hunt_id, finding_id)
    ).fetchone()
    if found is None:
        raise unknown("finding")
    con.execute(
        f"INSERT INTO triage (hunt_id, finding_id, title, {column}) VALUES (?, ?, ?, ?) "
        f"ON CONFLICT (hunt_id, finding_id, title) DO UPDATE SET {column} = excluded.{column}",
        (hunt_id, finding_id, found[0], value),
    )


def _triaged(finding: Finding, state: str | None, notes: str | None) -> Finding:
    if state is None and notes is None:
        return finding
    with readable(Finding):
        return replace(
            finding,
            state=finding.state if state is None else TriageState(state),
            notes=finding.notes if notes is None else json.loads(notes),
        )


def _words(finding: Finding) -> str:
    """Everything of a finding that a human may search for."""
    parts = [finding.title, finding.description, finding.notes, *finding.tags]
    parts += [f"{mitre.tactic} {mitre.id} {mitre.name}" for mitre in finding.mitre]
    parts += [ioc.value for ioc in finding.iocs]
    parts += [quoted.text for item in finding.evidence for quoted in item.quotations]
    return storable("\n".join(parts))


def _finding(body: str, *, whole: bool = True) -> Finding:
    if not whole:
        raise changed_record()
    with readable(Finding):
        return as_recorded(decode(Finding, json.loads(body)))


@contextlib.contextmanager
def readable(kind: type[object]) -> Iterator[None]:
    """HistoryError for a record that does not hold what it should."""
    try:
        yield
    except (ValueError, TypeError, LookupError, ArithmeticError) as error:
        raise HistoryError(
            "A history record cannot be read.",
            f"It is not a {kind.__name__.lower()} in the format of this version.",
            "Update soc-tui; if that does not help, move the history file away.",
        ) from error


def changed_record() -> HistoryError:
    """A record is not as it was written, by the digest in it."""
    return HistoryError(
        "A history record was changed or damaged.",
        "It is not as soc-tui wrote it: its digest does not fit. A disk may be failing.",
        "Its bundle may still hold the hunt: soc-tui replay, with a file of the bundles folder.",
    )


def unknown(what: str) -> HistoryError:
    """There is no such hunt or finding."""
    return HistoryError(
        f"No such {what} in the history.", "", "soc-tui history list shows all hunts."
    )
