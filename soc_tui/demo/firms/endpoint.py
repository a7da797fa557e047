"""Ordinary rows of the device tables, drawn from the kinds of work in the text files."""

from __future__ import annotations

import base64
import ntpath
import posixpath
import random
import re
import uuid
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from importlib import resources

from soc_tui.demo.firms.firm import LINUX, Firm, Host

Row = dict[str, object]
Week = dict[str, list[Row]]
DAY, HOUR, MINUTE = 86_400.0, 3_600.0, 60.0
STAGE = "Stage"
"""Key of a row that names the intruder's stage; not a column."""

_SVCHOST = ("wuauserv", "BITS", "Schedule", "gpsvc", "wlidsvc", "UsoSvc", "DsmSvc", "lfsvc")
_BASE64 = re.compile(r"\{b64:(.+)\}(?=[\" ]|$)")
_BUILT_IN = {
    "system": ("nt authority", "system", "System"),
    "service": ("nt authority", "local service", "System"),
    "network": ("nt authority", "network service", "System"),
}


def encoded(script: str) -> str:
    """As `powershell -EncodedCommand` takes it."""
    return base64.b64encode(script.encode("utf-16-le")).decode("ascii")


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of work: how often, where, by whom; the rest of its line."""

    weight: float
    where: str
    who: str
    rest: tuple[str, ...]


@cache
def kinds(name: str) -> tuple[tuple[str, ...], ...]:
    """Lines of a text file, split."""
    text = (resources.files("soc_tui.demo.firms") / name).read_text("utf-8")
    lines = (line for line in text.splitlines() if line and not line.startswith("#"))
    return tuple(tuple(line.split("|")) for line in lines)


class Maker:
    """Makes rows for one firm; `at` and `filled` are what its parts share."""

    def __init__(self, firm: Firm) -> None:
        self.firm = firm
        self.rng = random.Random(f"week {firm.seed}")

    def office(self) -> float:
        """A time when people work, in seconds before the week's end."""
        start, end = self.firm.hours
        while True:
            day = self.rng.randrange(7)
            hour = self.rng.triangular(start, end, start + 3)
            moment = (hour % 24) * HOUR + day * DAY
            if day not in (2, 3) or self.rng.random() < 0.04:
                return -moment % -(7 * DAY) if moment else -1.0

    def any_time(self) -> float:
        """Any time of the week."""
        return -self.rng.random() * 7 * DAY

    def hosts(self, where: str) -> Sequence[Host]:
        """Where a kind of work is done; nowhere when the firm chose other software."""
        place, _, choice = where.partition("?")
        kind, _, option = choice.partition("=")
        if choice and self.firm.choices[kind] != option:
            return ()
        return self.firm.of(place)

    def account(self, who: str, host: Host) -> tuple[str, str, str]:
        """Domain, name and integrity level of who does it on a host."""
        if who in _BUILT_IN:
            return _BUILT_IN[who]
        if host.kind == LINUX or who == "root":
            return host.name, who, ""
        owner = host.owner or self.rng.choice(self.firm.at("it"))
        name = {"user": owner.name, "admin": f"adm.{owner.name}"}.get(who, who)
        return self.firm.domain, name, "Medium" if who == "user" else "High"

    def filled(self, text: str, host: Host, account: str) -> str:
        """The text with its braces filled in."""
        rng, firm = self.rng, self.firm
        if "{" not in text:
            return text
        found = _BASE64.search(text)
        if found:
            script = found[1].replace("{{", "{").replace("}}", "}")
            text = text[: found.start()] + encoded(script) + text[found.end() :]
        number = f"{rng.randrange(1000, 30_000)}"
        words = {
            "user": account, "person": rng.choice(firm.people).name, "host": host.name,
            "server": rng.choice(firm.of("server")).name, "dc": firm.one("dc").name,
            "file": firm.one("file").name, "sql": firm.one("sql").name,
            "print": firm.one("print").name, "backup": firm.one("backup").name,
            "desk": rng.choice(firm.of("workstation")).name, "lxdb": firm.one("lxdb").name,
            "lxweb": firm.one("lxweb").name, "domain": firm.domain, "dns": firm.dns,
            "firm": firm.name, "n": number, "d": str(rng.randrange(1, 9)),
            "hex": f"{rng.getrandbits(32):08X}", "hex4": f"{rng.getrandbits(16):04x}",
            "guid": str(uuid.UUID(int=rng.getrandbits(128), version=4)),
            "svchost": rng.choice(_SVCHOST), "home": rf"C:\Users\{account}",
        }  # fmt: skip
        return text.format_map(words)

    def process(self, prefix: str, path: str, line: str, who: tuple[str, str, str]) -> Row:
        """Columns of a process with that prefix (`InitiatingProcess` or none)."""
        path = full_path(path)
        name = base_name(path)
        made = "" if path.startswith("/") else _maker(path)
        resource = "ProcessVersionInfo" if not prefix else f"{prefix}VersionInfo"
        account = prefix
        return {
            f"{prefix}FileName": name, f"{prefix}FolderPath": path,
            f"{prefix or 'Process'}CommandLine": f'"{path}"' if line == "=" else line,
            f"{account}AccountDomain": who[0], f"{account}AccountName": who[1],
            f"{account}AccountUpn": "" if who[0] != self.firm.domain else f"{who[1]}@{self.firm.dns}",
            f"{prefix or 'Process'}IntegrityLevel": who[2],
            f"{prefix or 'Process'}Id": 4 * self.rng.randrange(200, 9000),
            f"{resource}OriginalFileName": name if made else "",
            f"{resource}CompanyName": made,
        }  # fmt: skip

    def on(self, host: Host, time: float) -> Row:
        """Columns of a device's row."""
        windows = host.kind != LINUX
        name = f"{host.name}.{self.firm.dns}".lower() if windows else host.name
        return {"Time": time, "DeviceName": name, "DeviceId": f"{hash_of(host.name):040x}"}


