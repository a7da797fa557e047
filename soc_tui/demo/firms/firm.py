"""One made firm: its people, devices, addresses and the software it chose. All by the seed."""

from __future__ import annotations

import random
from dataclasses import dataclass

_FIRMS = (
    ("Brackwater Foods", "brackwater", "brackwater.example"),
    ("Lindenau Werkzeugbau", "lwb", "lindenau.example"),
    ("Castellane Santé", "castellane", "corp.castellane.example"),
    ("Northgate Credit Union", "NGCU", "ngcu.example"),
    ("Pereira & Filhos", "pefil", "pereira-filhos.example"),
    ("Oakhurst School Trust", "oakhurst", "oakhurst.example"),
    ("Tallinna Logistika", "tlog", "tlog.example"),
    ("Hoshino Precision", "hoshino", "ad.hoshino.example"),
)
_FIRST = [
    "anna",
    "ben",
    "carla",
    "dmitri",
    "elsa",
    "farid",
    "greta",
    "hugo",
    "ines",
    "jakub",
    "karin",
    "leo",
    "mona",
    "nils",
    "olga",
    "paulo",
    "quentin",
    "rosa",
    "stefan",
    "tanja",
    "ulrich",
    "vera",
    "wanda",
    "xavier",
    "yusuf",
    "zoe",
    "aiko",
    "bastien",
    "chiara",
    "dario",
    "emil",
    "fiona",
    "gustav",
    "helena",
    "ivan",
    "julia",
    "kenji",
    "lea",
    "marco",
    "nadine",
    "otto",
    "petra",
    "rafael",
    "sven",
    "theresa",
    "umar",
    "viktor",
    "willem",
    "yara",
    "zeno",
    "amir",
    "beatriz",
    "colin",
    "daphne",
    "edgar",
    "flora",
    "gavin",
    "hanna",
    "igor",
    "joan",
]
_LAST = [
    "adler",
    "becker",
    "costa",
    "dubois",
    "eriksen",
    "fischer",
    "garcia",
    "hughes",
    "ito",
    "jansen",
    "kowalski",
    "larsen",
    "moreau",
    "novak",
    "okada",
    "petrov",
    "quinn",
    "rossi",
    "schmidt",
    "tanaka",
    "urban",
    "vogel",
    "weber",
    "xu",
    "yilmaz",
    "zimmer",
    "abbott",
    "brandt",
    "castro",
    "dahl",
    "engel",
    "ferrari",
    "gruber",
    "hartmann",
    "iversen",
    "jung",
    "keller",
    "lopez",
    "meier",
    "nagy",
    "ortega",
    "pavlov",
    "ricci",
    "sousa",
    "tamm",
    "ueda",
    "vargas",
    "walsh",
    "young",
    "zhang",
    "aubert",
    "bianchi",
    "crespo",
    "diaz",
    "ekman",
    "falk",
    "grant",
    "holm",
    "ivanov",
    "jensen",
]
_DEPARTMENTS = ("sales", "finance", "hr", "engineering", "operations", "it", "management")
_WEIGHTS = (12, 9, 4, 12, 15, 5, 3)
_COUNTRIES = (
    ("DE", "AT"), ("FR", "BE"), ("US", "CA"), ("PT", "ES"), ("GB", "IE"), ("EE", "FI"),
    ("JP", "SG"), ("NL", "DE"),
)  # fmt: skip
_CHOICES = {
    "browser": ("chrome", "edge", "firefox", "brave"),
    "chat": ("teams", "slack"),
    "manager": ("intune", "sccm", "pdq", "ansible"),
    "scanner": ("nessus", "qualys", "rapid7"),
    "backup": ("veeam", "wsb", "acronis"),
    "remote": ("teamviewer", "anydesk", "screenconnect", "quickassist"),
    "vpn": ("anyconnect", "globalprotect", "forti"),
    "monitor": ("zabbix", "prtg", "checkmk"),
    "antivirus": ("defender", "eset", "sophos"),
}

WORKSTATION, SERVER, LINUX = "workstation", "server", "linux"


@dataclass(frozen=True, slots=True)
class Person:
    """An employee: account name, department and home country."""

    name: str
    display: str
    department: str
    country: str
    address: str


@dataclass(frozen=True, slots=True)
class Host:
    """A device; `role` is what a server is for (dc, file, sql …), `owner` who sits at it."""

    name: str
    kind: str
    role: str
    ip: str
    owner: Person | None = None


