"""Finds the source tables of rows from the Type column, the query, or the columns."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from soc_tui.analysts.offline.sigma.rule import TABLES
from soc_tui.model.rows import Rows

TYPE_COLUMN = "Type"
"""Each row of Log Analytics names its table here.

Source: https://learn.microsoft.com/azure/azure-monitor/logs/log-standard-columns
"""

# The first table one of whose sets of columns is there. Sets overlap, so the order matters.
_TELLTALES: tuple[tuple[str, tuple[frozenset[str], ...]], ...] = tuple(
    (table, tuple(frozenset(columns.split()) for columns in sets))
    for table, *sets in (
        ("AlertEvidence", "AlertId EntityType", "AlertId EvidenceRole"),
        ("AlertInfo", "AlertId AttackTechniques", "AlertId Category", "AlertId Title"),
        ("AzureNetworkAnalytics_CL", "FlowType_s", "NSGRule_s", "SrcIP_s", "DestIP_s", "VM_s"),
        ("AzureActivity", "OperationNameValue", "CallerIpAddress", "ActivityStatusValue"),
        ("SigninLogs", "UserPrincipalName ResultType", "UserPrincipalName IPAddress",
         "ResultType AppDisplayName", "ConditionalAccessStatus"),
        ("DeviceRegistryEvents", "RegistryKey", "RegistryValueName", "RegistryValueData"),
        ("DeviceLogonEvents", "LogonType", "LogonId"),
        ("DeviceNetworkEvents", "RemoteUrl", "RemotePort", "RemoteIP"),
        ("DeviceProcessEvents", "ProcessCommandLine", "ProcessId"),
        ("DeviceFileEvents", "FileOriginUrl", "PreviousFileName", "FolderPath", "FileName"),
    )
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Origin:
    """Where rows come from.

    Attributes:
        tables: Their tables; none when that cannot be told.
        apart: True when the rows of several tables are told apart by `TYPE_COLUMN`.
        guessed: True when only the columns told.
    """

    tables: tuple[str, ...]
    apart: bool = False
    guessed: bool = False

    @property
    def text(self) -> str:
        """The tables in words."""
        *rest, last = self.tables or ("an unknown table",)
        return f"{', '.join(rest)} and {last}" if rest else last


def origin(rows: Rows, named: str) -> Origin:
    """Where the rows come from.

    Args:
        named: The one table that the query reads, or empty.
    """
    if named:
        return Origin((named,))
    typed = _types(rows)
    if typed:
        return Origin(typed, apart=True)
    inferred = infer(rows.column_names)
    return Origin((inferred,), guessed=True) if inferred else Origin(())


def _types(rows: Rows) -> tuple[str, ...]:
    """Tables with rules that the column Type names, sorted."""
    if TYPE_COLUMN not in rows.column_names:
        return ()
    values = rows.table.column(TYPE_COLUMN).unique().to_pylist()
    return tuple(sorted(value for value in values if value in TABLES))


def infer(columns: Iterable[str]) -> str:
    """The table's name, or empty when the columns do not tell."""
    available = set(columns)
    for table, sets in _TELLTALES:
        if any(telltale <= available for telltale in sets):
            return table
    return ""
