"""What kinds of events the cited rows are, told by their columns and event ids. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from enum import StrEnum

from soc_tui.analysts.grounding.cited_rows import CitedRows


class RowKind(StrEnum):
    """A kind of event, as wide as a data source of MITRE ATT&CK."""

    PROCESS = "process"
    FILE = "file"
    REGISTRY = "registry"
    NETWORK = "network"
    DNS = "DNS"
    LOGON = "logon"
    DIRECTORY = "directory"
    CLOUD = "cloud"
    APPLICATION = "application"
    SERVICE = "service or task"
    SECURITY = "security product"


_K = RowKind
# An audit log of a cloud tells of its resources, of who may do what, and of its services.
_AUDIT = frozenset({RowKind.CLOUD, RowKind.DIRECTORY, RowKind.APPLICATION})
_COLUMNS: tuple[tuple[frozenset[RowKind], str], ...] = (
    (
        frozenset({_K.PROCESS}),
        r"command_?line|^new_?process|^process_?(name|image|path)|script_?block|^image$|^exe$|^a0$"
        r"|^(parent|creator|initiating).*(process|image)",
    ),
    (frozenset({_K.FILE}), r"^folder_?path$|^target_?file|^file_?path$|^previous_?file"),
    (frozenset({_K.REGISTRY}), r"registry|^target_?object$"),
    (
        frozenset({_K.NETWORK}),
        r"^(remote|dest(ination)?|dst|src|source)_?(ip|port|addr)|^(ip)?protocol$"
        r"|(remote|request)_?url|^url$|^uri|user_?agent|^(cs|sc)_|^http"
        r"|(bytes|packets|flows?)_?(sent|received|in|out|to|from|s)?(_[sd])?$",
    ),
    (frozenset({_K.APPLICATION}), r"^cs_|uri_?(stem|query|path)|status_?code|^http_?status"),
    (frozenset({_K.DNS, _K.NETWORK}), r"dns|^query(_?name|_?type)?$|^query_?results"),
    (
        frozenset({_K.LOGON}),
        r"logon_?(type|id|process)|authentication_?(package|method|req|details)|^result_?type$"
        r"|^app_?display_?name$|conditional_?access|^risk_?(level|state|event)"
        r"|ticket_?(options|encryption)|^service_?principal_?name$",
    ),
    (
        _AUDIT,
        r"operation_?name|^event_?source$|^event_?name$|resource_?(group|provider)|^caller$"
        r"|^user_?identity|^aws_?region|^authorization|^activity_?status|^initiated_?by$"
        r"|^activity_?display_?name$|^aad_?operation|^(office_?)?workload$|^site_?url$",
    ),
    (
        frozenset({_K.DIRECTORY}),
        r"^target_?resources$|^modified_?properties$|^member_?(name|sid)$",
    ),
    (
        frozenset({_K.APPLICATION}),
        r"^(sender|recipient)|^subject$|^attachment|^delivery|^email|^internet_?message"
        r"|^mailbox|^application$",
    ),
    (frozenset({_K.SERVICE}), r"^service_?(name|file|type|start)|^task_?(name|content)"),
    (
        frozenset({_K.SECURITY}),
        r"^(alert|threat|detection|virus|malware)_?(name|id|type|title)?$|^vendor",
    ),
)
"""Names of columns of Defender XDR, Sentinel, Windows events, Sysmon, CloudTrail, Zeek and ECS."""
_BY_COLUMN = tuple((re.compile(pattern, re.IGNORECASE), kinds) for kinds, pattern in _COLUMNS)
_EVENT_ID = re.compile(r"^event_?(id|code)(_d)?$", re.IGNORECASE)
_CHANNEL = re.compile(r"^(channel|source_?name|provider_?name|event_?log|source)$", re.IGNORECASE)
# Windows security, system and PowerShell logs; above 1,000, so that none is one of Sysmon.
_BY_EVENT: tuple[tuple[range, frozenset[RowKind]], ...] = (
    (range(4624, 4626), frozenset({_K.LOGON})),
    (range(4634, 4635), frozenset({_K.LOGON})),
    (range(4647, 4649), frozenset({_K.LOGON})),
    (range(4656, 4657), frozenset({_K.FILE, _K.REGISTRY, _K.PROCESS})),
    (range(4657, 4658), frozenset({_K.REGISTRY})),
    (range(4660, 4661), frozenset({_K.FILE, _K.REGISTRY})),
    (range(4661, 4663), frozenset({_K.DIRECTORY})),
    (range(4663, 4664), frozenset({_K.FILE, _K.REGISTRY, _K.PROCESS})),
    (range(4672, 4673), frozenset({_K.LOGON})),
    (range(4688, 4690), frozenset({_K.PROCESS})),
    (range(4697, 4703), frozenset({_K.SERVICE})),
    (range(4704, 4706), frozenset({_K.DIRECTORY})),
    (range(4720, 4768), frozenset({_K.DIRECTORY})),
    (range(4768, 4780), frozenset({_K.LOGON})),
    (range(4781, 4800), frozenset({_K.DIRECTORY})),
    (range(5136, 5142), frozenset({_K.DIRECTORY})),
    (range(5140, 5141), frozenset({_K.FILE, _K.NETWORK})),
    (range(5145, 5146), frozenset({_K.FILE, _K.NETWORK})),
    (range(5152, 5160), frozenset({_K.NETWORK})),
    (range(7034, 7046), frozenset({_K.SERVICE})),
    (range(4103, 4107), frozenset({_K.PROCESS})),
    (range(1102, 1103), frozenset({_K.SECURITY, _K.FILE, _K.APPLICATION})),
    (range(1116, 1118), frozenset({_K.SECURITY})),
    (range(5001, 5008), frozenset({_K.SECURITY, _K.REGISTRY})),
)
# Source: https://learn.microsoft.com/sysinternals/downloads/sysmon#events
_BY_SYSMON: Mapping[int, frozenset[RowKind]] = {
    **dict.fromkeys((1, 5, 6, 7, 8, 9, 10, 17, 18, 19, 20, 21, 25), frozenset({_K.PROCESS})),
    **dict.fromkeys((2, 11, 15, 23, 26, 27, 28, 29), frozenset({_K.FILE, _K.PROCESS})),
    **dict.fromkeys((12, 13, 14), frozenset({_K.REGISTRY, _K.PROCESS})),
    3: frozenset({_K.NETWORK, _K.PROCESS}),
    22: frozenset({_K.DNS, _K.NETWORK, _K.PROCESS}),
}


def kinds_of(cited: CitedRows) -> frozenset[RowKind]:
    """Kinds of all cited rows together.

    Empty for rows that may tell of anything: counts by host, alerts of a security product.
    """
    found = frozenset(kind for row in cited.indices for kind in _kinds(row, cited))
    return frozenset() if RowKind.SECURITY in found else found


def event_ids(cited: CitedRows) -> frozenset[int]:
    """Windows event ids of the cited rows."""
    return frozenset(number for row in cited.indices for number in _events(row, cited))


def _kinds(row: int, cited: CitedRows) -> Iterator[RowKind]:
    sysmon = False
    for column, cell in cited.cells(row):
        if not cell:
            continue
        if _CHANNEL.search(column.name):
            sysmon = sysmon or "sysmon" in cell.lower()
        for pattern, kinds in _BY_COLUMN:
            if pattern.search(column.name):
                yield from kinds
    for number in _events(row, cited):
        if sysmon or number < 1000:
            yield from _BY_SYSMON.get(number, ())
        for numbers, kinds in _BY_EVENT:
            if number in numbers and not sysmon:
                yield from kinds


def _events(row: int, cited: CitedRows) -> Iterator[int]:
    for column, cell in cited.cells(row):
        if _EVENT_ID.search(column.name) and cell.isascii() and cell.isdigit() and len(cell) < 6:
            yield int(cell)
