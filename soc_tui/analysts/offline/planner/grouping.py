"""What requests count by: "per user and host", "grouped by account, logon type". Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from soc_tui.analysts.offline.planner.column_words import columns_called
from soc_tui.model.catalog import TableSpec

_NOUNS: Mapping[str, Sequence[str]] = {
    r"(?:hosts?|machines?|devices?|computers?|servers?|workstations?)": (
        "DeviceName", "Computer", "VM_s", "SourceHostName",
    ),
    r"talkers?": ("DeviceName", "SrcIP_s", "SrcIp", "SourceIP"),
    r"(?:users?|accounts?|people|persons?|who)": (
        "UserPrincipalName", "AccountName", "InitiatingProcessAccountName", "UserId", "Caller",
        "TargetUserName", "RecipientEmailAddress", "SourceUserName",
    ),
    r"callers?": ("Caller",),
    r"(?:(?:source|remote) )?(?:ip )?(?:addresses|address|ips?|sources?)": (
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
NOUN = "|".join(_NOUNS)
_GROUPED = re.compile(
    r"\b(?:per|for each|group(?:ed|ing)? by|(?:counted?|summari[sz]ed?|broken down|split) by"
    r"|count\b.*?\bby)\s+(?P<list>[^.;?!]+)",
    re.I,
)


def grouped_by(text: str, table: TableSpec) -> tuple[str, ...]:
    """Columns to count by: those of "per user and host", "grouped by account, logon type"."""
    return tuple(dict.fromkeys(column for column, _ in _grouping(text, table)))


def group_spans(text: str, table: TableSpec) -> list[tuple[int, int]]:
    """Where the columns to count by are called."""
    return [
        match.span()
        for _, said in _grouping(text, table)
        for match in re.finditer(rf"(?<!\w){re.escape(said)}(?!\w)", text)
    ]


def _grouping(text: str, table: TableSpec) -> list[tuple[str, str]]:
    """The columns to count by, and the words for each."""
    found: list[tuple[str, str]] = []
    for match in _GROUPED.finditer(text):
        for item in re.split(r"\s*(?:,|&|\band\b|\bper\b|\bby\b)\s*", match["list"]):
            words = item.split()
            column = ""
            for length in range(min(4, len(words)), 0, -1):
                said = " ".join(words[:length]).strip("'\"")
                column = column_of_noun(said, table) or columns_called(said, table)
                if column:
                    break
            if not column:
                break
            if column != table.time_column:
                found.append((column, said))
            if length < len(words):
                break
    return found


def column_of(words: str, table: TableSpec) -> str:
    """The table's column that is called so, by a noun or by its own name, or empty."""
    return column_of_noun(words, table) or columns_called(words, table)


def column_of_noun(noun: str, table: TableSpec) -> str:
    """The table's column for a noun, or empty."""
    for pattern, columns in _NOUNS.items():
        if re.fullmatch(pattern, noun, re.I):
            return next((name for name in columns if table.column(name)), "")
    return ""
