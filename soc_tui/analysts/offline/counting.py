"""Requests for numbers ("how many", "top 10 accounts"), as a query that counts. Pure."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Mapping, Sequence

from soc_tui.model.catalog import Catalog, TableSpec
from soc_tui.model.limits import Limits
from soc_tui.model.plan import Plan

_MOST_GROUPS = 100
_NOUNS: Mapping[str, Sequence[str]] = {
    r"(?:hosts?|machines?|devices?|computers?|servers?|workstations?)": (
        "DeviceName", "Computer", "VM_s", "SourceHostName",
    ),
    r"(?:users?|accounts?|people|persons?)": (
        "UserPrincipalName", "AccountName", "InitiatingProcessAccountName", "UserId", "Caller",
        "TargetUserName", "RecipientEmailAddress", "SourceUserName",
    ),
    r"callers?": ("Caller",),
    r"(?:ip )?(?:addresses|address|ips?|sources?)": (
        "IPAddress", "RemoteIP", "CallerIpAddress", "SrcIP_s", "SourceIP", "ClientIP", "IpAddress",
    ),
    r"(?:countries|country|locations?)": ("Location", "Country_s", "Country"),
    r"(?:process(?:es)?|programs?|files?)": ("FileName", "InitiatingProcessFileName"),
    r"(?:parents?(?: process(?:es)?)?)": ("InitiatingProcessFileName",),
    r"(?:domains?|urls?|destinations?)": ("RemoteUrl", "DestIP_s", "DestinationIP"),
    r"ports?": ("RemotePort", "DestPort_d", "DestinationPort", "DestPort"),
    r"operations?": ("OperationNameValue", "OperationName", "Operation"),
    r"(?:apps?|applications?)": ("AppDisplayName",),
    r"(?:result types?|results?|error codes?|errors?)": ("ResultType", "ActivityStatusValue"),
    r"(?:actions?|action types?)": ("ActionType",),
    r"logon types?": ("LogonType",),
    r"rules?": ("NSGRule_s", "NsgRule"),
    r"(?:registry )?keys?": ("RegistryKey",),
    r"(?:event ids?)": ("EventID",),
    r"(?:titles?|alerts?)": ("Title", "AlertName"),
    r"severit(?:y|ies)": ("Severity", "AlertSeverity"),
}  # fmt: skip
_NOUN = "|".join(_NOUNS)
_TOP = re.compile(
    rf"\b(?:top\s+(?P<count>\d{{1,3}}|ten|five|twenty)?|most (?:common|frequent|active|seen))\s+"
    rf"(?:\w+\s+)?(?P<what>{_NOUN})\b",
    re.I,
)
_PER = re.compile(
    r"\b(?:count(?:s|ed)?|numbers?|total|how many|group(?:ed)?)\b.*?"
    rf"\b(?:per|by|for each)\s+(?P<what>{_NOUN})\b",
    re.I,
)
_HOW_MANY = re.compile(
    rf"\b(?:how many|number of|count (?:of |the )?)\s*(?:different |distinct |unique )?"
    rf"(?P<what>{_NOUN})?",
    re.I,
)
_WORD_NUMBERS = {"five": 5, "ten": 10, "twenty": 20}
_DEFAULT_TOP = 10


def counted(text: str, plan: Plan, catalog: Catalog, limits: Limits, before: str = "") -> Plan:
    """The plan with a query that counts, where the request asks for numbers; else as it is.

    Args:
        before: The query that the request follows up: what was counted is counted again.
    """
    table = catalog.table(plan.table_name)
    summary = (_summary(text, table) or _summary_of(before)) if table else None
    if table is None or summary is None:
        return plan
    from soc_tui.kql.build import build

    lines = build(dataclasses.replace(plan, kql=""), catalog, limits).kql.splitlines()
    kept = [line for line in lines if line == lines[0] or line.startswith("| where ")]
    query, why = summary
    return dataclasses.replace(
        plan, kql="\n".join([*kept, query]), rationale=f"{plan.rationale} {why}".strip()
    )


def _summary(text: str, table: TableSpec) -> tuple[str, str] | None:
    """The operators that count, and a sentence on them."""
    times = f"First = min({table.time_column}), Last = max({table.time_column})"
    if match := _TOP.search(text) or _PER.search(text):
        column = _column(match["what"], table)
        if not column:
            return None
        most = _most(match)
        return (
            f"| summarize Records = count(), {times} by {column}\n| top {most} by Records desc",
            f"Counted by {column}, the {most} with the most records.",
        )
    if match := _HOW_MANY.search(text):
        column = _column(match["what"] or "", table)
        if not column:
            return f"| summarize Records = count(), {times}", "Counted, not listed."
        return (
            f"| summarize Records = count(), {times} by {column}\n"
            f"| top {_MOST_GROUPS} by Records desc",
            f"A row for each {column}, at most {_MOST_GROUPS}: count the rows.",
        )
    return None


def _summary_of(query: str) -> tuple[str, str] | None:
    _, mark, rest = query.partition("\n| summarize ")
    return (f"| summarize {rest}", "Counted as before.") if mark else None


def _most(match: re.Match[str]) -> int:
    count = (match.groupdict().get("count") or "").lower()
    if count.isdigit():
        return max(1, int(count))
    return _WORD_NUMBERS.get(count, _DEFAULT_TOP if match.re is _TOP else _MOST_GROUPS)


def _column(noun: str, table: TableSpec) -> str:
    """The table's column for a noun, or empty."""
    for pattern, columns in _NOUNS.items():
        if re.fullmatch(pattern, noun, re.I):
            return next((name for name in columns if table.column(name)), "")
    return ""
