"""Hosts, users, addresses, hashes, files, processes and other entities a request names."""

from __future__ import annotations

import dataclasses
import ipaddress
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from soc_tui.analysts.offline.planner import words

_NAME = r"[A-Za-z0-9][\w.-]*[A-Za-z0-9]"
_HOST_WORD = re.compile(
    r"\b(?:hosts?|machines?|devices?(?:[ _]?ids?)?|computers?"
    r"|(?P<kind>servers?|workstations?|endpoints?|laptops?"
    rf"|vms?))\s+(?:named\s+|called\s+)?[\"']?(?P<name>{_NAME})",
    re.I,
)
_ON_HOST = re.compile(
    rf"\b(?P<word>on|from|at|to|of|between|and|for|or)\s+[\"']?(?P<name>{_NAME})", re.I
)
_NUMBERED_HOST = re.compile(
    r"(?<![\w.@\\/-])(?!cve-|port-|kb-)[A-Za-z]{2,}[A-Za-z0-9]*(?:-[A-Za-z0-9]+)*-\d{1,4}(?![\w-])",
    re.I,
)
# "Devices attached to", "the user fails to": what they do, or what was done to them.
_DOES = re.compile(r"(?:[a-z]+(?:ed|s)(?=\s+(?:to|with|by|as|using)\b)|[a-z]{2,}ing\b)")
_HOST_SHAPE = re.compile(r"(?=.*\d)(?=.*[-A-Za-z])[A-Za-z0-9]+(?:-[A-Za-z0-9]+)*(?:\.[\w-]+)*\Z")
_UPN = re.compile(r"(?<![\w.+-])[\w.+-]+@[\w-]+(?:\.[\w-]+)+", re.ASCII)
_USER_WORD = re.compile(
    r"\b(?:users?|accounts?|caller|identity|person|employee|logins? of|by user)"
    rf"\s+(?:named\s+|called\s+|like\s+|such as\s+)?[\"']?(?P<name>{_NAME})",
    re.I,
)
_DOMAIN_USER = re.compile(r"(?<![\w.\\-])[A-Za-z][\w.-]*\\(?P<name>[A-Za-z][\w.$-]*)(?!\\)\b")
_SERVICE_USER = re.compile(r"(?<![\w.@\\-])(?P<name>(?:svc|sa|adm)[-_]\w[\w-]*)(?![\w@])", re.I)
_KNOWN_USER = re.compile(
    r"\b(?:by|of|as|for|from|to)\s+(?:the\s+)?(?P<name>root|administrator|guest|krbtgt)\b(?!\s+users?)"
    r"|\b(?:by|as)\s+(?P<name2>(?-i:SYSTEM|NETWORK SERVICE|LOCAL SERVICE))\b",
    re.I,
)
_POSSESSIVE = re.compile(r"(?<![\w@.-])(?P<name>[A-Za-z][\w.-]*[A-Za-z])['’]s\b")
_IPV4 = re.compile(r"(?<![\w.])(?:\d{1,3}\.){3}\d{1,3}(?![\w]|\.\d|/\d)")
# A network: its leading octets. /20 lies within /16, and so on.
_SUBNET = re.compile(
    r"(?<![\w.])(?P<octets>\d{1,3}(?:\.\d{1,3}){3})/(?P<bits>8|9|[12]\d|3[01])(?!\w)"
    r"|(?<![\w.])(?P<prefix>(?:\d{1,3}\.){1,3})(?:[x*](?:\.[x*])*)(?![\w.])",
    re.I,
)
_IPV6 = re.compile(r"(?<![\w:.])(?=[0-9A-Fa-f:]*:[0-9A-Fa-f:]*:)[0-9A-Fa-f:]{3,39}(?![\w:])")
_HASH = re.compile(r"\b(?:[0-9a-f]{64}|[0-9a-f]{40}|[0-9a-f]{32})\b", re.I)
# What stands there is the id of a device, not the hash of a file.
_DEVICE = re.compile(
    r"\b(?:(?:devices?|machines?|hosts?|computers?)(?:[ _-]?ids?)?\s+(?:named\s+|is\s+|=\s*)?"
    r"|(?:logged|signed)\s+(?:on|in)\s*to\s+)[\"'“]?$",
    re.I,
)
_GUID = re.compile(r"(?<![\w-])[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}(?![\w-])", re.I)
_CVE = re.compile(r"(?<![\w-])cve-\d{4}-\d{4,7}(?![\w-])", re.I)
_DOTTED = re.compile(r"(?<![\w.@/\\-])(?:[A-Za-z0-9_-]+\.)+[A-Za-z][A-Za-z0-9]{1,23}(?![\w@])")
_QUOTED = re.compile(
    r"[\"“”](?P<text>[^\"“”]{2,200})[\"“”]|(?<![\w'])['‘](?P<text2>[^'‘’\n]{2,200})['’](?!\w)"
)
# Blanks may stand in a folder's name, so only where a backslash comes after them.
_SEGMENT = r"[^\s\\\"'<>|]+"
_FOLDERS = rf"(?:{_SEGMENT}(?: {_SEGMENT}){{0,3}}\\)*[^\s\\\"'<>|,;?!]+"
_KEY = re.compile(rf"\b(?:HKLM|HKCU|HKU|HKCR|HKEY_[A-Z_]+):?\\{_FOLDERS}", re.I)
_PATH = re.compile(
    rf"(?<!\w)(?:[A-Za-z]:\\|\\\\){_FOLDERS}"
    r"|(?<![\w.:/])/(?:tmp|etc|var|usr|opt|home|dev|root|bin|srv)(?:/[\w.+-]+)*"
)
_PORTS = re.compile(
    r"\bports?\s*(?:(?:number|no\.?|nr\.?|is|=|:|#)\s*)?(\d{1,5}(?:\s*(?:,|/|or|and)\s*\d{1,5})*)\b"
    r"|\b(?:tcp|udp)[\s/]?(\d{1,5})\b|\((\d{2,5})\)|\bon\s+(\d{2,5})\b(?![\s-]*[a-z]+s\b)",
    re.I,
)
_EXTENSION = "|".join(sorted(words.EXTENSIONS - words.NO_EXTENSION_WORDS, key=len, reverse=True))
_EXTENSION_LIST = re.compile(
    rf"(?<![\w.])((?:\*?\.?(?:{_EXTENSION})(?:\s*[,/]\s*|\s+(?:or|and)\s+)){{0,9}}\*?\.?(?:{_EXTENSION}))"
    r"\s+(?:files?|archives?|scripts?|documents?|attachments?|images?|binaries|payloads?)\b",
    re.I,
)
# With its dot any ending counts: ransomware makes up its own.
_BARE_EXTENSION = re.compile(r"(?<![^\s(,;/\"'“])\*?\.([a-z][a-z0-9]{1,15})(?![\w.-])", re.I)
_PROGRAM = rf"(?P<name>[\w-]+\.exe|{words.TOOLS})(?![\w-])"
_ACTORS = (
    re.compile(rf"\bby\s+(?:the\s+)?{_PROGRAM}", re.I),
    re.compile(
        r"\b(?:initiat|start|launch|spawn|creat|request|run|open)\w*\s+by\s+(?:the\s+)?"
        rf"[\"'“]?(?P<name>{words.PARENTS})(?![\w.-])",
        re.I,
    ),
    re.compile(rf"\bchild(?:ren|s)?(?:\s+process(?:es)?)?\s+of\s+{_PROGRAM}", re.I),
    re.compile(rf"(?<![\w.-]){_PROGRAM}\s+(?:spawn|start|launch)\w*(?!\s+by\b)(?!\w)", re.I),
    re.compile(
        # "is written" and "created on win-07" are said of a file, "writes" of a program.
        r"(?<![\w.-])(?P<name>[\w-]+\.exe)\s+(?!written)(?:creat|writ|wrote|drop|download|open|talk"
        r"|connect)\w*(?!\s+(?:on|in|at|by|from)\b)(?!\w)",
        re.I,
    ),
)
# More programs after one that did something: "by cmd.exe, wscript.exe or powershell".
_MORE_ACTORS = re.compile(
    rf"\bby\s+(?:the\s+)?[\"'“]?(?:[\w-]+\.exe|{words.TOOLS})[\"'”]?"
    rf"(?:(?:\s*,\s*(?:(?:or|and|nor)\s+)?|\s+(?:or|and|nor)\s+)(?:by\s+)?[\"'“]?(?:[\w-]+\.exe|{words.TOOLS})(?![\w-])[\"'”]?)+",
    re.I,
)
_TOOL = re.compile(rf"(?<![\w.-])({words.TOOLS})(?![\w-])(?!\.\w)", re.I)
_COMMANDS = re.compile(
    r"(?<![\w.])([\w.]+(?:(?:\s*,\s*|\s+or\s+|\s+and\s+)[\w.]+){0,9})\s+(?:commands?|executions?)\b",
    re.I,
)
_COMMAND = re.compile(
    r"\b(net1?)(?=\s+(?:user|group|localgroup|use|view|share|start|stop|accounts)\b)"
    r"|\b(reg)(?=\s+(?:add|save|query|delete|export)\b)|\b(sc)(?=\s+(?:create|config|stop|query)\b)",
    re.I,
)
_PAIR = re.compile(rf"\b({words.TOOLS})\s+(?:with|using|loading)\s+({words.TOOLS})(?![\w-])", re.I)
# What is named by its label belongs to no other kind: a rule or a resource group is no host.
_LABELLED = re.compile(
    r"\b(?:resource\s+group|rules?|nsg|subscription|user\s+agent|group|policy)\s+"
    rf"(?:named\s+|called\s+)?[\"']?{_NAME}",
    re.I,
)


