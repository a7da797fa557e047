"""A firm's week, table by table: ordinary rows and the intruder's, in the order of time."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from soc_tui.demo.firms import cloud, endpoint, logons
from soc_tui.demo.firms.attack import Intrusion
from soc_tui.demo.firms.endpoint import STAGE, Maker, Row, Week
from soc_tui.demo.firms.firm import firm
from soc_tui.guardrails.catalog import load_catalog
from soc_tui.model.catalog import KqlType
from soc_tui.model.rows import Rows

if TYPE_CHECKING:
    import pyarrow as pa

END = dt.datetime(2026, 3, 5, 17, 0, tzinfo=dt.UTC)


@dataclass(frozen=True, slots=True)
class TableWeek:
    """Rows of one table with, for each, the intruder's stage; empty for ordinary ones."""

    rows: Rows
    stages: tuple[str, ...]


def week(seed: int, scale: float = 1.0) -> Week:
    """Rows by table, as plain data, sorted by time. `scale` 1 gives about 45,000 rows."""
    maker = Maker(firm(seed))

    def of(count: int) -> int:
        return int(count * scale)

    made: Week = {
        "DeviceProcessEvents": list(endpoint.ordinary_processes(maker, of(14_000))),
        "DeviceLogonEvents": list(logons.ordinary_logons(maker, of(3_500))),
        "IdentityLogonEvents": list(logons.ordinary_identity(maker, of(1_500))),
        "SecurityEvent": list(logons.ordinary_security(maker, of(4_000))),
        "Syslog": list(logons.ordinary_syslog(maker, of(1_500))),
        "CommonSecurityLog": list(logons.ordinary_firewall(maker, of(3_000))),
        "SigninLogs": list(cloud.ordinary_sign_ins(maker, of(2_500), interactive=True)),
        "AADNonInteractiveUserSignInLogs": list(
            cloud.ordinary_sign_ins(maker, of(2_000), interactive=False)
        ),
        "AuditLogs": list(cloud.ordinary_audits(maker, of(800))),
        "OfficeActivity": list(cloud.ordinary_office(maker, of(3_000))),
        "EmailEvents": list(cloud.ordinary_mail(maker, of(1_500))),
        "AzureActivity": list(cloud.ordinary_azure(maker, of(600))),
    }
    counts = {"file": of(4_000), "reg": of(2_000), "net": of(6_000), "event": of(1_000)}
    for table, row in endpoint.ordinary_endpoint(maker, counts):
        made.setdefault(table, []).append(row)
    for table, row in Intrusion(maker).rows():
        made[table].append(row)
    for rows in made.values():
        rows.sort(key=lambda row: float(str(row["Time"])))
    return made


def stages(made: Week) -> tuple[str, ...]:
    """The intruder's stages, each once."""
    return tuple(dict.fromkeys(
        str(row[STAGE]) for rows in made.values() for row in rows if STAGE in row
    ))  # fmt: skip


def tables(made: Week) -> Mapping[str, TableWeek]:
    """The week as rows of a workspace, with every column that the catalog documents."""
    return {
        name: TableWeek(_rows(name, rows), tuple(str(row.get(STAGE, "")) for row in rows))
        for name, rows in made.items()
    }


def _rows(name: str, rows: Sequence[Row]) -> Rows:
    import pyarrow as pa

    spec = load_catalog().tables[name]
    arrays = [_array(column.name, column.type, rows) for column in spec.columns]
    return Rows(pa.table(arrays, names=list(spec.column_names)), tuple(spec.columns))


def _array(name: str, kind: KqlType, rows: Sequence[Row]) -> pa.Array:
    import pyarrow as pa

    if kind is KqlType.DATETIME:
        times: list[object] = [None] * len(rows)
        if name in ("TimeGenerated", "Timestamp"):
            times = [END + dt.timedelta(seconds=float(str(row["Time"]))) for row in rows]
        return pa.array(times, type=pa.timestamp("us", tz="UTC"))
    values = [row.get(name) for row in rows]
    if kind in (KqlType.INT, KqlType.LONG):
        return pa.array([None if one is None else int(str(one)) for one in values], pa.int64())
    if kind is KqlType.REAL:
        return pa.array([None if one is None else float(str(one)) for one in values], pa.float64())
    if kind is KqlType.BOOL:
        return pa.array([None if one is None else str(one) == "True" for one in values], pa.bool_())
    if kind is KqlType.STRING:
        return pa.array([_text(one) for one in values], pa.string())
    return pa.array([None if one in (None, "") else _text(one) for one in values], pa.string())


def _text(value: object) -> str:
    if value is None:
        return ""
    return value if isinstance(value, str) else json.dumps(value)
