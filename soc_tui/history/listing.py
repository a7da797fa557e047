"""Lists hunts without decoding their records. SQL on an open history file."""

from __future__ import annotations

import datetime as dt
import sqlite3
from decimal import Decimal

from soc_tui.history.filters import HistoryFilter
from soc_tui.history.searching import condition
from soc_tui.model.hunt import Status
from soc_tui.model.listing import Listed, Listing
from soc_tui.model.quote import Usage

_COLUMNS = """id, created, request, kql, workspace, analyst, status, row_count, finding_count,
    problem, playbook, iif(json_valid(body), json_extract(body, '$.repeats'), ''), model, price_usd,
    iif(json_valid(body), json_extract(body, '$.usage.calls'), 0)"""


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
    problem, playbook, repeats, model, price, calls = row[9:]
    usage = None
    if model is not None:
        usage = Usage(model, price=None if price is None else Decimal(price), calls=int(calls or 0))
    return Listed(
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
