"""Indicators of compromise in the cells of cited rows. Only values that appear there."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Iterable, Iterator, Mapping

from soc_tui.model.finding import Ioc

Row = Mapping[str, str]

_MOST = 40
_LONGEST = 500
_IP_COLUMNS = ("RemoteIP", "IPAddress", "CallerIpAddress", "SrcIP_s", "DestIP_s", "FileOriginIP")
_URL_COLUMNS = ("RemoteUrl", "FileOriginUrl")
_ACCOUNT_COLUMNS = ("UserPrincipalName", "AccountUpn", "AccountName", "Caller")
_TEXT_COLUMNS = ("ProcessCommandLine", "InitiatingProcessCommandLine", "RegistryValueData")
_HASHES = ("SHA256", "SHA1", "MD5")
INDICATOR_COLUMNS = (
    *_IP_COLUMNS, *_URL_COLUMNS, *_ACCOUNT_COLUMNS, *_TEXT_COLUMNS, *_HASHES, "RegistryKey",
    "FolderPath", "FileName",
)  # fmt: skip
"""What indicators are taken from."""
_HASH = re.compile(r"(?:[0-9a-f]{32}|[0-9a-f]{40}|[0-9a-f]{64})", re.ASCII | re.IGNORECASE)
_URL = re.compile(r"https?://[^\s'\"<>()`|,;⟦]+", re.IGNORECASE)
_DOMAIN = re.compile(r"(?:[a-z0-9_](?:[a-z0-9_-]*[a-z0-9])?\.)+[a-z][a-z0-9-]*[a-z0-9]", re.I)
_SYSTEM_FOLDERS = (r"c:\windows\system32", r"c:\windows\syswow64", r"c:\program files", "/usr/")
_SYSTEM_ACCOUNTS = frozenset(
    {"system", "local service", "network service", "nt authority\\system", "-", "root"}
)
# Not `is_global`: it calls documentation and benchmark ranges internal as well.
_INTERNAL = tuple(
    ipaddress.ip_network(text)
    for text in (
        "0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16",
        "172.16.0.0/12", "192.168.0.0/16", "224.0.0.0/4", "240.0.0.0/4",
        "::/128", "::1/128", "fc00::/7", "fe80::/10", "ff00::/8",
    )
)  # fmt: skip


def indicators(rows: Iterable[Row]) -> tuple[Ioc, ...]:
    """Indicators of the rows (cells of `INDICATOR_COLUMNS` as text), no repeats, at most 40."""
    found = dict.fromkeys(ioc for row in rows for ioc in _of_row(row))
    return tuple(found)[:_MOST]


def external_ip(text: str) -> str:
    """The address when it is one outside the organisation's own ranges, else empty."""
    try:
        address = ipaddress.ip_address(text.strip())
    except ValueError:
        return ""
    mapped = getattr(address, "ipv4_mapped", None)
    judged = mapped or address
    inside = any(judged in network for network in _INTERNAL if network.version == judged.version)
    return "" if inside else text.strip()


def _of_row(row: Row) -> Iterator[Ioc]:
    yield from (Ioc("ip", ip) for name in _IP_COLUMNS if (ip := external_ip(row.get(name, ""))))
    for name in _URL_COLUMNS:
        yield from _of_address(row.get(name, ""))
    for name in _TEXT_COLUMNS:
        for match in _URL.findall(row.get(name, "")[:20_000]):
            yield from _of_address(match.rstrip(".]}"))
    yield from _of_file(row)
    yield from (
        Ioc("account", account)
        for name in _ACCOUNT_COLUMNS
        if (account := row.get(name, "")) and _fit(account)
        if account.lower() not in _SYSTEM_ACCOUNTS
    )
    key = row.get("RegistryKey", "")
    if key and _fit(key):
        yield Ioc("registry key", key)


def _of_address(text: str) -> Iterator[Ioc]:
    """URL and domain of an address as Defender writes it: with or without a scheme."""
    if not text or not _fit(text):
        return
    host = re.split(r"[/:?#]", text.partition("://")[2] or text)[0].rsplit("@")[-1]
    if "/" in text:
        yield Ioc("url", text)
    if _DOMAIN.fullmatch(host):
        yield Ioc("domain", host)
    elif external_ip(host):
        yield Ioc("ip", host)


def _of_file(row: Row) -> Iterator[Ioc]:
    folder, name = row.get("FolderPath", ""), row.get("FileName", "")
    if folder.lower().startswith(_SYSTEM_FOLDERS):
        return  # a part of the system is no indicator, whatever it was used for
    if name and folder and _fit(name):
        yield Ioc("file", name)
    for kind in _HASHES:
        value = row.get(kind, "")
        if folder and _HASH.fullmatch(value):
            yield Ioc(kind.lower(), value)


def _fit(text: str) -> bool:
    return len(text) <= _LONGEST