@dataclass(frozen=True, slots=True)
class Mentions:
    """What a request names, each kind without repeats and in order.

    Attributes:
        upns, users: Accounts by full and by short name.
        actors: Programs said to have started or done something.
        tools: Programs named without .exe. `short_tools` are so short that only a file name is
            sure to mean them; `pair` holds two tools that were named as working together.
        subnets: The octets that the addresses of a network begin with: "10.20.".
        domains: Also URLs' hosts.
        paths, keys: Files' and registry paths.
        ids, cves: GUIDs; CVE numbers.
        ports: Numbers; `extensions` without the dot; `phrases` in quotation marks.
    """

    hosts: tuple[str, ...] = ()
    upns: tuple[str, ...] = ()
    users: tuple[str, ...] = ()
    ips: tuple[str, ...] = ()
    subnets: tuple[str, ...] = ()
    hashes: tuple[str, ...] = ()
    files: tuple[str, ...] = ()
    actors: tuple[str, ...] = ()
    tools: tuple[str, ...] = ()
    short_tools: tuple[str, ...] = ()
    pair: tuple[str, ...] = ()
    domains: tuple[str, ...] = ()
    paths: tuple[str, ...] = ()
    keys: tuple[str, ...] = ()
    ports: tuple[str, ...] = ()
    extensions: tuple[str, ...] = ()
    phrases: tuple[str, ...] = ()
    ids: tuple[str, ...] = ()
    cves: tuple[str, ...] = ()

    @property
    def any(self) -> bool:
        """Whether anything is named that says what to look for."""
        kinds = (field.name for field in dataclasses.fields(self))
        return any(getattr(self, kind) for kind in kinds if kind not in ("ports", "extensions"))

    @property
    def accounts(self) -> tuple[str, ...]:
        """All accounts."""
        return (*self.upns, *self.users)


