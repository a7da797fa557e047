"""Numbers and counts in a text: what can be counted in the cited rows, or stands in their cells."""

from __future__ import annotations

import re

from soc_tui.analysts.grounding.claims.figures import COUNTING_COLUMN, TELLING_APART, Figures
from soc_tui.analysts.grounding.claims.prose import said

_EVENTS = re.compile(
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
_KINDS = tuple(
    (
        re.compile(rf"(?:{noun})\b", re.IGNORECASE),
        re.compile(column, re.IGNORECASE) if column else None,
    )
    for noun, column in (_HOSTS, _USERS, _ADDRESSES, _FILES, _PLACES)
)
_FREE_NOUNS = re.compile(
    r"(?:things?|stages?|steps?|parts?|reasons?|layers?|ways?|halves|phases?|"
    r"points?|sides?|hypothes[ie]s|questions?|arguments?|switch(?:es)?"
    r"|options?|flags?|levels?|indicators?|signs?|traits?|features?|characters?|"
    r"words?|techniques?|tactics?|explanations?|possibilities|factors?|elements?)\b",
    re.IGNORECASE,
)
_MOST_FREE = 3
_LABELS = (
    (
        re.compile(r"(?:\bports?|\btcp|\budp)\W*(?:number |no\.? )?\Z", re.I),
        re.compile("port", re.I),
    ),
    (
        re.compile(
            r"\b(?:pids?|ppid|process(?: id)?|parent(?: process)?(?: id)?|"
            r"process identifier)\W*(?:of |was |is )?\Z",
            re.I,
        ),
        re.compile(r"process.*id|pid", re.I),
    ),
    (
        re.compile(r"\bevents?(?: ?ids?| codes?| numbers?)?\W*(?:of |was |is )?\Z", re.I),
        re.compile(r"event.?(?:id|code)|^id$|^event", re.I),
    ),
    (
        re.compile(
            r"\b(?:ids?|error|errors|codes?|status|results?|result ?types?|type|session|"
            r"build|version|level|number|no|ticket|exit code(?: was| of)?|line|rule|age|"
            r"score|size|value|uid|gid|rid|key|length|mask|rights|access|reason|sub ?status|"
            r"AADSTS)\W*(?:of |was |is )?\Z|#\Z",
            re.I,
        ),
        None,
    ),
)
_ROW = re.compile(r"\brows?\W*(?:number |no\.? )?\Z", re.I)
_LEAST = re.compile(
    r"(?:at least|no fewer than|no less than|minimum of|>=|≥|from)\s*(?:about )?\Z", re.I
)
_MORE = re.compile(
    r"(?:more than|over|above|upwards of|in excess of|exceeding|greater than|beyond|>)\s*\Z", re.I
)
_FEWER = re.compile(
    r"(?:up to|at most|no more than|fewer than|less than|under|below|<=?|≤)\s*\Z", re.I
)
_ABOUT = re.compile(
    r"(?:about|around|approximately|roughly|nearly|almost|some|circa|~|close to)\s*\Z", re.I
)
_SIZES = {
    "b": 1,
    "byte": 1,
    "bytes": 1,
    "kb": 1e3,
    "kib": 1024,
    "mb": 1e6,
    "mib": 2**20,
    "gb": 1e9,
    "gib": 2**30,
    "tb": 1e12,
    "tib": 2**40,
    "kilobytes": 1e3,
    "megabytes": 1e6,
    "gigabytes": 1e9,
    "terabytes": 1e12,
    "megabyte": 1e6,
    "gigabyte": 1e9,
    "terabyte": 1e12,
}
NUMBER = re.compile(
    r"(?<![\w.:/\\@%_$-])(?P<more>[+~<>≥≤]?)(?P<n>\d+(?:[.,]\d+)?)(?P<unit>k|m|bn|x|"
    r"×|%|\+|th|st|nd|rd|percent)?(?:\s?(?P<size>[KMGT]i?B|bytes?|(?:kilo|mega|giga|"
    r"tera)bytes?)\b)?"
    r"(?![\w:\\@%_$]|[./-]\w)(?P<times>(?:\s+(?:100|1000|1000000|1000000000)\b)*)",
    re.IGNORECASE,
)
_LISTED = re.compile(r"(?m)^\s*\(?\d{1,2}[.)](?=\s)")
_NOUN_AHEAD = re.compile(r"\W*((?:[\w'-]+\s+){0,4}[\w'-]+)?")
_VAGUE = (
    (
        2,
        r"twice|two-fold|both times|repeatedly|again and again|over and over|"
        r"time and again|a couple(?: of)?|multiple times|several times|many times|"
        r"constantly|continuously|more than once|double",
    ),
    (3, r"thrice|three-fold|triple"),
    (10, r"tens of|scores? of|a score"),
    (12, r"(?:a )?dozen"),
    (24, r"dozens"),
    (100, r"hundreds"),
    (1000, r"thousands"),
    (10**6, r"millions|billions"),
    (10**9, r"countless|innumerable|endless"),
)
_VAGUE_COUNT = re.compile("|".join(rf"(?P<v{n}>\b(?:{words})\b)" for n, words in _VAGUE), re.I)
_MANY = re.compile(
    r"\b(?P<word>multiple|several|various|numerous|many|different|distinct|other|"
    r"additional|further|more|a few|a number of|a series of|a burst of|a wave of|"
    r"a flood of|mass|massive|large numbers? of|a large number of|a host of|"
    r"a range of|a string of|most|some)\s+(?P<noun>(?:of the |"
    r"of )?(?:[\w'-]+\s+){0,2}?)(?P<unit>[\w-]+)",
    re.IGNORECASE,
)
_RELATIVE_WORDS = {
    "other",
    "additional",
    "further",
    "more",
    "some",
    "various",
    "different",
    "distinct",
}
_LEAST_MANY = {
    "several": 3,
    "numerous": 3,
    "many": 3,
    "a few": 2,
    "other": 2,
    "additional": 2,
    "further": 2,
    "more": 2,
    "mass": 3,
    "massive": 3,
    "most": 3,
    "some": 2,
}
_PLURAL = re.compile(r"\w+(?:s|ies)$|people$", re.IGNORECASE)
_ALL = re.compile(
    r"\b(?:every(?: single)?|all(?: of)?|each(?: of)?|any and all|the (?:entire|"
    r"whole)|entire|whole|across (?:the|all)|throughout (?:the)?|everywhere|"
    r"company-?wide|enterprise-?wide|network-?wide|organi[sz]ation-?wide|"
    r"domain-?wide|site-?wide|everyone|everybody)\b\s*(?:(?:the|our|your|its|other|"
    r"of|corporate|internal|company'?s?|whole|"
    r"entire)\s+)*(?P<noun>(?:[\w'-]+\s+){0,1}?)(?P<unit>[\w-]+)?",
    re.IGNORECASE,
)
_SHARE = re.compile(
    r"\b(?:half|most|(?:the )?majority|a (?:third|quarter|fifth)|(?:a )?(?:large|big|great) "
    r"(?:part|number|share)|parts?|two thirds) of (?:the|all|our|its|their|your)\s+"
    r"(?:\w+ )??(?P<unit>\w+)(?: (?P<next>\w+))?",
    re.IGNORECASE,
)
_BOTH = re.compile(
    r"\bboth (?:the |of the |of these |these )?(?P<noun>[\w'-]+)(?! and)", re.IGNORECASE
)
_WHOLES = re.compile(
    r"(?:hosts?|machines?|computers?|devices?|servers?|workstations?|laptops?|"
    r"endpoints?|systems?|VMs?|users?|accounts?|people|employees?|mailbox(?:es)?"
    r"|admins?|administrators?|controllers?|networks?|domains?|forests?|tenants?|"
    r"estate|fleet|compan(?:y|ies)|organi[sz]ations?|enterprise|infrastructure|"
    r"environment"
    r"|shares?|files?|databases?|data|backups?|subscriptions?|passwords?|"
    r"credentials?|secrets?|sites?|offices?|buckets?|customers?|departments?|floor|"
    r"board|internet|keys?|disks?|drives?)\b",
    re.IGNORECASE,
)
_ALONE = re.compile(
    r"(?:everywhere|(?:company|enterprise|network|organi[sz]ation|domain|"
    r"site)-?wide|everyone|everybody)",
    re.I,
)


# "everyone who logged on to this host", "not all users", "which lets it read all mailboxes"
_BOUNDED = re.compile(
    r"(?:\s+[\w'-]+){0,4}?\s+(?:this|these|cited|above|listed|named|shown)\b", re.I
)
_FOLLOWS = re.compile(
    r"\bnot\s*$|\b(?:which|that)\s+(?:would |can |could |may )?(?:lets?|allows?|"
    r"gives?|yields?|exposes?|reads?|grants?)\b[^.;]*$",
    re.I,
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


class Counts:
    """Judges the numbers of one text; what it has read is taken out of the text."""

    def __init__(self, figures: Figures) -> None:
        self._figures = figures

    def read(self, text: str, *, advice: bool = False) -> tuple[str, list[str]]:
        """The text without its numbers, and a sentence for each that is not borne out.

        Args:
            advice: Words like "several" and "twice" are not judged.
        """
        text = _LISTED.sub(lambda match: " " * len(match[0]), text)
        doubts: list[str] = []

        def taken(match: re.Match[str]) -> str:
            if not self._number(match, text):
                end = re.compile(r"(?:\s+[\w'-]+){0,2}").match(text, match.end())
                told = text[match.start() : end.end() if end else match.end()].strip()
                doubts.append(
                    f"Its text counts or names {said(told)}, which the cited rows do not bear out."
                )
            return " " * len(match[0])

        rest = NUMBER.sub(taken, text)
        if not advice:
            doubts += self._vague(text)
        return rest, doubts

    def wholes(self, text: str) -> list[str]:
        """Doubts on claims about every thing of a kind; no cited rows can show that."""
        doubts = []
        for match in _ALL.finditer(text):
            if _BOUNDED.match(text, match.end()) or _FOLLOWS.search(
                text[max(0, match.start() - 50) : match.start()]
            ):
                continue
            noun = match["unit"] or ""
            if _ALONE.match(match[0]) or _WHOLES.fullmatch(noun):
                doubts.append(
                    f"Its text says {said(match[0].strip())}, which no cited rows can show."
                )
        for match in _SHARE.finditer(text):
            if _WHOLES.fullmatch(match["unit"]) or _WHOLES.fullmatch(match["next"] or ""):
                doubts.append(f"Its text says {said(match[0])}, which no cited rows can show.")
        return doubts

    def _number(self, match: re.Match[str], text: str) -> bool:
        before = text[max(0, match.start() - 28) : match.start()] + match["more"]
        number = float(match["n"].replace(",", "."))
        unit = (match["unit"] or "").lower()
        figures = self._figures
        for factor in match["times"].split():
            number *= int(factor)
        number *= {"k": 1e3, "m": 1e6, "bn": 1e9}.get(unit, 1)
        if _ROW.search(before):
            return number in {index + 1.0 for index in figures.indices}
        for label, column in _LABELS:
            if label.search(before):
                numeric = figures.numbers(column)
                return number in numeric or number in figures.written
        if unit in {"%", "percent"}:
            return number in figures.written or number in figures.numbers()
        if match["size"]:
            return self._size(number, match["size"])
        ahead = _NOUN_AHEAD.match(text, match.end())
        noun = (ahead[1] or "") if ahead else ""
        if unit in {"st", "nd", "rd", "th"}:
            return self._ordinal(number, noun)
        if unit in {"x", "×"}:
            noun = "times"
        return self._counted(number, noun, before, open_end=unit == "+")

    def _counted(self, number: float, noun: str, before: str, *, open_end: bool) -> bool:
        if number == 1 or (number <= _MOST_FREE and _FREE_NOUNS.search(noun)):
            return True
        can = self._can_count(noun)
        most = self._most(noun)
        if _LEAST.search(before) or open_end:
            return number <= most
        if _MORE.search(before):
            return number < most
        if _FEWER.search(before):
            return number in can or number - 1 in can
        if _ABOUT.search(before):
            return any(abs(one - number) <= 0.1 * number for one in can)
        return number in can

    def _can_count(self, noun: str) -> set[float]:
        """The numbers that the cited rows have of such things, or that stand in their cells."""
        figures = self._figures
        return {*figures.written, *figures.numbers(_NO_ID), *self._countable(noun)}

    def _most(self, noun: str) -> float:
        """The most of such things that the cited rows can show."""
        return max(self._countable(noun), default=0)

    def _countable(self, noun: str) -> set[float]:
        """What can be counted: rows and rows alike, or different values of fitting columns."""
        figures = self._figures
        can: set[float] = {*figures.numbers(COUNTING_COLUMN), *figures.totals(COUNTING_COLUMN)}
        for word in reversed(_PHRASE.match(noun)[0].split()):  # type: ignore[index]
            if _EVENTS.fullmatch(word):
                more = figures.distinct() if _ALSO_DISTINCT.fullmatch(word) else ()
                return {*can, *figures.counts, *more}
            for kind, column in _KINDS:
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

    def _ordinal(self, number: float, noun: str) -> bool:
        words = noun.split()
        if words and (
            _EVENTS.fullmatch(words[0]) or any(kind.fullmatch(words[0]) for kind, _ in _KINDS)
        ):
            return number <= self._most(words[0])
        return number <= _MOST_FREE

    def _size(self, number: float, size: str) -> bool:
        figures = self._figures
        if number in figures.written:
            return True
        scale = _SIZES[size.lower()]
        there = {*figures.numbers(), *figures.totals(COUNTING_COLUMN), *figures.written}
        scales = {scale, scale if scale == 1 else 1024 ** round(len(str(int(scale))) / 3 - 0.5)}
        step = 0.5 if number >= 10 or number == int(number) else 0.06
        return any(
            abs(one / by - number) <= max(0.02 * number, step)
            for one in there
            for by in scales
            if one >= 1
        )

    def _vague(self, text: str) -> list[str]:
        doubts = []
        for match in _VAGUE_COUNT.finditer(text):
            least = int(match.lastgroup[1:]) if match.lastgroup else 2
            ahead = _NOUN_AHEAD.match(text, match.end())
            noun = (ahead[1] or "") if ahead else ""
            noun = "times" if least <= 3 and not re.match(r"a couple", match[0], re.I) else noun
            if least > self._most(noun):
                doubts.append(
                    f"Its text says {said(match[0])}, but the cited rows do not show so many."
                )
        for match in _BOTH.finditer(text):
            noun = match["noun"]
            known = _EVENTS.fullmatch(noun) or any(kind.fullmatch(noun) for kind, _ in _KINDS[:3])
            if known and _PLURAL.match(noun) and self._most(noun) < 2:
                doubts.append(
                    f"Its text says {said(match[0])}, but the cited rows do not show so many."
                )
        for match in _MANY.finditer(text):
            noun, word = match["unit"], match["word"].lower()
            if not _PLURAL.match(noun) or re.search(
                r"\b(?:no|any|not|for|check|find)\s*$",
                text[max(0, match.start() - 8) : match.start()],
                re.I,
            ):
                continue
            fitting = _KINDS[:2] if word in _RELATIVE_WORDS else _KINDS
            kinds = [column for kind, column in fitting if kind.fullmatch(noun)]
            if not kinds and not (_EVENTS.fullmatch(noun) and word not in _RELATIVE_WORDS):
                continue
            if _LEAST_MANY.get(word, 2) > self._most(noun):
                doubts.append(
                    f"Its text says {said(match[0])}, but the cited rows do not show so many."
                )
        return doubts


_ALSO_DISTINCT = re.compile(
    r"(?:process(?:es)?|commands?|instances?|queries|operations?|actions?|messages?|sessions?)",
    re.I,
)
