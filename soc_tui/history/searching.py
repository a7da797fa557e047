"""Searches and statistics over all hunts. SQL on an open history file."""

from __future__ import annotations

import datetime as dt
import sqlite3
from collections.abc import Iterator
from dataclasses import dataclass

from soc_tui.history.codec import time_text
from soc_tui.history.digests import sound
from soc_tui.history.filters import HistoryFilter
from soc_tui.history.schema import HUNT_COLUMNS
from soc_tui.history.sqlite_file import storable

_HOST_COLUMNS = "('DeviceName','Computer','HostName','VM_s','SourceHostName','CompromisedEntity')"
_TOP = 10
_SOUND = "iif(json_valid({0}), {0}, '{{}}')"
"""A record, or one that holds nothing where it is damaged."""

# Cells of host columns that findings quote, indicators that are hosts, and the plan's own host.
_ON_HOST = f"""(
    lower(json_extract({_SOUND.format("hunts.body")}, '$.plan.device_name')) GLOB :host
    OR EXISTS (
        SELECT 1 FROM findings f, json_each({_SOUND.format("f.body")}, '$.evidence') e,
            json_each(e.value, '$.quotations') q
        WHERE f.hunt_id = hunts.id
            AND json_extract(q.value, '$.column') IN {_HOST_COLUMNS}
            AND lower(json_extract(q.value, '$.text')) GLOB :host)
    OR EXISTS (
        SELECT 1 FROM findings f, json_each({_SOUND.format("f.body")}, '$.iocs') i
        WHERE f.hunt_id = hunts.id
            AND lower(json_extract(i.value, '$.type')) IN ('host', 'hostname', 'device')
            AND lower(json_extract(i.value, '$.value')) GLOB :host)
)"""


@dataclass(frozen=True, slots=True)
class Day:
    """What was done on one day, UTC."""

    day: dt.date
    hunts: int
    findings: int


@dataclass(frozen=True, slots=True)
class Trends:
    """Figures over hunts.

    Attributes:
        days: Days with hunts, oldest first.
        techniques: ATT&CK ids with the number of findings that name them, most first.
        states: Triage states with their number of findings, most first.
    """

    days: tuple[Day, ...] = ()
    techniques: tuple[tuple[str, int], ...] = ()
    states: tuple[tuple[str, int], ...] = ()


def bodies(con: sqlite3.Connection, wanted: HistoryFilter, limit: int) -> tuple[str, ...]:
    """The records of the hunts that are wanted, newest first; none that is damaged."""
    where, values = condition(wanted)
    where = f"({where}) AND {sound(HUNT_COLUMNS)}"
    found = con.execute(
        f"SELECT body FROM hunts WHERE {where} ORDER BY created DESC, id DESC LIMIT ?",
        (*values, limit),
    )
    return tuple(body for (body,) in found)


def trends(con: sqlite3.Connection, wanted: HistoryFilter) -> Trends:
    """Figures over the hunts that are wanted and their findings."""
    where, values = condition(wanted)
    days = con.execute(
        "SELECT substr(created, 1, 10) AS day, count(*), sum(finding_count) FROM hunts "
        f"WHERE {where} GROUP BY day ORDER BY day",
        values,
    )
    of_these = f"FROM findings WHERE hunt_id IN (SELECT id FROM hunts WHERE {where})"
    states = con.execute(
        f"SELECT state, count(*) AS n {of_these} GROUP BY state ORDER BY n DESC, state", values
    ).fetchall()
    techniques: dict[str, int] = {}
    for (named,) in con.execute(f"SELECT mitre {of_these}", values):
        for technique in dict.fromkeys(named.split()):
            techniques[technique] = techniques.get(technique, 0) + 1
    top = sorted(techniques.items(), key=lambda item: (-item[1], item[0]))[:_TOP]
    return Trends(
        tuple(Day(dt.date.fromisoformat(day), hunts, findings) for day, hunts, findings in days),
        tuple(top),
        tuple(states),
    )


def condition(wanted: HistoryFilter) -> tuple[str, list[str]]:
    """What a row of `hunts` must fulfil, as SQL with its values; "1" when all are wanted."""
    parts = [*_conditions(wanted)]
    return " AND ".join(sql for sql, _ in parts) or "1", [v for _, found in parts for v in found]


def _conditions(wanted: HistoryFilter) -> Iterator[tuple[str, list[str]]]:
    if wanted.words:
        yield _words(wanted.words)
    if wanted.statuses:
        yield _any("status", [status.value for status in wanted.statuses])
    if wanted.workspaces:
        yield _beginnings("lower(workspace)", wanted.workspaces)
    if wanted.playbooks:
        yield _beginnings("playbook", wanted.playbooks)
    if wanted.after:
        yield "created >= ?", [time_text(wanted.after)]
    if wanted.before:
        yield "created < ?", [time_text(wanted.before)]
    if wanted.about_findings:
        yield _finding(wanted)
    if wanted.hosts:
        # SQLite numbers a repeated name once; here each place is a value of its own.
        sql = " OR ".join(_ON_HOST.replace(":host", "?") for _ in wanted.hosts)
        yield f"({sql})", [_beginning(host) for host in wanted.hosts for _ in range(3)]


_SAID = """(
    number IN (SELECT rowid FROM hunt_words WHERE hunt_words MATCH ?)
    OR id IN (SELECT f.hunt_id FROM finding_words w JOIN findings f ON f.number = w.rowid
        WHERE finding_words MATCH ?)
)"""


def _words(words: tuple[str, ...]) -> tuple[str, list[str]]:
    """Beginnings of words; a word without letters and digits is in no index."""
    told = [storable(word) for word in words if any(c.isalnum() for c in storable(word))]
    if len(told) < len(words) and not told:
        return "0", []
    queries = ['"' + word.replace('"', '""') + '"*' for word in told]
    return " AND ".join(_SAID for _ in told), [query for query in queries for _ in range(2)]


def _finding(wanted: HistoryFilter) -> tuple[str, list[str]]:
    parts = ["f.hunt_id = hunts.id"]
    values: list[str] = []
    for column, names in (
        ("f.state", [state.value for state in wanted.states]),
        ("f.severity", [severity.value for severity in wanted.severities]),
    ):
        if names:
            sql, found = _any(column, names)
            parts.append(sql)
            values += found
    if wanted.techniques:
        # Ids stand with spaces between them: a beginning is a technique with its sub-techniques.
        parts.append("(" + " OR ".join("' ' || f.mitre GLOB ?" for _ in wanted.techniques) + ")")
        values += [f"* {_beginning(storable(technique))}" for technique in wanted.techniques]
    return f"EXISTS (SELECT 1 FROM findings f WHERE {' AND '.join(parts)})", values


def _any(column: str, names: list[str]) -> tuple[str, list[str]]:
    return f"{column} IN ({', '.join('?' for _ in names)})", names


def _beginnings(column: str, names: tuple[str, ...]) -> tuple[str, list[str]]:
    sql = " OR ".join(f"{column} GLOB ?" for _ in names)
    return f"({sql})", [_beginning(name) for name in names]


def _beginning(text: str) -> str:
    """A GLOB pattern for texts that begin so, none of its characters having a meaning."""
    escaped = "".join(f"[{c}]" if c in "*?[" else c for c in storable(text))
    return f"{escaped}*"
