"""Filters for the entities a request names, on the table's matching columns. Pure."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterator, Sequence
from dataclasses import replace

from soc_tui.analysts.offline.planner.column_kinds import Kind, columns_of
from soc_tui.analysts.offline.planner.column_words import ROW_COLUMNS
from soc_tui.analysts.offline.planner.countries import countries
from soc_tui.analysts.offline.planner.mentions import Mentions
from soc_tui.analysts.offline.planner.narrowing import Filter, narrowing
from soc_tui.analysts.offline.planner.times import TimeRange
from soc_tui.analysts.packing.cell_text import escape
from soc_tui.model.catalog import TableSpec
from soc_tui.model.plan import Operator, Predicate

_IP_COLUMNS = (
    "RemoteIP", "LocalIP", "IPAddress", "CallerIpAddress", "SrcIP_s", "DestIP_s", "FileOriginIP",
    "RequestSourceIP", "SrcIp", "DestIp", "SourceIP", "DestinationIP", "IpAddress",
    "DestinationIPAddress", "ActorIpAddress", "SenderIPv4", "SenderIPv6", "ComputerIP", "HostIP",
)  # fmt: skip
# These hold an address among other text (a port, a count, JSON, a message).
_IP_TEXTS = (
    "SrcPublicIPs_s", "DestPublicIPs_s", "SrcPublicIps", "DestPublicIps", "ClientIP",
    "Client_IPAddress", "InitiatedBy", "SyslogMessage", "Entities", "EventData",
)  # fmt: skip
_LINES = ("ProcessCommandLine", "InitiatingProcessCommandLine", "CommandLine", "SyslogMessage")
# The accounts that a row is about; where a table has none of these, those that acted.
_OWN_ACCOUNTS = (
    "AccountName", "AccountUpn", "UserPrincipalName", "UserDisplayName", "Caller", "UserId",
    "TargetUserName", "SubjectUserName", "SourceUserName", "DestinationUserName", "InitiatedBy",
    "TargetResources", "SenderFromAddress", "RecipientEmailAddress", "SyslogMessage", "Entities",
)  # fmt: skip
_ACTING_ACCOUNTS = (
    "InitiatingProcessAccountName", "InitiatingProcessAccountUpn", "RequestAccountName",
)  # fmt: skip
DEVICE_ID = re.compile(r"(?=[a-f]*\d)(?=\d*[a-f])[0-9a-f]{12,40}", re.I)
"""An id of a device, which stands where its name could."""

_HOSTS = ("SrcVm", "DestVm", "Entities", "SyslogMessage")
_PROCESS_FILES = (
    "FileName", "FolderPath", "PreviousFileName", *_LINES, "InitiatingProcessFileName",
    "NewProcessName", "ParentProcessName", "ProcessName",
)  # fmt: skip
_OWN_FILES = ("FileName", "FolderPath", "PreviousFileName", "SourceFileName", "OfficeObjectId")
_ACTOR_FILES = ("InitiatingProcessFileName", "ParentProcessName")
_DOMAIN_COLUMNS = (
    "RemoteUrl", "FileOriginUrl", "UserPrincipalName", "RegistryValueData", *_LINES,
    "SenderFromDomain", "SenderMailFromDomain", "DestinationHostName", "RequestURL",
)  # fmt: skip
_PATH_COLUMNS = (
    "FolderPath", "PreviousFolderPath", "ProcessCommandLine", "InitiatingProcessFolderPath",
    "RegistryValueData", "CommandLine", "NewProcessName", "SyslogMessage", "FilePath",
)  # fmt: skip
_PREFIXES = ("SrcPublicIPs_s", "DestPublicIPs_s", "SrcPublicIps", "DestPublicIps", "ClientIP")
_EITHER = re.compile(r"\A(?!.*\band\b).*\bor\b", re.I | re.S)
_INBOUND = re.compile(r"\b(?:inbound|incoming|accepted|listen\w*)\b", re.I)
_PORT_COLUMNS = ("RemotePort", "DestPort_d", "DestPort", "DestinationPort")
_SERVICES = {
    r"dns": ("53",), r"rdp|remote desktop": ("3389",), r"smb": ("445",), r"ssh": ("22",),
    r"telnet": ("23",), r"ldap": ("389", "636"), r"winrm": ("5985", "5986"), r"kerberos": ("88",),
    r"ftp": ("21",), r"vnc": ("5900",), r"https": ("443",), r"http": ("80",),
    r"(?:ms)?sql": ("1433",),
}  # fmt: skip
_IDS = (
    "Caller",
    "NetworkMessageId", "ServicePrincipalId", "AppId", "CorrelationId", "AccountObjectId",
    "UserId", "SystemAlertId", "SubscriptionId", "ApplicationId", "CampaignId",
)  # fmt: skip
_HASH_COLUMNS = {64: "SHA256", 40: "SHA1", 32: "MD5"}
_ABOUT_PROCESSES = ("DeviceProcessEvents", "SecurityEvent", "Syslog")
_HIVE = re.compile(r"^(?:HKLM|HKCU|HKU|HKCR|HKEY_[A-Z_]+):?\\", re.I)
_CONTROL_SET = re.compile(r"^SYSTEM\\(?:CurrentControlSet|ControlSet\d+)\\", re.I)
_OPPOSITE = {
    Operator.IN: Operator.NOT_IN,
    Operator.EQUALS: Operator.NOT_IN,
    Operator.CONTAINS: Operator.NOT_CONTAINS,
    Operator.STARTS_WITH: Operator.NOT_STARTS_WITH,
    Operator.ENDS_WITH: Operator.NOT_ENDS_WITH,
    Operator.NOT_IN: Operator.IN,
    Operator.NOT_EQUALS: Operator.IN,
}
_SEVERAL = {Operator.EQUALS: Operator.IN, Operator.HAS: Operator.HAS_ANY}


def filters(text: str, named: Mentions, table: TableSpec) -> tuple[Filter, ...]:
    """All filters but those of the plan's own host, account and caller."""
    return (
        *_accounts(named, table),
        *_network(text, named, table),
        *_files(named, table),
        *_tools(named, table),
        *_paths(named, table),
        *_hashes(named.hashes, table),
        *_on(_IDS, named.ids, table, Operator.EQUALS),
        *_on(("CveId", "CveIds", "Title"), named.cves, table, Operator.HAS),
        *(one for phrase in named.phrases for one in _on(_texts(table), (phrase,), table)),
        *narrowing(text, table),
    )