def mentions(text: str) -> Mentions:
    """Read a request. What stands after "user" or "host" is taken at its word."""
    phrases = _unique((match["text"] or match["text2"]).strip() for match in _QUOTED.finditer(text))
    text, ids = _taken_out(_GUID, text)
    phrases = tuple(phrase for phrase in phrases if phrase not in ids)
    text, keys = _taken_out(_KEY, text)
    text, paths = _taken_out(_PATH, text)
    names = _LABELLED.sub(" ", text)
    upns = _unique(match[0] for match in _UPN.finditer(names))
    ips = _unique((*_addresses(_IPV4, names), *_addresses(_IPV6, names)))
    hashes = _unique(
        match[0] for match in _HASH.finditer(names) if not _DEVICE.search(names[: match.start()])
    )
    dotted = [match[0] for match in _DOTTED.finditer(names)]
    users = _users(names, dotted, {*upns, *ips})
    taken = {*upns, *ips, *hashes, *users}
    hosts = _unique(name for name in _hosts(names) if name not in taken)
    dotted = [name for name in dotted if name not in {*taken, *hosts, *phrases}]
    actors = _actors(text)
    files = _unique(name for name in dotted if _is_file(name) and name not in actors)
    domains = _unique(name for name in dotted if not _is_file(name))
    tools, short = _tools(text, actors)
    pair = _PAIR.search(text)
    named = {*hosts, *files, *domains, *taken, *actors, *keys, *paths}
    return Mentions(
        hosts=hosts,
        upns=upns,
        users=users,
        ips=ips,
        subnets=_unique(map(_leading_octets, _SUBNET.finditer(names))),
        hashes=hashes,
        files=files,
        actors=actors,
        tools=tools,
        short_tools=short,
        pair=tuple(name.lower() for name in pair.groups()) if pair else (),
        domains=domains,
        paths=paths,
        keys=keys,
        ports=_ports(text),
        extensions=_extensions(text),
        phrases=tuple(phrase for phrase in phrases if phrase not in named),
        ids=ids,
        cves=_unique(match[0].upper() for match in _CVE.finditer(text)),
    )


