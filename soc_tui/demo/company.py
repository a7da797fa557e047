"""Halvorsen Marine, the demo's fictional company: its hosts, people, accounts and addresses.

External addresses come from the documentation and benchmark ranges (RFC 5737, RFC 2544), so no
real host is named. The people are the same for every seed; only what they do differs.
"""

from __future__ import annotations

import hashlib
import uuid
from dataclasses import dataclass
from functools import cache

DOMAIN, DNS_DOMAIN = "halvorsen", "halvorsen.example"
TENANT_ID = "6f1c2a0e-4f0b-4c53-9a51-0d2b7f3e9c11"
WORKSPACE_ID = "0b8a4d52-7f0e-4b6f-8c77-51e0a9d2c6f4"
OFFICE_IP, VPN_IP = "192.0.2.10", "192.0.2.20"
WORKSTATIONS = 40
SID_PREFIX = "S-1-5-21-1844237615-1229272821-725345543"

WORKSTATION, SERVER, CONTROLLER, LINUX = "workstation", "server", "controller", "linux"

_SERVERS = (
    ("dc-01", CONTROLLER), ("dc-02", CONTROLLER), ("srv-file-01", SERVER), ("srv-sql-01", SERVER),
    ("srv-sql-02", SERVER), ("srv-web-01", SERVER), ("srv-web-02", SERVER), ("srv-app-01", SERVER),
    ("srv-app-02", SERVER), ("srv-print-01", SERVER), ("srv-backup-01", SERVER),
    ("srv-sccm-01", SERVER), ("lin-web-01", LINUX), ("lin-web-02", LINUX), ("lin-db-01", LINUX),
    ("lin-build-01", LINUX), ("lin-build-02", LINUX), ("lin-mon-01", LINUX),
)  # fmt: skip

_PEOPLE = """
ingrid.halvorsen executive NO|tomas.berge executive NO|amelia.hart finance GB|jonas.vik finance NO
maya.okafor finance GB|oskar.dahl finance NO|erik.lindqvist it NO|nadia.rahman it GB
petter.solberg it NO|lucas.meyer it DK|freya.jensen engineering DK|anders.nygaard engineering NO
sofia.costa engineering NO|daniel.reed engineering GB|hana.sato engineering NO
mikkel.holm engineering DK|elin.strand engineering NO|omar.haddad engineering GB
rasmus.lund engineering DK|iris.moen engineering NO|kari.aas sales NO|liam.obrien sales GB
emma.clarke sales GB|henrik.bakke sales NO|clara.nielsen sales DK|noah.fischer sales NO
ella.wright sales GB|sander.lie sales NO|julie.thorsen sales NO|george.palmer sales GB
marit.ness operations NO|bjorn.haug operations NO|lina.eriksen operations NO
theo.martin operations GB|signe.poulsen operations DK|magnus.foss operations NO
grace.turner operations GB|vegard.hagen operations NO|nora.lien operations NO
adam.novak operations NO|hedda.krog hr NO|olivia.bennett hr GB|silje.tveit hr NO
victor.lang legal NO|agnes.dyrud legal NO|peter.madsen marketing DK|tuva.hole marketing NO
chloe.evans marketing GB|simen.rud marketing NO|ida.skaar operations NO
"""

SERVICE_ACCOUNTS = ("svc-backup", "svc-sql", "svc-web", "svc-sccm", "svc-scan", "svc-monitor")


@dataclass(frozen=True, slots=True)
class Host:
    """One device. `owner` is the index of the person who sits at it, -1 for servers."""

    name: str
    kind: str
    ip: str
    owner: int = -1

    @property
    def device_id(self) -> str:
        """MDE device id: 40 hex digits."""
        return hashlib.sha1(f"device:{self.name}".encode(), usedforsecurity=False).hexdigest()

    @property
    def windows(self) -> bool:
        """Whether it runs Windows."""
        return self.kind != LINUX