def host_filter(hosts: Sequence[str], table: TableSpec) -> tuple[Filter, ...]:
    """Rows of any of several hosts, or of one where the table has no column for just the host."""
    columns = (table.device_column,) if table.device_column else _or_alike(_HOSTS, Kind.HOST, table)
    ids = (
        tuple(one for one in hosts if DEVICE_ID.fullmatch(one)) if table.column("DeviceId") else ()
    )
    names = tuple(one for one in hosts if one not in ids)
    return (
        *_on(("DeviceId",), ids, table, Operator.EQUALS),
        *_on(columns, names, table, Operator.HAS),
    )


def unheld(named: Mentions, text: str, table: TableSpec) -> int:
    """How many kinds of what a request names the table has no column for.

    Args:
        text: The request, for its countries.
    """
    hosts = named.hosts and not any(host_filter(named.hosts, table))
    accounts = named.accounts and not any(_accounts(named, table))
    addresses = named.ips and not any(_on(_addresses(table), named.ips, table))
    places = countries(text) and not columns_of(Kind.COUNTRY, table)
    return sum(map(bool, (hosts, accounts, addresses, places)))


def time_filters(time: TimeRange, table: TableSpec) -> tuple[Filter, ...]:
    """The moments between which the rows lie, where the request names moments."""
    if time.since is None or not table.time_column:
        return ()
    limits = [(Operator.GREATER_OR_EQUAL, time.since)]
    if time.until is not None:
        limits.append((Operator.LESS, time.until))
    return tuple(
        Filter(
            Predicate((table.time_column,), operator, (_moment(moment),)),
            f"{'From' if operator is Operator.GREATER_OR_EQUAL else 'Until'}"
            f" {moment:%Y-%m-%d %H:%M} UTC.",
        )
        for operator, moment in limits
    )