def subnet_spans(text: str) -> list[tuple[int, int]]:
    """Where networks are named."""
    return [match.span() for match in _SUBNET.finditer(text)]


def _taken_out(pattern: re.Pattern[str], text: str) -> tuple[str, tuple[str, ...]]:
    found = _unique(match[0].rstrip("\\.") for match in pattern.finditer(text))
    return pattern.sub(" ", text), found


def _actors(text: str) -> tuple[str, ...]:
    listed = (
        item
        for match in _MORE_ACTORS.finditer(text)
        for item in re.findall(
            rf"[\w-]+\.exe|(?<![\w.-])(?:{words.TOOLS})(?![\w.-])", match[0], re.I
        )
    )
    single = (match["name"] for pattern in _ACTORS for match in pattern.finditer(text))
    return _unique((*listed, *single))


def _users(text: str, dotted: Sequence[str], others: set[str]) -> tuple[str, ...]:
    found = (
        match.groupdict().get("name2") or match["name"]
        for pattern in (_USER_WORD, _DOMAIN_USER, _SERVICE_USER, _KNOWN_USER, _POSSESSIVE)
        for match in pattern.finditer(text)
        if match["name"] is None or (_is_name(match["name"]) and not _is_file(match["name"]))
        # "Accounts signing in", "users trying": what they do, not what they are called.
        if pattern is not _USER_WORD
        or not (
            (match["name"] or "").lower().endswith("ing") or _DOES.match(text, match.start("name"))
        )
    )
    by_shape = (name for name in dotted if _is_person(name))
    upns = [name for name in others if "@" in name]
    return _unique(
        name
        for name in (*found, *by_shape)
        if name not in others and not any(upn.startswith(name) for upn in upns)
    )