@dataclass(frozen=True, slots=True)
class Firm:
    """Everything about a firm that its week is made of.

    Attributes:
        choices: What is used for what: browser, manager, scanner, backup …
        hours: When work begins and ends, UTC.
    """

    seed: int
    name: str
    domain: str
    dns: str
    people: tuple[Person, ...]
    hosts: tuple[Host, ...]
    choices: dict[str, str]
    hours: tuple[int, int]
    countries: tuple[str, str]
    office_ip: str

    def at(self, *departments: str) -> list[Person]:
        """People of these departments."""
        return [one for one in self.people if one.department in departments]

    def of(self, role: str) -> list[Host]:
        """Hosts of a kind or of a role."""
        return [host for host in self.hosts if role in (host.kind, host.role)]

    def one(self, role: str) -> Host:
        """The first host of a role."""
        return self.of(role)[0]

    def desk(self, person: Person) -> Host:
        """Whose workstation it is."""
        return next(host for host in self.hosts if host.owner is person)

    def mail(self, person: Person) -> str:
        """Their user principal name and mail address."""
        return f"{person.name}@{self.dns.removeprefix('corp.').removeprefix('ad.')}"


def firm(seed: int) -> Firm:
    """The firm of a seed: 60 people, about 80 devices."""
    rng = random.Random(f"firm {seed}")
    name, domain, dns = _FIRMS[rng.randrange(len(_FIRMS))]
    countries = rng.choice(_COUNTRIES)
    people = _people(rng, countries, rng.choice(("{f}.{l}", "{f0}{l}", "{l}{f0}", "{f}{l0}")))
    start = rng.choice((6, 7, 8, 13, 22))
    return Firm(
        seed, name, domain, dns, people, _hosts(rng, people),
        {kind: rng.choice(options) for kind, options in _CHOICES.items()},
        (start, start + 10), countries, f"192.0.2.{rng.randrange(20, 200)}",
    )  # fmt: skip


def _people(rng: random.Random, countries: tuple[str, str], style: str) -> tuple[Person, ...]:
    firsts, lasts = rng.sample(_FIRST, 60), rng.sample(_LAST, 60)
    kinds = [kind for kind, n in zip(_DEPARTMENTS, _WEIGHTS, strict=True) for _ in range(n)]
    found = []
    for number, (first, last, kind) in enumerate(zip(firsts, lasts, kinds, strict=True)):
        name = style.format(f=first, l=last, f0=first[0], l0=last[0])
        country = countries[rng.random() < 0.2]
        address = f"198.18.{number + 1}.{rng.randrange(2, 250)}"
        found.append(Person(name, f"{first.title()} {last.title()}", kind, country, address))
    return tuple(found)


def _hosts(rng: random.Random, people: tuple[Person, ...]) -> tuple[Host, ...]:
    desk = rng.choice(("LT{n:04d}", "{site}-PC-{n:03d}", "DESKTOP-{hex}", "w11-{n:03d}"))
    server = rng.choice(("{site}{role}{n:02d}", "srv-{role}-{n}", "{role}{n}", "{site}-{role}-{n}"))
    site = rng.choice(("HAM", "lis", "par", "bos", "TYO", "ldn"))
    net = rng.randrange(16, 30)
    found = [
        Host(
            desk.format(n=n, site=site, hex=f"{rng.getrandbits(28):07X}"),
            WORKSTATION, person.department, f"172.{net}.{10 + n // 200}.{10 + n % 200}", person,
        )
        for n, person in enumerate(people)
    ]  # fmt: skip
    roles = [
        "dc",
        "dc",
        "file",
        "file",
        "sql",
        "sql",
        "web",
        "app",
        "app",
        "print",
        "backup",
        "mgmt",
        "scan",
        "exch",
        "ca",
    ]
    counts: dict[str, int] = {}
    for number, role in enumerate(roles):
        counts[role] = counts.get(role, 0) + 1
        name = server.format(site=site, role=role, n=counts[role])
        found.append(Host(name, SERVER, role, f"172.{net}.1.{10 + number}"))
    for number, role in enumerate(["lxweb", "lxdb", "lxci", "lxlog", "lxk8s"]):
        name = server.format(site=site, role=role[2:], n=number + 11)
        found.append(Host(name, LINUX, role, f"172.{net}.2.{10 + number}"))
    return tuple(found)
