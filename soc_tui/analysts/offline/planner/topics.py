"""Chooses the table for a request from its words and entities."""

from __future__ import annotations

import re
import tomllib
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib import resources

from soc_tui.analysts.offline.planner.catalog_words import fits
from soc_tui.analysts.offline.planner.countries import countries
from soc_tui.analysts.offline.planner.mentions import Mentions
from soc_tui.analysts.offline.planner.noted_values import says_value
from soc_tui.analysts.offline.planner.said_values import Said, said_values
from soc_tui.model.catalog import Catalog

_HUNTING = re.compile(
    r"\b(?:suspicious|odd|anomal\w+|strange|unusual|weird|malicious|threats?|attack\w*|intru\w+"
    r"|compromis\w*|breach\w*|hack\w*|hunt\w*|evil|bad|abnormal|anything|something|logs?|events?"
    r"|activity|activities|indicators?|ioc|iocs|happen\w*|seen|investigat\w*|check|look\w*"
    r"|infect\w*"
    r"|adversar\w+|insider|persisten\w+|escalation|trouble|problems?|issues?|wrong|going on|risks?"
    r"|admins?|servers?|hosts?|users?|accounts?)\b",
    re.I,
)
_APPLICATION = re.compile(
    r"\b(?:(?:logged|signed) in|log ?ins?|sign[ -]?ins?) (?:to|into|at) (?:the )?(?:microsoft"
    r"|azure|office|exchange|sharepoint|teams|gitlab)\b",
    re.I,
)
# Sign-ins with a place, where a workspace has no SigninLogs.
_SIGN_INS = ("AADSignInEventsBeta", "EntraIdSignInEvents", "IdentityLogonEvents")
_TRAFFIC = re.compile(
    r"\b(?:traffic|talk\w*|connect\w*|communicat\w*|reach\w*|bytes|packets?)\b", re.I
)
# Asked when nothing says where to look. Each names its table by the words above.
_CHOICES = {
    "DeviceProcessEvents": "processes on hosts",
    "DeviceNetworkEvents": "network connections",
    "DeviceLogonEvents": "logons",
    "SigninLogs": "sign-ins to Entra ID",
    "AzureActivity": "changes in Azure",
    "AlertInfo": "alerts",
    "DeviceFileEvents": "files",
    "SecurityEvent": "Windows security events",
    "Syslog": "syslog",
    "CommonSecurityLog": "firewall logs",
    "OfficeActivity": "mailboxes and SharePoint",
}
_MOST_CHOICES = 6
STRONG = 2
_KNOWN_SHARE = 0.35
"""What a table's own words count for where topics.toml has words for it."""

_ON_DEVICES = 2
"""What a host's name adds to tables of devices that words lead to."""

_VALUE = 4
"""What it adds that a request names a value that the table's notes know."""

_EACH_WORD, _MOST_VALUE = 2.0, 9.0
"""What each word of a documented value adds, and all of them at most."""

_API_CALL = re.compile(r"api\W*call", re.I)
_LEAST_FIT = 3.0
DEFAULT_TABLE = "DeviceProcessEvents"


@dataclass(frozen=True, slots=True)
class Topic:
    """A table, how well it fits, and the words that led to it."""

    table: str
    score: float
    words: tuple[str, ...]


def topics(text: str, named: Mentions) -> tuple[Topic, ...]:
    """Tables that words and names point to, the best first."""
    scores: dict[str, dict[str, int]] = {}
    for table, patterns in _patterns().items():
        for weight, pattern in patterns:
            for match in pattern.finditer(text):
                words = scores.setdefault(table, {})
                words[match[0].lower()] = max(weight, words.get(match[0].lower(), 0))
    for table, weight, word in (*_names(named), *_places(text)):
        scores.setdefault(table, {}).setdefault(word, weight)
    for table in scores if named.hosts else ():
        if table.startswith("Device") and sum(scores[table].values()) > STRONG:
            scores[table].setdefault("", _ON_DEVICES)
    found = [
        Topic(
            table, sum(words.values()), tuple(sorted(filter(None, words), key=lambda w: -words[w]))
        )
        for table, words in scores.items()
    ]
    return tuple(sorted(found, key=lambda topic: -topic.score))


def by_catalog(found: Sequence[Topic], text: str, catalog: Catalog) -> tuple[Topic, ...]:
    """The topics, with what the catalog's own words say for each of its tables."""
    topics_of = {topic.table: topic for topic in found}
    known = _patterns()
    for fit in fits(text, catalog):
        share = _KNOWN_SHARE if fit.table in known else 1.0
        score = share * fit.score
        topic = topics_of.get(fit.table, Topic(fit.table, 0, ()))
        words = topic.words or fit.words
        if topic.score or score >= _LEAST_FIT:
            topics_of[fit.table] = Topic(fit.table, topic.score + score, words)
    for name, table in catalog.tables.items():
        if value := says_value(text, table):
            old = topics_of.get(name, Topic(name, 0, ()))
            topics_of[name] = Topic(name, old.score + _VALUE, (*old.words, value))
    for name, one, weight in _documented(text, catalog):
        old = topics_of.get(name, Topic(name, 0, ()))
        topics_of[name] = Topic(name, old.score + weight, (*old.words, one))
    return tuple(sorted(topics_of.values(), key=lambda topic: -topic.score))


