"""Hunts as a list shows them, read without decoding their records, as SQL on an open file."""

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
    problem, playbook, json_extract(body, '$.repeats'), model, price_usd,
    json_extract(body, '$.usage.calls')"""


def listing(con: sqlite3.Connection, wanted: HistoryFilter, limit: int) -> Listing:
    """The hunts that are wanted."""
    where, values = condition(wanted)
    found = con.execute(
        f"SELECT {_COLUMNS} FROM hunts WHERE {where} ORDER BY created DESC, id DESC LIMIT ?",
        (*values, limit),
    )
    hunts = tuple(map(_listed, found))
    total = con.execute("SELECT count(*) FROM hunts").fetchone()[0]
    if len(hunts) < limit:
        return Listing(hunts, len(hunts), total)
    if where == "1":
        return Listing(hunts, total, total)
    fitting = con.execute(f"SELECT count(*) FROM hunts WHERE {where}", values).fetchone()[0]
    return Listing(hunts, fitting, total)


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
