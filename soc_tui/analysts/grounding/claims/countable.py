"""The things that a text counts, and how many of them the cited rows can show."""

from __future__ import annotations

import re

from soc_tui.analysts.grounding.claims.figures import COUNTING_COLUMN, TELLING_APART, Figures

EVENTS = re.compile(
    r"(?:rows?|records?|events?|entr(?:y|ies)|lines?|attempts?|tries|log-?ons?|"
    r"log-?ins?|sign-?ins?|connections?|requests?"
    r"|process(?:es)?|executions?|failures?|successes|flows?|alerts?|times|"
    r"occurrences?|instances?|hits?|cases?|calls?"
    r"|commands?|queries|lookups?|sessions?|downloads?|uploads?|messages?|mails?|"
    r"e-?mails?|detections?|invocations?|runs?"
    r"|actions?|operations?|launches|authentications?|beacons?|packets?|creations?|"
    r"deletions?|changes?|modifications?|spawns?|prompts?)\b",
    re.IGNORECASE,
)
_HOSTS = (
    r"hosts?|machines?|computers?|devices?|servers?|workstations?|laptops?|"
    r"endpoints?|systems?|VMs?|nodes?|instances?|desktops?|PCs?|controllers?|boxes|"
    r"clients?|assets?",
    r"(?:device|host|machine|computer|server|vm|node|instance|resource|source|"
    r"destination|dest|target|agent|workstation)",
)
_USERS = (
    r"users?|accounts?|identit(?:y|ies)|people|persons?|employees?|usernames?|"
    r"principals?|admins?|administrators?|mailbox(?:es)?|victims?|customers?|owners?",
    r"(?:account|user|principal|caller|identity|upn|owner|actor|subject|login|arn|mailbox)",
)
_ADDRESSES = (
    r"(?:IPs?|address(?:es)?|sources?|destinations?|subnets?|networks?|peers?|targets?)",
    r"(?:ip|address|addr|source|destination|src|dst|dest|remote|host|url|domain)",
)
_FILES = (
    r"files?|documents?|folders?|shares?|paths?|director(?:y|ies)|binar(?:y|ies)|"
    r"executables?|scripts?|programs?|tools?|archives?|images?|hash(?:es)?|keys?|"
    r"tasks?|services?|drivers?|modules?|libraries",
    r"(?:file|path|folder|hash|sha|md5|image|process|share|object|target|command|"
    r"registry|task|service|module)",
)
_PLACES = (
    r"countr(?:y|ies)|locations?|cit(?:y|ies)|regions?|places?|continents?|domains?|"
    r"sites?|tenants?|subscriptions?|apps?|applications?|URLs?|ports?|groups?|"
    r"roles?|databases?|buckets?|organi[sz]ations?|compan(?:y|ies)|networks?|"
    r"passwords?|credentials?|browsers?|agents?",
    r"",
)
KINDS = tuple(
    (
        re.compile(rf"(?:{noun})\b", re.IGNORECASE),
        re.compile(column, re.IGNORECASE) if column else None,
    )
    for noun, column in (_HOSTS, _USERS, _ADDRESSES, _FILES, _PLACES)
)
FREE_NOUNS = re.compile(
    r"(?:things?|stages?|steps?|parts?|reasons?|layers?|ways?|halves|phases?|"
    r"points?|sides?|hypothes[ie]s|questions?|arguments?|switch(?:es)?"
    r"|options?|flags?|levels?|indicators?|signs?|traits?|features?|characters?|"
    r"words?|techniques?|tactics?|explanations?|possibilities|factors?|elements?)\b",
    re.IGNORECASE,
)
# A noun and what stands before it: up to the word that begins something else.
_PHRASE = re.compile(
    r"(?:(?!(?:on|of|from|in|to|by|with|for|and|or|were|was|are|is|have|has|had|"
    r"that|which|who|within|at|over|like|against|as|but|then|ran|hit|show|showed|"
    r"seen|came|used|during|between|after|before|via|through|under|per|"
    r"in)\b)[\w'-]+\s*)*",
    re.IGNORECASE,
)
_NO_ID = re.compile(rf"^(?!.*(?:{TELLING_APART.pattern}|event.?id$|code$))", re.IGNORECASE)
_ALSO_DISTINCT = re.compile(
    r"(?:process(?:es)?|commands?|instances?|queries|operations?|actions?|messages?|sessions?)",
    re.I,
)


class Countable:
    """How many of a thing there can be, by the noun that a text has for it."""

    def __init__(self, figures: Figures) -> None:
        self._figures = figures

    def numbers(self, noun: str) -> set[float]:
        """The numbers that the cited rows have of such things, or that stand in their cells."""
        figures = self._figures
        return {*figures.written, *figures.numbers(_NO_ID), *self._countable(noun)}

    def most(self, noun: str) -> float:
        """The most of such things that the cited rows can show."""
        return max(self._countable(noun), default=0)

    def _countable(self, noun: str) -> set[float]:
        """What can be counted: rows and rows alike, or different values of fitting columns."""
        figures = self._figures
        can: set[float] = {*figures.numbers(COUNTING_COLUMN), *figures.totals(COUNTING_COLUMN)}
        for word in reversed(_PHRASE.match(noun)[0].split()):  # type: ignore[index]
            if EVENTS.fullmatch(word):
                more = figures.distinct() if _ALSO_DISTINCT.fullmatch(word) else ()
                return {*can, *figures.counts, *more}
            for kind, column in KINDS:
                if kind.fullmatch(word):
                    named = figures.distinct(column) if column else frozenset()
                    return {
                        *can,
                        *(
                            named
                            if max(named, default=0)
                            else (*figures.distinct(), *figures.counts)
                        ),
                    }
        return {*can, *figures.counts, *figures.distinct()}