def _documented(text: str, catalog: Catalog) -> Iterator[tuple[str, str, float]]:
    """Tables with a documented value of several words that the request says; its weight."""
    longest: dict[str, Said] = {}
    for name, table in catalog.tables.items():
        found = said_values(text, table)
        if found and len(found[0].spans) > 1:
            longest[name] = found[0]
    having = Counter(one.value for one in longest.values())
    for name, one in longest.items():
        # "API call" narrows nothing, but says that one is meant.
        calls = _API_CALL.search(one.value) and _API_CALL.search(text)
        words = len(one.spans) + (2 if calls else 0)
        weight = min(_MOST_VALUE, _EACH_WORD * words) / having[one.value]
        yield name, one.value, weight


def strong(found: tuple[Topic, ...]) -> tuple[Topic, ...]:
    """The topics that words speak for, not only a name or a faint word."""
    return tuple(topic for topic in found if topic.score > STRONG)


def about_hunting(text: str) -> bool:
    """Whether some word says that it is about logs or threats at all."""
    return _HUNTING.search(text) is not None


def plain_spans(text: str, least: int) -> list[tuple[int, int]]:
    """Where words stand that point to any table at least so strongly."""
    chosen = (say for weights in _patterns().values() for weight, say in weights if weight >= least)
    return [match.span() for say in chosen for match in say.finditer(text)]


def spans(text: str, tables: Iterable[str]) -> list[tuple[int, int]]:
    """Where words stand that point to one of the tables, or to a hunt."""
    chosen = (pair for table in tables for pair in _patterns().get(table, ()))
    found = [match.span() for _, say in chosen for match in say.finditer(text)]
    return found + [match.span() for match in _HUNTING.finditer(text)]


def sources() -> Iterator[str]:
    """The regular expressions of all words."""
    yield _HUNTING.pattern
    yield from (words for weights in _words().values() for words in weights.values())


def choices(catalog: Catalog) -> tuple[str, ...]:
    """What to look at, of the tables that are there."""
    there = (words for table, words in _CHOICES.items() if catalog.table(table))
    return tuple(there)[:_MOST_CHOICES]


def _names(named: Mentions) -> Iterator[tuple[str, int, str]]:
    """Table, weight and name, for names that are usual in a table."""
    process, network, file = "DeviceProcessEvents", "DeviceNetworkEvents", "DeviceFileEvents"
    programs = tuple(name for name in named.files if name.lower().endswith(".exe"))
    kinds = (
        (process, 5, (*named.tools, *named.short_tools)),
        (process, 2, named.actors),
        (process, 1, named.hosts),
        (network, 2, (*named.ips, *named.subnets, *named.domains)),
        (network, 2, named.ports),
        (file, 4, named.extensions),
        (process, 2, programs),
        (file, 2, (*named.hashes, *named.paths, *(set(named.files) - set(programs)))),
        ("DeviceRegistryEvents", 8, named.keys),
        ("SigninLogs", 2, () if named.hosts else named.upns),
        ("DeviceLogonEvents", 2, () if named.hosts else named.users),
    )
    for table, weight, names in kinds:
        yield from ((table, weight, name) for name in names[:1])


def _places(text: str) -> Iterator[tuple[str, int, str]]:
    """Cloud applications are named for sign-ins, also where those are "logins"; countries for
    sign-ins, and for traffic in flow logs: events of devices hold none."""
    found = _APPLICATION.search(text)
    if found:
        yield "SigninLogs", 4, found[0].lower()
    if codes := countries(text):
        yield ("AzureNetworkAnalytics_CL" if _TRAFFIC.search(text) else "SigninLogs"), 9, codes[0]
        yield from ((table, 8, codes[0]) for table in _SIGN_INS if not _TRAFFIC.search(text))


@cache
def _patterns() -> Mapping[str, tuple[tuple[int, re.Pattern[str]], ...]]:
    return {
        table: tuple(
            (weight, re.compile(rf"(?<![\w.-])(?:{words})(?![\w-])", re.I))
            for weight, words in weights.items()
        )
        for table, weights in _words().items()
    }


@cache
def _words() -> Mapping[str, Mapping[int, str]]:
    text = (resources.files(__package__) / "topics.toml").read_text("utf-8")
    return {
        table: {int(weight): "|".join(words) for weight, words in weights.items()}
        for table, weights in tomllib.loads(text).items()
    }
