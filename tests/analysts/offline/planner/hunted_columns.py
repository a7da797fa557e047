"""Columns that a hunt reads, as the planner is told of them."""

from __future__ import annotations

from collections.abc import Sequence

_COLUMNS = {
    "DeviceProcessEvents": (
        "FileName", "FolderPath", "InitiatingProcessParentFileName", "ProcessIntegrityLevel", "MD5",
    ),
    "DeviceNetworkEvents": ("ActionType", "RemotePort", "RemoteUrl", "LocalPort"),
    "SigninLogs": ("AppDisplayName", "ConditionalAccessStatus", "UserAgent"),
    "AzureActivity": ("ActivityStatusValue", "OperationNameValue"),
}  # fmt: skip


def hunted_columns(table: str) -> Sequence[str]:
    """Some columns of some tables, and one that none has."""
    return (*_COLUMNS.get(table, ()), "NoSuchColumn")
