"""Hosts, users, addresses, hashes, files and domains that a request names."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

_NAME = r"[A-Za-z0-9][\w.-]*[A-Za-z0-9]"
_HOST_WORD = re.compile(
    r"\b(?:hosts?|machines?|devices?|computers?|servers?|workstations?|endpoints?|laptops?|vms?)"
    rf"\s+(?:named\s+|called\s+)?[\"']?(?P<name>{_NAME})",
    re.I,
)
_ON_HOST = re.compile(rf"\b(?:on|from|at|to|of|between|and|for)\s+[\"']?(?P<name>{_NAME})", re.I)
_NUMBERED_HOST = re.compile(r"(?<![\w.@\\-])[A-Za-z]{2,}[A-Za-z0-9]*(?:-[A-Za-z0-9]+)*-\d{1,4}\b")
_HOST_SHAPE = re.compile(r"(?=.*\d)(?=.*[-A-Za-z])[A-Za-z0-9]+(?:-[A-Za-z0-9]+)*(?:\.[\w-]+)*\Z")
_UPN = re.compile(r"(?<![\w.+-])[\w.+-]+@[\w-]+(?:\.[\w-]+)+", re.ASCII)
_USER_WORD = re.compile(
    r"\b(?:users?|accounts?|caller|identity|person|employee|logins? of|by user)"
    rf"\s+(?:named\s+|called\s+)?[\"']?(?P<name>{_NAME})",
    re.I,
)
_DOMAIN_USER = re.compile(r"(?<![\w\\])[A-Za-z][\w.-]*\\(?P<name>[A-Za-z][\w.$-]*)(?!\\)\b")
_IPV4 = re.compile(r"(?<![\w.])(?:\d{1,3}\.){3}\d{1,3}(?![\w]|\.\d)")
_IPV6 = re.compile(r"(?<![\w:.])(?=[0-9A-Fa-f:]*:[0-9A-Fa-f:]*:)[0-9A-Fa-f:]{3,39}(?![\w:])")
_HASH = re.compile(r"\b(?:[0-9a-f]{64}|[0-9a-f]{40}|[0-9a-f]{32})\b", re.I)
_DOTTED = re.compile(r"(?<![\w.@/\\-])(?:[A-Za-z0-9_-]+\.)+[A-Za-z][A-Za-z0-9]{1,23}(?![\w@])")
_QUOTED = re.compile(r"[\"“”]([^\"“”]{2,200})[\"“”]")
_EXTENSIONS_TEXT = """
exe dll sys ps1 psm1 psd1 bat cmd vbs vbe js jse hta lnk iso img zip rar 7z gz tar cab msi msp
doc docx docm xls xlsx xlsm ppt pptx pptm pdf txt log csv dmp tmp dat bin cfg conf ini xml json
yml yaml sh py jar scr one rtf reg inf evtx
"""
_EXTENSIONS = frozenset(_EXTENSIONS_TEXT.split())
# What may stand after "host", "on" or "user" without being the name of one.
_NO_NAMES_TEXT = """
a an the this that these those my our your all any every each some in on at for from to of by with
and or not no is are was were be been has have had do does did which who what when where why how
logs log events event activity activities data records sign signs signin signins sign-in sign-ins
logon logons login logins last past since today yesterday week weeks day days hour hours minute
minutes month months monday tuesday wednesday thursday friday saturday sunday anything something
anomalies brute force suspicious strange odd unusual weird new old names name list lists groups
group created added deleted changed enabled disabled locked failed remote local admin admins network
windows linux azure cloud entra microsoft sha sha-256 sha-1 sha256 sha1 md5 base64 rules rule flows
traffic connections alerts alert enumeration discovery isolation behaviour behavior takeover
compromise compromised infected affected making running using doing connecting talking beaconing
utf-8 utf-16 port ports lockout lockouts lateral movement process processes file files persistence
only also over within between during there creation changes change management roles role
assignment assignments risk risky agent agents accounts account users user hosts host named called
"""
_NO_NAMES = frozenset(_NO_NAMES_TEXT.split())


@dataclass(frozen=True, slots=True)
class Mentions:
    """What a request names, each kind without repeats and in order."""

    hosts: tuple[str, ...] = ()
    upns: tuple[str, ...] = ()
    users: tuple[str, ...] = ()
    ips: tuple[str, ...] = ()
    hashes: tuple[str, ...] = ()
    files: tuple[str, ...] = ()
    domains: tuple[str, ...] = ()
    phrases: tuple[str, ...] = ()

    @property
    def any(self) -> bool:
        """Whether anything is named at all."""
        return bool(
            self.hosts or self.upns or self.users or self.ips or self.hashes
            or self.files or self.domains or self.phrases
        )  # fmt: skip


def mentions(text: str) -> Mentions:
    """Read a request. What stands after "user" or "host" is taken at its word."""
    upns = _unique(match[0] for match in _UPN.finditer(text))
    ips = _unique((*_addresses(_IPV4, text), *_addresses(_IPV6, text)))
    hashes = _unique(match[0] for match in _HASH.finditer(text))
    users = _unique(
        match["name"]
        for pattern in (_USER_WORD, _DOMAIN_USER)
        for match in pattern.finditer(text)
        if _is_name(match["name"]) and match["name"] not in ips and not _in_upn(match, upns)
    )
    phrases = _unique(match[1].strip() for match in _QUOTED.finditer(text))
    taken = {*upns, *ips, *hashes, *users}
    hosts = _unique(name for name in _hosts(text) if name not in taken)
    dotted = [
        match[0] for match in _DOTTED.finditer(text) if match[0] not in {*taken, *hosts, *phrases}
    ]
    files = _unique(name for name in dotted if _extension(name) in _EXTENSIONS)
    domains = _unique(name for name in dotted if _extension(name) not in _EXTENSIONS)
    named = {*users, *hosts, *files, *domains, *taken}
    return Mentions(
        hosts, upns, users, ips, hashes, files, domains,
        tuple(phrase for phrase in phrases if phrase not in named),
    )  # fmt: skip


def _hosts(text: str) -> Iterator[str]:
    for match in _HOST_WORD.finditer(text):
        if _is_name(match["name"]) and not _is_file(match["name"]):
            yield match["name"]
    for match in _ON_HOST.finditer(text):
        name = match["name"]
        if _HOST_SHAPE.match(name) and _is_name(name) and not _is_file(name):
            first = name.split(".", maxsplit=1)[0]
            if re.search(r"[A-Za-z]", first) and ("-" in first or re.search(r"[A-Za-z]\d", first)):
                yield name
    for match in _NUMBERED_HOST.finditer(text):
        rest = text[match.end() :]
        if _is_name(match[0]) and not re.match(r"[@\\]|\.\w", rest):
            yield match[0]


def _is_name(word: str) -> bool:
    lowered = word.lower()
    if lowered in _NO_NAMES or lowered.startswith("event-"):
        return False
    return not re.fullmatch(r"\d+[a-z]{0,7}|t\d{4}(?:\.\d{3})?", lowered)


def _is_file(name: str) -> bool:
    return "." in name and _extension(name) in _EXTENSIONS


def _extension(name: str) -> str:
    return name.rpartition(".")[2].lower()


def _in_upn(match: re.Match[str], upns: Iterable[str]) -> bool:
    return any(upn.startswith(match["name"]) for upn in upns)


def _addresses(pattern: re.Pattern[str], text: str) -> Iterator[str]:
    for match in pattern.finditer(text):
        try:
            ipaddress.ip_address(match[0])
        except ValueError:
            continue
        yield match[0]


def _unique(names: Iterable[str]) -> tuple[str, ...]:
    first: dict[str, str] = {}
    for name in names:
        first.setdefault(name.lower(), name)
    return tuple(first.values())
