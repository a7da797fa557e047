"""A draft as a scheduled analytics rule of Microsoft Sentinel, in YAML.

Source: https://learn.microsoft.com/azure/sentinel/sentinel-analytic-rules-creation and
https://github.com/Azure/Azure-Sentinel/wiki/Query-Style-Guide
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from soc_tui.model.finding import Severity
from soc_tui.review.detections.draft import Draft
from soc_tui.review.detections.sigma_rule import about

_SEVERITIES = {
    Severity.INFORMATIONAL: "Informational",
    Severity.LOW: "Low",
    Severity.MEDIUM: "Medium",
    Severity.HIGH: "High",
    Severity.CRITICAL: "High",
}
_ENTITIES: tuple[tuple[str, tuple[tuple[str, str], ...]], ...] = (
    ("Host", (("HostName", "DeviceName"),)),
    ("Host", (("HostName", "Computer"),)),
    ("Account", (("Name", "AccountName"), ("NTDomain", "AccountDomain"))),
    ("Account", (("FullName", "UserPrincipalName"),)),
    ("Account", (("FullName", "Caller"),)),
    ("IP", (("Address", "IPAddress"),)),
    ("IP", (("Address", "CallerIpAddress"),)),
    ("IP", (("Address", "RemoteIP"),)),
    ("Process", (("CommandLine", "ProcessCommandLine"),)),
    ("File", (("Name", "FileName"),)),
    ("FileHash", (("Value", "SHA256"),)),
    ("RegistryKey", (("Key", "RegistryKey"),)),
    ("URL", (("Url", "RemoteUrl"),)),
)
_MOST_MAPPINGS = 5
"""Of one rule. The service takes ten."""


def sentinel_rule(draft: Draft, kql: str, columns: Sequence[str]) -> str:
    """YAML of the rule: hourly, over the last hour, an alert for any row.

    Args:
        kql: The rule's condition as a query, without a time range: the service sets it.
        columns: Columns of the table, for the entities of its alerts.
    """
    import yaml

    finding = draft.finding
    document: dict[str, Any] = {
        "id": draft.id,
        "name": draft.title,
        "description": about(finding),
        "severity": _SEVERITIES[finding.severity],
        "status": "Available",
        "requiredDataConnectors": [],
        "queryFrequency": "1h",
        "queryPeriod": "1h",
        "triggerOperator": "gt",
        "triggerThreshold": 0,
        "tactics": sorted(
            {mitre.tactic.replace(" ", "") for mitre in finding.mitre if mitre.tactic}
        ),
        "relevantTechniques": sorted({mitre.id for mitre in finding.mitre if mitre.id}),
        "query": "\n| ".join(kql.split(" | ", 1)),
        "entityMappings": list(_mappings(columns)),
        "version": "1.0.0",
        "kind": "Scheduled",
    }
    return yaml.dump(document, Dumper=_block_text(), sort_keys=False, allow_unicode=True, width=100)


def _mappings(columns: Sequence[str]) -> list[dict[str, Any]]:
    found = []
    for kind, fields in _ENTITIES:
        there = [(name, column) for name, column in fields if column in columns]
        if there and there[0][1] == fields[0][1]:
            mapped = [{"identifier": name, "columnName": column} for name, column in there]
            found.append({"entityType": kind, "fieldMappings": mapped})
    return found[:_MOST_MAPPINGS]


def _block_text() -> Any:
    """A YAML writer that writes texts of several lines as blocks, as rules are read and edited."""
    import yaml

    class BlockText(yaml.SafeDumper):
        pass

    def text(dumper: yaml.SafeDumper, value: str) -> yaml.ScalarNode:
        style = "|" if "\n" in value else None
        return dumper.represent_scalar("tag:yaml.org,2002:str", value, style=style)

    BlockText.add_representer(str, text)
    return BlockText
