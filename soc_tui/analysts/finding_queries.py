"""Follow-up queries for a finding: entities, time window and tables. Pure."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from soc_tui.analysts.grounding.cited_rows import CitedRows
from soc_tui.model.catalog import Catalog, TableSpec
from soc_tui.model.finding import Finding
from soc_tui.model.plan import Operator, Plan, Predicate
from soc_tui.model.rows import Rows
from soc_tui.model.time_columns import TIME_COLUMNS, time_column

AROUND = dt.timedelta(minutes=15)
"""How much before the first and after the last cited row is looked at."""

_ENDPOINT = (
    "DeviceProcessEvents",
    "DeviceNetworkEvents",
    "DeviceFileEvents",
    "DeviceLogonEvents",
    "DeviceRegistryEvents",
    "DeviceEvents",
)
_CLOUD = (
    "SigninLogs",
    "AADNonInteractiveUserSignInLogs",
    "AuditLogs",
    "AzureActivity",
    "OfficeActivity",
)
# Where the other half of a story stands, the most telling table first.
_RELATED: Mapping[str, tuple[str, ...]] = {
    "DeviceProcessEvents": ("DeviceNetworkEvents", "DeviceFileEvents", "DeviceLogonEvents"),
    "DeviceNetworkEvents": ("DeviceProcessEvents", "DeviceFileEvents"),
    "DeviceFileEvents": ("DeviceProcessEvents", "DeviceNetworkEvents"),
    "DeviceRegistryEvents": ("DeviceProcessEvents", "DeviceFileEvents"),
    "DeviceLogonEvents": ("DeviceProcessEvents", "DeviceNetworkEvents", "SecurityEvent"),
    "DeviceEvents": ("DeviceProcessEvents", "DeviceNetworkEvents"),
    "SecurityEvent": ("DeviceProcessEvents", "DeviceLogonEvents"),
    "SigninLogs": ("AuditLogs", "AzureActivity", "AADNonInteractiveUserSignInLogs"),
    "AzureActivity": ("SigninLogs", "AuditLogs"),
    "AuditLogs": ("SigninLogs", "AzureActivity"),
    "OfficeActivity": ("SigninLogs", "EmailEvents"),
    "EmailEvents": ("OfficeActivity", "SigninLogs"),
    "AzureNetworkAnalytics_CL": ("NTANetAnalytics", "AzureActivity", "DeviceNetworkEvents"),
    "AlertInfo": ("AlertEvidence",),
}
_HOSTS = ("DeviceName", "Computer", "VM_s", "HostName", "SourceHostName", "CompromisedEntity")
_ACCOUNTS = (
    "UserPrincipalName",
    "AccountUpn",
    "InitiatingProcessAccountUpn",
    "UserId",
    "RecipientEmailAddress",
    "AccountName",
    "TargetUserName",
)
_ADDRESSES = ("IPAddress", "CallerIpAddress", "RemoteIP", "IpAddress", "SrcIP_s")


@dataclass(frozen=True, slots=True)
class Focus:
    """Whom and when a finding is about, by the cells it cites; the most frequent value of each.

    Attributes:
        first, last: Times of the cited rows, UTC; None when they cannot be told.
    """

    host: str = ""
    account: str = ""
    caller: str = ""
    address: str = ""
    first: dt.datetime | None = None
    last: dt.datetime | None = None


def focus(finding: Finding, rows: Rows | None) -> Focus:
    """Read from the cited rows; from the quoted cells when the rows are not open."""
    cells = _Cells.of(finding, rows)
    times = cells.times
    return Focus(
        host=cells.usual(_HOSTS),
        account=cells.usual(_ACCOUNTS),
        caller=cells.usual(("Caller",)),
        address=cells.usual(_ADDRESSES),
        first=min(times, default=None),
        last=max(times, default=None),
    )


def related(table: str, catalog: Catalog) -> tuple[str, ...]:
    """Tables of the catalog where more of the story may stand; the table itself comes last."""
    others = _RELATED.get(table, ())
    family = next((group for group in (_ENDPOINT, _CLOUD) if table in group), (*_ENDPOINT, *_CLOUD))
    names = dict.fromkeys((*others, *(name for name in family if name != table), table))
    return tuple(name for name in names if name in catalog.tables)


def plans(
    finding: Finding, rows: Rows | None, table: str, catalog: Catalog, now: dt.datetime
) -> tuple[Plan, ...]:
    """A plan for each related table that can be asked for whom the finding is about."""
    about = focus(finding, rows)
    made = (_plan(catalog.tables[name], about, now) for name in related(table, catalog))
    return tuple(plan for plan in made if plan is not None)


def _plan(spec: TableSpec, about: Focus, now: dt.datetime) -> Plan | None:
    host = about.host if spec.device_column else ""
    account = about.account if spec.user_column and not host else ""
    caller = about.caller if spec.caller_column and not (host or account) else ""
    predicates = [*_around(spec, about)]
    who = host or account or caller
    if not who:
        columns = tuple(name for name in _ADDRESSES if spec.column(name))
        if not (columns and about.address):
            return None
        predicates.append(Predicate(columns, Operator.EQUALS, (about.address,)))
        who = about.address
    return Plan(
        table_name=spec.name,
        fields=spec.default_fields,
        time_range_hours=_hours_back(about, now),
        rationale=f"What {spec.name} shows about {who} around the cited rows.",
        device_name=host,
        user_principal_name=account,
        caller=caller,
        predicates=tuple(predicates),
    )


def _around(spec: TableSpec, about: Focus) -> Iterator[Predicate]:
    if about.first is None or about.last is None or not spec.time_column:
        return
    for operator, moment in (
        (Operator.GREATER_OR_EQUAL, about.first - AROUND),
        (Operator.LESS_OR_EQUAL, about.last + AROUND),
    ):
        yield Predicate((spec.time_column,), operator, (f"{moment:%Y-%m-%dT%H:%M:%SZ}",))


def _hours_back(about: Focus, now: dt.datetime) -> float:
    """Hours from the window's start to now, rounded up; 0 (the default) when it is not known."""
    if about.first is None:
        return 0.0
    seconds = (now - about.first + AROUND).total_seconds()
    return max(1.0, float(-(-seconds // 3600)))


@dataclass(frozen=True, slots=True)
class _Cells:
    """Cells by column, and the times, of what a finding cites."""

    by_column: Mapping[str, Sequence[str]] = field(default_factory=dict)
    times: Sequence[dt.datetime] = ()

    @classmethod
    def of(cls, finding: Finding, rows: Rows | None) -> _Cells:
        found: dict[str, list[str]] = {}
        if rows is None:
            for item in finding.evidence:
                for quotation in item.quotations:
                    found.setdefault(quotation.column, []).append(quotation.text)
            texts = [text for name in TIME_COLUMNS for text in found.get(name, ())]
            return cls(found, [time for text in texts if (time := _moment(text))])
        cited = CitedRows(rows, tuple(item.row_id for item in finding.evidence))
        moments = []
        timed = time_column(rows.columns)
        for row in cited.indices:
            for column, text in cited.cells(row):
                found.setdefault(column.name, []).append(text)
                if column.name == timed and (time := _moment(text)):
                    moments.append(time)
        return cls(found, moments)

    def usual(self, columns: Sequence[str]) -> str:
        """The most frequent value of the first of these columns that has one."""
        for name in columns:
            counts = Counter(text for text in self.by_column.get(name, ()) if text.strip())
            if counts:
                return counts.most_common(1)[0][0]
        return ""


def _moment(text: str) -> dt.datetime | None:
    try:
        moment = dt.datetime.fromisoformat(text)
    except ValueError:
        return None
    return moment if moment.tzinfo else moment.replace(tzinfo=dt.UTC)
