"""Which table rows come from, judged by their columns."""

from __future__ import annotations

from collections.abc import Iterable

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


def infer(columns: Iterable[str]) -> str:
    """The table's name, or empty when the columns do not tell."""
    available = set(columns)
    for table, sets in _TELLTALES:
        if any(telltale <= available for telltale in sets):
            return table
    return ""
