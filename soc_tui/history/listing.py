"""Lists hunts without decoding their records. SQL on an open history file."""

from __future__ import annotations

import datetime as dt
import json
import sqlite3
from dataclasses import dataclass, replace
from decimal import Decimal

from soc_tui.history.codec import decode
from soc_tui.history.digests import sound
from soc_tui.history.filters import HistoryFilter
from soc_tui.history.schema import HUNT_COLUMNS
from soc_tui.history.searching import condition
from soc_tui.model.coverage import Unseen
from soc_tui.model.hunt import Hunt, Status
from soc_tui.model.listing import Listed, Listing
from soc_tui.model.quote import Usage
from soc_tui.model.receipt import Receipt

_COLUMNS = """id, created, request, kql, workspace, analyst, status, row_count, finding_count,
    problem, playbook, iif(json_valid(body), json_extract(body, '$.repeats'), ''), model, price_usd,
    iif(json_valid(body), json_extract(body, '$.usage.calls'), 0),
    iif(json_valid(body), json_object(
        'unseen', json_extract(body, '$.unseen'), 'receipt', json_extract(body, '$.receipt'),
        'partial', ifnull(json_extract(body, '$.partial'), '')), '')"""
_COLUMNS += f", {sound(HUNT_COLUMNS)}"


@dataclass(frozen=True)
class _Seen:
    """The part of a record that says what was seen."""

    unseen: Unseen | None = None
    receipt: Receipt | None = None
    partial: str = ""


def listing(con: sqlite3.Connection, wanted: HistoryFilter, limit: int) -> Listing:
    """The hunts that are wanted. Damaged ones do not keep the others from being seen."""
    where, values = condition(wanted)
    found = con.execute(
        f"SELECT {_COLUMNS} FROM hunts WHERE {where} ORDER BY created DESC, id DESC LIMIT ?",
        (*values, limit),
    )
    rows = found.fetchall()
    hunts = tuple(hunt for hunt in map(_readable, rows) if hunt is not None)
    damaged = len(rows) - len(hunts)
    total = con.execute("SELECT count(*) FROM hunts").fetchone()[0]
    if len(rows) < limit:
        return Listing(hunts, len(rows), total, damaged)
    if where == "1":
        return Listing(hunts, total, total, damaged)
    fitting = con.execute(f"SELECT count(*) FROM hunts WHERE {where}", values).fetchone()[0]
    return Listing(hunts, fitting, total, damaged)


def _readable(row: tuple[str, ...]) -> Listed | None:
    """The hunt of a row; None when its values are none that were ever written."""
    try:
        return _listed(row)
    except (ValueError, TypeError, ArithmeticError):
        return None


def _listed(row: tuple[str, ...]) -> Listed:
    identifier, created, request, kql, workspace, analyst, status, row_count, findings = row[:9]
    problem, playbook, repeats, model, price, calls, seen, whole = row[9:]
    if not whole:
        raise ValueError("a record that is not as it was written")
    usage = None
    if model is not None:
        usage = Usage(model, price=None if price is None else Decimal(price), calls=int(calls or 0))
    listed = Listed(
        id=identifier,
        created=dt.datetime.fromisoformat(created),
        request=request,
        kql=kql,
        workspace=workspace,
        analyst=analyst,
        status=Status(status),
        row_count=None if row_count is None else int(row_count),
        findings=int(findings),
        problem=problem,
        playbook=playbook,
        repeats=repeats or "",
        usage=usage,
    )
    return replace(listed, coverage=_coverage(listed, seen)) if seen else listed


def _coverage(listed: Listed, seen: str) -> str:
    """What was seen of a hunt's rows, from that part of its record."""
    if listed.row_count is None:
        return ""
    try:
        known = decode(_Seen, json.loads(seen))
    except (ValueError, TypeError, LookupError, ArithmeticError):
        return "what was seen cannot be read from its record"
    hunt = Hunt(
        listed.id,
        listed.created,
        listed.request,
        listed.workspace,
        listed.analyst,
        listed.status,
        row_count=listed.row_count,
        partial=known.partial,
        unseen=known.unseen,
        receipt=known.receipt,
    )
    return hunt.coverage.summary()