def excluding(named: Mentions, table: TableSpec) -> tuple[Filter, ...]:
    """Rows that hold none of what is named: a filter for each column.

    Fewer columns than where something is looked for: a program is left out as what a row is about,
    not wherever its name stands.
    """
    programs, actors = (
        tuple(name if "." in name else f"{name}.exe" for name in names)
        for names in ((*named.files, *named.tools, *named.short_tools), named.actors)
    )
    own = _present(("FileName", *_ACTOR_FILES, "ProcessName"), table)[:1]
    wanted = (
        *(host_filter(named.hosts, table) if named.hosts else ()),
        *_accounts(named, table),
        *_network("", named, table),
        *_on(own, programs, table, Operator.EQUALS),
        *_on(_present(_PATH_COLUMNS, table)[:1], named.paths, table),
        *_on(("RegistryKey",), named.keys, table),
        *_on(_DOMAIN_COLUMNS[:1], named.domains, table, Operator.HAS),
        *_hashes(named.hashes, table),
        *_on(ROW_COLUMNS, named.phrases, table),
        *_on(
            ("FileName",), tuple(f".{one}" for one in named.extensions), table, Operator.ENDS_WITH
        ),
        *_on(_present(_ACTOR_FILES, table)[:1], actors, table, Operator.EQUALS),
    )
    return tuple(one for filter_ in wanted for one in opposite(filter_))


def opposite(one: Filter) -> Iterator[Filter]:
    """Filters that hold where this one does not."""
    predicate = one.predicate
    for column in predicate.columns:
        if predicate.operator in (Operator.HAS, Operator.HAS_ANY):
            for value in predicate.values:
                yield _but(column, Operator.NOT_HAS, (value,))
        elif predicate.operator in _OPPOSITE:
            yield _but(column, _OPPOSITE[predicate.operator], predicate.values)


def account_name(upn: str, table: TableSpec) -> str:
    """The part before the @ where the table's own account column holds no full names."""
    full = any(table.column(name) for name in ("AccountUpn", "UserPrincipalName", "Caller"))
    full = full or any(table.column(name) for name in ("UserId", "RecipientEmailAddress"))
    if not _present((*_OWN_ACCOUNTS, *_ACTING_ACCOUNTS), table):
        full = full or any(one.lower().endswith("upn") for one in columns_of(Kind.ACCOUNT, table))
    return upn if full else upn.split("@", maxsplit=1)[0]


def shown(text: str) -> str:
    """A word of the request, short and inert."""
    return escape(text[:80])


def _but(column: str, operator: Operator, values: tuple[str, ...]) -> Filter:
    words = " and ".join(f"“{shown(value)}”" for value in values)
    return Filter(Predicate((column,), operator, values), f"Without {words} in {column}.")


def _accounts(named: Mentions, table: TableSpec) -> Iterator[Filter]:
    values = (*(account_name(upn, table) for upn in named.upns), *named.users)
    own = _present(_OWN_ACCOUNTS, table) or _present(_ACTING_ACCOUNTS, table)
    yield from _on(own or columns_of(Kind.ACCOUNT, table), values, table, Operator.HAS)


def _network(text: str, named: Mentions, table: TableSpec) -> Iterator[Filter]:
    texts = _present(_IP_TEXTS, table)
    exact = _present(_IP_COLUMNS, table)
    domains = _or_alike(_DOMAIN_COLUMNS, Kind.ADDRESS_ON_THE_WEB, table)
    if named.ips and named.domains and domains and _EITHER.search(text):
        columns = (*_addresses(table), *domains)
        yield from _on(columns, (*named.ips, *named.domains), table, Operator.HAS)
        named = replace(named, ips=(), domains=())
    if exact and not texts:
        yield from _on(exact, named.ips, table, Operator.EQUALS)
    else:
        yield from _on(_addresses(table), named.ips, table, Operator.HAS)
    columns = (*exact, *_present(_PREFIXES, table))
    yield from _on(columns, named.subnets, table, Operator.STARTS_WITH)
    yield from _on(domains, named.domains, table, Operator.HAS)
    logons = "Logon" in table.name  # the port of a logon is the client's own
    ports = named.ports or (() if logons else _service_ports(text))
    # What came in came from a port of no meaning, to the one that is asked for.
    inbound = ("LocalPort",) if _INBOUND.search(text) and table.column("LocalPort") else ()
    yield from _on(
        inbound or _or_alike(_PORT_COLUMNS, Kind.PORT, table), ports, table, Operator.EQUALS
    )


def _service_ports(text: str) -> tuple[str, ...]:
    found = (
        port
        for words, ports in _SERVICES.items()
        if re.search(rf"(?<![\w.-])(?:{words})(?![\w.-])", text, re.I)
        for port in ports
    )
    return tuple(found)


