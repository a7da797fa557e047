"""Is an indicator strictly of its type? Pure: the public suffix list is packaged."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Iterator
from functools import cache
from typing import TYPE_CHECKING

from soc_tui.analysts.grounding.cited_rows import CitedRows, refang
from soc_tui.analysts.grounding.claims.wordlists import words
from soc_tui.model.finding import Ioc

if TYPE_CHECKING:
    from publicsuffixlist import PublicSuffixList

_HASH_LENGTHS = {"md5": 32, "sha1": 40, "sha256": 64, "sha512": 128}
_PORT = re.compile(r":\d{1,5}$|/\d{1,3}$")
_LABEL = r"(?!-)[^\W_](?:[\w-]{0,61}[^\W_])?"
_DOMAIN = re.compile(rf"(?:(?:{_LABEL}|_\w{{1,62}})\.)+{_LABEL}\.?")
_HOST = re.compile(rf"{_LABEL}(?:\.{_LABEL})*\.?|[\w-]{{1,63}}\$?")
_URL = re.compile(r"[a-z][a-z0-9+.-]{1,20}://[^\s/?#]+\S*", re.IGNORECASE)
_EMAIL = re.compile(r"[^\s@<>\"]+@[^\s@<>\"]+\.[^\s@<>\"]+")
_ACCOUNT = re.compile(r"[^\s/:*?\"<>|][^/:*?\"<>|\n]{0,255}")
_REGISTRY = re.compile(
    r"(?:\\REGISTRY\\|HK(?:EY_)?\w+(?::|\\)|HK[A-Z]{1,3}\b)|\\(?:Software|System|CurrentVersion)\\",
    re.IGNORECASE,
)
_PATH = re.compile(r"[A-Za-z]:[\\/]|\\\\|/|~|%\w+%|\$\{?\w+|\.{0,2}[\\/]|.*[\\/]")
_CVE = re.compile(r"CVE-\d{4}-\d{4,7}", re.IGNORECASE)
_MAC = re.compile(r"[0-9A-F]{2}(?:[:-][0-9A-F]{2}){5}", re.IGNORECASE)
_GUID = re.compile(r"\{?[0-9A-F]{8}(?:-[0-9A-F]{4}){3}-[0-9A-F]{12}\}?", re.IGNORECASE)
_HOST_COLUMN = re.compile(
    r"(?:device|host|machine|computer|workstation|server|node|vm|instance|"
    r"resource)(?:_?(?:name|id|fqdn|dns))?\d*$"
    r"|^(?:computer|hostname|host|vm_s|agent|src_?host|dest_?host|dvc|asset)|"
    r"(?:host|computer|machine|device|workstation|server)",
    re.IGNORECASE,
)
_ACCOUNT_COLUMN = re.compile(
    r"account|user|principal|upn|caller|identity|actor|subject|login|owner|"
    r"initiatedby|arn|sid$|member|target.*name|mail|sender|recipient",
    re.IGNORECASE,
)
_FILE_COLUMN = re.compile(
    r"file|image|path|folder|process|module|object|document|attachment|command|"
    r"script|target|hash|task|service",
    re.IGNORECASE,
)
_NAME_COLUMN = re.compile(
    r"dns|domain|url|query|fqdn|hostname|sni|host_?header|server_?name|remote", re.IGNORECASE
)
# Endings of files that are top-level domains too.
_ALSO_DOMAINS = frozenset({"com", "app", "sh", "pl", "py", "zip", "mov"})
_ADDRESS_TYPES = {
    "ip",
    "ipv4",
    "ipv6",
    "ip address",
    "ip_address",
    "ipaddress",
    "ipv4-addr",
    "ipv6-addr",
}


def strict_doubt(ioc: Ioc, cited: CitedRows) -> str:
    """Why the indicator is not strictly of its type; empty when it is, or has no rule.

    Whether it stands in the cited rows at all is asked elsewhere.
    """
    kind = re.sub(r"[\s_-]+", " ", ioc.type.strip().lower())
    value = refang(ioc.value.strip())
    if not value:
        return ""
    if kind in _HASH_LENGTHS or kind.replace(" ", "") in {"sha1", "sha256", "sha512", "md5"}:
        length = _HASH_LENGTHS[kind.replace(" ", "")]
        return "" if re.fullmatch(rf"[0-9A-Fa-f]{{{length}}}", value, re.ASCII) else _NOT_VALID
    if kind in {"hash", "file hash"}:
        lengths = "|".join(f"[0-9A-Fa-f]{{{n}}}" for n in _HASH_LENGTHS.values())
        return "" if re.fullmatch(lengths, value, re.ASCII) else _NOT_VALID
    if kind.replace(" ", "_") in _ADDRESS_TYPES or kind in _ADDRESS_TYPES:
        return "" if _is_address(value, kind) else _NOT_VALID
    judge = _JUDGES.get(kind)
    return judge(value, cited) if judge else ""


def is_strict(ioc: Ioc, cited: CitedRows) -> bool:
    """Is the indicator strictly of its type?"""
    return not strict_doubt(ioc, cited)


_NOT_VALID = "not valid"


def _is_address(value: str, kind: str) -> bool:
    for text in (value, _PORT.sub("", value).strip("[]")):
        try:
            address = ipaddress.ip_address(text)
        except ValueError:
            continue
        return not (
            kind.startswith("ipv") and kind[3:4].isdigit() and int(kind[3]) != address.version
        )
    return False


def _domain(value: str, cited: CitedRows) -> str:
    name = value.rstrip(".")
    if not _DOMAIN.fullmatch(value) or re.fullmatch(r"[\d.]+", value):
        return _NOT_VALID
    ending = name.rpartition(".")[2].lower()
    if _in_url(name, cited) or _in_columns(name, cited, _NAME_COLUMN, part=True):
        return ""
    if ending in words("file_endings") and (
        ending not in _ALSO_DOMAINS or _is_file_here(name, cited)
    ):
        return "a file name"
    return "" if _suffixes().privatesuffix(name.lower()) else "without a public suffix"


def _host(value: str, cited: CitedRows) -> str:
    if _is_address(value, "ip"):
        return ""
    if not _HOST.fullmatch(value):
        return _NOT_VALID
    if _in_columns(value, cited, _HOST_COLUMN, part=True, without=_ACCOUNT_COLUMN):
        return ""
    if _in_columns(value, cited, _ACCOUNT_COLUMN):
        return "an account"
    if value.rpartition(".")[2].lower() in (words("file_endings") - _ALSO_DOMAINS):
        return "a file name"
    return ""


def _account(value: str, cited: CitedRows) -> str:
    if not _ACCOUNT.fullmatch(value):
        return _NOT_VALID
    if _in_columns(value, cited, _ACCOUNT_COLUMN, part=True, without=_HOST_COLUMN):
        return ""
    if _in_columns(value, cited, _HOST_COLUMN):
        return "a host"
    if _is_address(value, "ip"):
        return "an address"
    if value.rpartition(".")[2].lower() in (words("file_endings") - _ALSO_DOMAINS) and "." in value:
        return "a file name"
    return ""


def _url(value: str, cited: CitedRows) -> str:
    if _URL.fullmatch(value):
        return ""
    # Logs of proxies write URLs without their scheme.
    bare = "/" in value and "." in value.split("/", maxsplit=1)[0] and not value.startswith("/")
    return (
        ""
        if bare and _in_columns(value, cited, re.compile("url|uri|request", re.I))
        else _NOT_VALID
    )


def _email(value: str, _: CitedRows) -> str:
    return "" if _EMAIL.fullmatch(value) else _NOT_VALID


def _file(value: str, cited: CitedRows) -> str:
    if _is_address(value, "ip") or _URL.fullmatch(value) or _EMAIL.fullmatch(value):
        return _NOT_VALID
    if (
        "." in value.strip(".")
        or "/" in value
        or "\\" in value
        or _in_columns(value, cited, _FILE_COLUMN)
    ):
        return ""
    if _in_columns(value, cited, _HOST_COLUMN):
        return "a host"
    return "an account" if _in_columns(value, cited, _ACCOUNT_COLUMN) else ""


def _path(value: str, _: CitedRows) -> str:
    return "" if _PATH.match(value) and not _URL.fullmatch(value) else _NOT_VALID


def _matching(pattern: re.Pattern[str], *, whole: bool = True):  # type: ignore[no-untyped-def]
    def judge(value: str, _: CitedRows) -> str:
        found = pattern.fullmatch(value) if whole else pattern.search(value)
        return "" if found else _NOT_VALID

    return judge


def _port(value: str, _: CitedRows) -> str:
    text = (
        value.lower()
        .removeprefix("tcp/")
        .removeprefix("udp/")
        .removesuffix("/tcp")
        .removesuffix("/udp")
    )
    return "" if text.isascii() and text.isdigit() and 0 < int(text[:6]) < 65536 else _NOT_VALID


def _network(value: str, _: CitedRows) -> str:
    try:
        ipaddress.ip_network(value, strict=False)
    except ValueError:
        return _NOT_VALID
    return ""


_JUDGES = {
    **dict.fromkeys(("domain", "domain name", "fqdn", "dns"), _domain),
    **dict.fromkeys(("host", "hostname", "device", "computer", "machine"), _host),
    **dict.fromkeys(("account", "user", "username", "user account", "account name"), _account),
    **dict.fromkeys(("url", "uri"), _url),
    **dict.fromkeys(("email", "e mail", "mail", "email address"), _email),
    **dict.fromkeys(("file", "filename", "file name", "process", "process name"), _file),
    **dict.fromkeys(("path", "file path", "filepath", "folder"), _path),
    **dict.fromkeys(
        ("registry key", "registry", "registry path", "windows registry key"),
        _matching(_REGISTRY, whole=False),
    ),
    **dict.fromkeys(("cidr", "subnet", "network", "ip range"), _network),
    "port": _port,
    **dict.fromkeys(("cve", "vulnerability"), _matching(_CVE)),
    **dict.fromkeys(("mac", "mac address", "mac addr"), _matching(_MAC)),
    **dict.fromkeys(("guid", "uuid"), _matching(_GUID)),
}


def _cells(cited: CitedRows, name: re.Pattern[str]) -> Iterator[tuple[str, str]]:
    for row in cited.indices:
        for column, text in cited.cells(row):
            if text and name.search(column.name):
                yield column.name, text.lower()


def _in_columns(
    value: str,
    cited: CitedRows,
    name: re.Pattern[str],
    *,
    part: bool = False,
    without: re.Pattern[str] | None = None,
) -> bool:
    """Is the value a whole cell of such columns, or its bare name (`win-07` of `win-07.corp`)?"""
    wanted = value.lower().rstrip(".").rstrip("$")
    for column, text in _cells(cited, name):
        if without is not None and without.search(column):
            continue
        plain = text.rstrip(".").rstrip("$")
        bare = plain.rpartition("\\")[2]
        if wanted in {plain, bare} or (
            part and wanted in {bare.partition(".")[0], bare.partition("@")[0]}
        ):
            return True
        if part and (plain.endswith("." + wanted) or wanted.rpartition("\\")[2] == bare):
            return True
    return False


def _in_url(name: str, cited: CitedRows) -> bool:
    pattern = re.compile(
        rf"://(?:[^/\s@]*@)?(?:[\w-]+\.)*{re.escape(name.lower())}\.?(?![\w-]|\.\w)"
    )
    return any(pattern.search(text) for text in _texts(cited))


def _is_file_here(name: str, cited: CitedRows) -> bool:
    wanted = name.lower()
    pattern = re.compile(rf"[\\/]{re.escape(wanted)}(?![\w.])")
    return _in_columns(wanted, cited, _FILE_COLUMN) or any(
        pattern.search(text) for text in _texts(cited)
    )


def _texts(cited: CitedRows) -> tuple[str, ...]:
    return (cited.searched().lowered,)


@cache
def _suffixes() -> PublicSuffixList:
    from publicsuffixlist import PublicSuffixList

    return PublicSuffixList(accept_unknown=False)