def _hosts(text: str) -> Iterator[str]:
    for match in _HOST_WORD.finditer(text):
        name = match["name"]
        # "Workstation unlocks" names no host, "host alpha" does.
        sure = match["kind"] is None or re.search(r"[\d-]", name)
        sure = sure and not _DOES.match(text, match.start("name"))
        if sure and _is_name(name) and not _is_file(name) and not _is_person(name):
            yield name
    for match in _ON_HOST.finditer(text):
        if _is_host_after(match["word"].lower(), match["name"]):
            yield match["name"]
    for match in _HASH.finditer(text):
        if _DEVICE.search(text[: match.start()]):
            yield match[0]
    for match in _NUMBERED_HOST.finditer(text):
        rest = text[match.end() :]
        if _is_name(match[0]) and not re.match(r"[@\\]|\.\w", rest):
            yield match[0]


def _is_host_after(word: str, name: str) -> bool:
    """A name with a digit in it is a host; one with dots only where it is said to be on it."""
    if not (_HOST_SHAPE.match(name) and _is_name(name)) or _is_file(name) or _TOOL.fullmatch(name):
        return False
    first, dot, _ = name.partition(".")
    if dot and word not in ("on", "at", "of"):
        return False
    if word in ("and", "or", "for", "between") and not re.search(r"\d[A-Za-z]?$", first):
        return False
    return bool(re.search(r"[A-Za-z]", first)) and (
        "-" in first or bool(re.search(r"[A-Za-z]\d", first))
    )


def _tools(text: str, actors: Iterable[str]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    doing = {name.lower() for name in actors}
    tools = [match[1].lower() for match in _TOOL.finditer(text)]
    listed = (item for match in _COMMANDS.finditer(text) for item in _items(match[1]))
    short = [item.lower() for item in listed if item.lower() in words.SHORT_TOOLS]
    short += [name.lower() for match in _COMMAND.finditer(text) for name in match.groups() if name]
    return _unique(name for name in tools if name not in doing), _unique(short)


def _ports(text: str) -> tuple[str, ...]:
    found = (
        number
        for match in _PORTS.finditer(text)
        for group in match.groups()
        for number in re.findall(r"\d+", group or "")
    )
    return _unique(str(int(number)) for number in found if 0 < int(number) < 65_536)


def _extensions(text: str) -> tuple[str, ...]:
    listed = (item for match in _EXTENSION_LIST.finditer(text) for item in _items(match[1]))
    bare = (match[1] for match in _BARE_EXTENSION.finditer(text))
    return _unique(item.lstrip("*.").lower() for item in (*listed, *bare))


def _items(text: str) -> list[str]:
    """The members of "a, b or c"."""
    return [item for item in re.split(r"\s*[,/]\s*|\s+(?:or|and)\s+", text, flags=re.I) if item]


def _is_name(word: str) -> bool:
    lowered = word.lower()
    if lowered in words.NO_NAMES or lowered.startswith("event-"):
        return False
    if word == lowered and lowered in words.PLAIN:
        return False
    return not re.fullmatch(r"\d+[a-z]{0,7}|t\d{4}(?:\.\d{3})?", lowered)


def _is_file(name: str) -> bool:
    return "." in name and _ending(name) in words.EXTENSIONS


def _is_person(name: str) -> bool:
    """first.last, which is no host name on the Internet."""
    first, dot, last = name.partition(".")
    if not dot or not (first.isalpha() and last.replace("-", "").isalpha()):
        return False
    return len(last) > 2 and last.lower() not in words.TOP_DOMAINS | words.EXTENSIONS


def _ending(name: str) -> str:
    return name.rpartition(".")[2].lower()


def _addresses(pattern: re.Pattern[str], text: str) -> Iterator[str]:
    for match in pattern.finditer(text):
        try:
            ipaddress.ip_address(match[0])
        except ValueError:
            continue
        yield match[0]


def _leading_octets(match: re.Match[str]) -> str:
    if match["prefix"]:
        return match["prefix"]
    octets = match["octets"].split(".")
    return ".".join(octets[: int(match["bits"]) // 8]) + "."


def _unique(names: Iterable[str]) -> tuple[str, ...]:
    first: dict[str, str] = {}
    for name in names:
        first.setdefault(name.lower(), name)
    return tuple(first.values())