def hash_of(text: str) -> int:
    """A stable number of a text."""
    return uuid.uuid5(uuid.NAMESPACE_DNS, text).int


def full_path(path: str) -> str:
    """With its folder: System32 when it names none."""
    if path.startswith("/") or ":" in path:
        return path
    if path == "explorer.exe":
        return r"C:\Windows\explorer.exe"
    return rf"C:\Windows\System32\{path}"


def base_name(path: str) -> str:
    """File name of a path of Windows or Linux."""
    return posixpath.basename(path) if path.startswith("/") else ntpath.basename(path)


def _maker(path: str) -> str:
    lower = path.lower()
    if lower.startswith((r"c:\windows\system32", r"c:\windows\explorer")) or "microsoft" in lower:
        return "Microsoft Corporation"
    return "" if r"\temp" in lower else base_name(path).split(".")[0].title() + " Ltd"


def ordinary_processes(maker: Maker, count: int) -> Iterator[Row]:
    """DeviceProcessEvents of ordinary work."""
    chosen = [
        (Kind(float(weight), where, who, (parent, above, image, "|".join(line))), places)
        for weight, where, who, parent, above, image, *line in kinds("processes.txt")
        if (places := maker.hosts(where))
    ]
    weights = [kind.weight * len(places) ** 0.5 for kind, places in chosen]
    for kind, places in maker.rng.choices(chosen, weights, k=count):
        host = maker.rng.choice(places)
        time = maker.office() if kind.who in ("user", "admin") else maker.any_time()
        yield process_row(maker, host, time, kind.who, *kind.rest)


def process_row(
    maker: Maker, host: Host, time: float, who: str, parent: str, above: str, image: str, line: str
) -> Row:
    """One row of DeviceProcessEvents."""
    account = maker.account(who, host)
    above_who = account if who != "user" or "svchost" not in parent else _BUILT_IN["system"]
    texts = [maker.filled(text, host, account[1]) for text in (parent, above, image, line)]
    return {
        **maker.on(host, time), "ActionType": "ProcessCreated",
        **maker.process("", texts[2], texts[3], account),
        **maker.process("InitiatingProcess", texts[0], texts[1], above_who),
        "InitiatingProcessParentFileName": "explorer.exe" if who == "user" else "services.exe",
    }  # fmt: skip


_TABLES = {
    "file": "DeviceFileEvents", "reg": "DeviceRegistryEvents", "net": "DeviceNetworkEvents",
    "event": "DeviceEvents",
}  # fmt: skip


def ordinary_endpoint(maker: Maker, counts: dict[str, int]) -> Iterator[tuple[str, Row]]:
    """Table and row of ordinary files, registry values, connections and device events."""
    for kind, count in counts.items():
        chosen = [
            (one, places)
            for one in kinds("endpoint.txt")
            if one[0] == kind and (places := maker.hosts(one[2]))
        ]
        weights = [float(one[1]) * len(places) ** 0.5 for one, places in chosen]
        for one, places in maker.rng.choices(chosen, weights, k=count):
            host = maker.rng.choice(places)
            _, _, _, who, image, what, *more = one
            time = maker.office() if who in ("user", "admin") else maker.any_time()
            yield (
                _TABLES[kind],
                endpoint_row(maker, kind, host, time, who, image, what, "|".join(more)),
            )


def endpoint_row(
    maker: Maker, kind: str, host: Host, time: float, who: str, image: str, what: str, more: str,
    line: str = "=",
) -> Row:  # fmt: skip
    """One row of what a process did. `what` and `more` are as in the text file."""
    account = maker.account(who, host)
    image, what, line = (maker.filled(text, host, account[1]) for text in (image, what, line))
    more = maker.filled(more, host, account[1])
    row = {**maker.on(host, time), **maker.process("InitiatingProcess", image, line, account)}
    row["InitiatingProcessParentFileName"] = "explorer.exe" if who == "user" else "services.exe"
    if kind == "file":
        digest = f"{hash_of(what):064x}"
        row |= {"FolderPath": what, "FileName": base_name(what), "ActionType": more}
        row |= {"SHA256": digest, "SHA1": digest[:40], "FileSize": maker.rng.randrange(500, 9**7)}
    elif kind == "reg":
        name, _, data = more.partition("=")
        row |= {"RegistryKey": what, "RegistryValueName": name, "RegistryValueData": data}
        row["ActionType"] = "RegistryValueSet"
    elif kind == "net":
        row |= connection(maker, what, int(more), host)
    else:
        row |= {"ActionType": what, "AdditionalFields": more}
    return row


def connection(maker: Maker, to: str, port: int, host: Host) -> Row:
    """Columns of a connection to a host of the firm, a name or an address."""
    inside = next((one for one in maker.firm.hosts if one.name == to), None)
    number = hash_of(to)
    address = inside.ip if inside else f"198.{18 + number % 2}.{number % 251}.{number % 241 + 1}"
    bare = to.replace(".", "").isdigit()
    return {
        "ActionType": "ConnectionSuccess", "RemoteIP": to if bare else address, "RemotePort": port,
        "RemoteUrl": "" if bare or inside else to, "RemoteIPType": "Private" if inside else "Public",
        "Protocol": "Udp" if port in (53, 123, 161) else "Tcp",
        "LocalIP": host.ip, "LocalPort": maker.rng.randrange(49_152, 65_535),
    }  # fmt: skip