@dataclass(frozen=True, slots=True)
class Person:
    """One employee: `name` is the account name, `country` the one of the home office."""

    name: str
    department: str
    country: str

    @property
    def display_name(self) -> str:
        """First and last name."""
        return self.name.replace(".", " ").title()


@dataclass(frozen=True, slots=True)
class Account:
    """One account that processes run as, as MDE spells its parts."""

    domain: str
    name: str
    sid: str
    upn: str = ""
    object_id: str = ""


def stable_guid(text: str) -> str:
    """A GUID that depends on `text` only."""
    return str(uuid.uuid5(uuid.NAMESPACE_DNS, f"{text}.{DNS_DOMAIN}"))


@cache
def people() -> tuple[Person, ...]:
    """All employees."""
    entries = (entry for line in _PEOPLE.strip().splitlines() for entry in line.split("|"))
    return tuple(Person(*entry.split()) for entry in entries)


def _owner(number: int) -> int:
    """win-07 is Erik's; the rest follow the list. Some people have no workstation of their own."""
    order = [index for index in range(len(people())) if people()[index].name != "erik.lindqvist"]
    order.insert(6, next(i for i, one in enumerate(people()) if one.name == "erik.lindqvist"))
    return order[number - 1]


@cache
def hosts() -> tuple[Host, ...]:
    """All devices: win-01 and up first, then servers."""
    workstations = tuple(
        Host(f"win-{n:02d}", WORKSTATION, f"10.20.1.{10 + n}", _owner(n))
        for n in range(1, WORKSTATIONS + 1)
    )
    servers = tuple(
        Host(name, kind, f"10.20.{20 if kind == LINUX else 10}.{10 + i}")
        for i, (name, kind) in enumerate(_SERVERS)
    )
    return workstations + servers


@cache
def host_index(name: str) -> int:
    """Index of the host of that name in `hosts()`."""
    return next(i for i, host in enumerate(hosts()) if host.name == name)


def _domain_account(name: str, rid: int, upn: bool = True) -> Account:
    return Account(
        DOMAIN,
        name,
        f"{SID_PREFIX}-{rid}",
        f"{name}@{DNS_DOMAIN}" if upn else "",
        stable_guid(f"user:{name}") if upn else "",
    )


def _local_administrator(host: Host) -> Account:
    digest = hashlib.sha256(f"local:{host.name}".encode()).digest()
    parts = "-".join(str(int.from_bytes(digest[i : i + 4], "big")) for i in (0, 4, 8))
    return Account(host.name, "administrator", f"S-1-5-21-{parts}-500")


@cache
def accounts() -> tuple[Account, ...]:
    """People first (same index as `people()`), then service, built-in, Linux and local accounts."""
    linux = (("root", 0), ("www-data", 33), ("postgres", 112), ("gitlab-runner", 998))
    return (
        *(_domain_account(one.name, 1104 + i) for i, one in enumerate(people())),
        *(_domain_account(name, 2201 + i, False) for i, name in enumerate(SERVICE_ACCOUNTS)),
        Account("nt authority", "system", "S-1-5-18"),
        Account("nt authority", "local service", "S-1-5-19"),
        Account("nt authority", "network service", "S-1-5-20"),
        Account("window manager", "dwm-1", "S-1-5-90-0-1"),
        *(Account("", name, f"S-1-22-1-{uid}") for name, uid in linux),
        *(_local_administrator(host) for host in hosts() if host.windows),
    )


@cache
def account_index(name: str, domain: str = "") -> int:
    """Index of an account in `accounts()`; `domain` tells local administrators apart."""
    return next(
        i
        for i, account in enumerate(accounts())
        if account.name == name and (not domain or account.domain == domain)
    )


def home_ip(person: int) -> str:
    """The person's home address (benchmark range 198.18.0.0/15)."""
    return f"198.18.{20 + person}.{(37 * person) % 200 + 10}"