def _files(named: Mentions, table: TableSpec) -> Iterator[Filter]:
    if table.name in _ABOUT_PROCESSES:
        yield from _on(_PROCESS_FILES, named.files, table, Operator.HAS)
    else:
        own = _present(_OWN_FILES, table)
        yield from _on(own or _ACTOR_FILES, named.files, table, Operator.HAS)
    yield from _on(_ACTOR_FILES, named.actors, table, Operator.HAS)
    if named.extensions and table.column("FileName"):
        endings = tuple(f".{name}" for name in named.extensions)
        yield from _on(("FileName",), endings, table, Operator.ENDS_WITH)


def _tools(named: Mentions, table: TableSpec) -> Iterator[Filter]:
    """Programs named without .exe: by name or in a command line, the short ones by name only."""
    about = table.name in _ABOUT_PROCESSES
    lines = ("FileName", *_LINES, "NewProcessName") if about else _ACTOR_FILES
    lines = _present(lines, table) or ("Title", "AlertName", "DisplayName")
    if not about:  # there "ssh" is a protocol, and its port or its logons are looked for
        protocols = {name for name in named.tools if _service_ports(name)}
        named = replace(named, tools=tuple(one for one in named.tools if one not in protocols))
    if named.short_tools:
        names = tuple(n for tool in named.short_tools for n in (f"{tool}.exe", tool))
        names += tuple(n for tool in named.tools for n in (f"{tool}.exe", tool))
        yield from _on((lines[0],), names, table, Operator.EQUALS)
    elif named.pair and set(named.pair) <= set(named.tools):
        for tool in named.pair:
            yield from _on(lines, (tool,), table, Operator.HAS)
    else:
        yield from _on(lines, named.tools, table, Operator.HAS)


def _paths(named: Mentions, table: TableSpec) -> Iterator[Filter]:
    yield from _on(_PATH_COLUMNS, named.paths, table)
    # A hive is written in several ways, and the user's SID stands in HKEY_CURRENT_USER.
    keys = tuple(_CONTROL_SET.sub("", _HIVE.sub("", key)) for key in named.keys)
    yield from _on(("RegistryKey", *_LINES), keys, table)


def _hashes(hashes: Sequence[str], table: TableSpec) -> Iterator[Filter]:
    for length, column in _HASH_COLUMNS.items():
        values = tuple(value for value in hashes if len(value) == length)
        # Ids of devices look like SHA-1.
        where = (column,) if table.column(column) else ("DeviceId",)
        yield from _on(where, values, table, Operator.EQUALS)


def _on(
    columns: Sequence[str],
    values: Sequence[str],
    table: TableSpec,
    operator: Operator = Operator.CONTAINS,
) -> Iterator[Filter]:
    """Any of the values in any of the columns that the table has; nothing without either."""
    present = _present(columns, table)
    if not present or not values:
        return
    if len(values) > 1 or operator is Operator.EQUALS:
        operator = _SEVERAL.get(operator, operator)  # in~ also for one: hashes differ in case
    words = " or ".join(f"“{shown(value)}”" for value in values)
    yield Filter(
        Predicate(present, operator, tuple(values)),
        f"{words} searched for in {', '.join(present)}.",
    )


def _or_alike(columns: Sequence[str], kind: Kind, table: TableSpec) -> tuple[str, ...]:
    """The known columns that the table has, or those that are called like them."""
    return _present(columns, table) or columns_of(kind, table)


def _addresses(table: TableSpec) -> tuple[str, ...]:
    known = (*_present(_IP_COLUMNS, table), *_present(_IP_TEXTS, table))
    return known or columns_of(Kind.ADDRESS, table) or _present(_LINES, table)


def _texts(table: TableSpec) -> tuple[str, ...]:
    """Where words in quotation marks are looked for."""
    known = _present(ROW_COLUMNS, table)
    return (
        known if len(known) > 1 else tuple(dict.fromkeys((*known, *columns_of(Kind.TEXT, table))))
    )


def _present(columns: Sequence[str], table: TableSpec) -> tuple[str, ...]:
    return tuple(column for column in columns if table.column(column))


def _moment(moment: dt.datetime) -> str:
    return f"{moment:%Y-%m-%dT%H:%M:%SZ}"
