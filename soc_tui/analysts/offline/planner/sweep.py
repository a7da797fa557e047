"""A sweep ("anywhere", "in all tables"): every table with a column for what is named. Pure."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence

from soc_tui.model.catalog import TableSpec

EVERYWHERE = re.compile(
    r"\b(?:(?<!from )anywhere|everywhere"
    r"|(?:in|across|over|through|from)\s+(?:all|every|any)\s+(?:of\s+)?"
    r"(?:(?:the|my|our)\s+)?(?:tables?|logs?|data|sources?)"
    r"|all\s+(?:the\s+)?(?:tables|logs|activity|activities|traces))\b",
    re.I,
)
"""The words for a sweep."""

_MOST_ROWS = 1000
# What each leg shows, from the first of these columns that its table has.
_SHOWN: Mapping[str, Sequence[str]] = {
    "Host": ("DeviceName", "Computer", "HostName", "SourceHostName", "VM_s", "Resource"),
    "Account": (
        "AccountUpn", "UserPrincipalName", "AccountName", "Caller", "UserId", "TargetUserName",
        "InitiatingProcessAccountName", "RecipientEmailAddress",
    ),
    "Address": (
        "RemoteIP", "IPAddress", "CallerIpAddress", "SrcIP_s", "SourceIP", "ClientIP", "IpAddress",
        "SenderIPv4",
    ),
    "Action": (
        "ActionType", "OperationNameValue", "OperationName", "Operation", "Activity", "Title",
    ),
    "Detail": (
        "ProcessCommandLine", "RegistryKey", "FolderPath", "RemoteUrl", "AppDisplayName", "Subject",
        "SyslogMessage", "InitiatingProcessCommandLine", "FileName", "ResourceGroup",
    ),
}  # fmt: skip


def swept(tables: Sequence[TableSpec], wheres: Callable[[str], Sequence[str]]) -> str:
    """The KQL of a sweep over these tables.

    Args:
        wheres: The `| where` lines for a table, called with its name.
    """
    legs = ",\n".join(_leg(table, wheres(table.name)) for table in tables)
    return f"union\n{legs}\n| top {_MOST_ROWS} by TimeGenerated desc"


def _leg(table: TableSpec, wheres: Sequence[str]) -> str:
    shown = []
    for name, columns in _SHOWN.items():
        column = next((one for one in columns if table.column(one)), "")
        value = f"tostring({column})" if column else '""'
        shown.append(f"{name} = {value}")
    time = table.time_column
    first = "TimeGenerated" if time == "TimeGenerated" else f"TimeGenerated = {time}"
    lines = [table.name, *wheres]
    lines.append(f'| project {first}, SourceTable = "{table.name}", {", ".join(shown)}')
    return "(\n" + "\n".join(f"    {line}" for line in lines) + "\n)"
