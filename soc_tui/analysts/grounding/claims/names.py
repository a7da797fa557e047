"""Names in a text: what is not English, or looks like a name, is in a cited row.

The rule is inclusion. A word is let through when the dictionary or the trade's list has it
(`english`), when it is a column's name, or when the cited rows hold it; all else is a doubt.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator
from functools import cache

from soc_tui.analysts.grounding.cited_rows import CitedRows
from soc_tui.analysts.grounding.claims import english
from soc_tui.analysts.grounding.claims.figures import Figures
from soc_tui.analysts.grounding.claims.wordlists import lines, words

# Brackets, quotes and signs around words; `'` only at their ends.
_TOKEN = re.compile(r"[^\s<>\"()\[\]{}|,;`*=…•·]+")
_AROUND = "'.:!?-#~^+&_"
_LETTERS = re.compile(r"[^\W\d_]+(?:'[^\W\d_]+)?")
_SPLIT = re.compile(r"[-/:&+'@_.]|\\")
_ADDRESS = re.compile(r"\d+\.\d+\.\d+\.\d+|.*:.*:|\w+://|[\\/~%$]|\w:[\\/]")
_ABBREVIATION = re.compile(
    r"e\.g|i\.e|z\.b|d\.h|u\.a|n\.b|p\.s|a\.k\.a|u\.s|u\.k|a\.m|p\.m|etc|vs|approx|incl|resp|cf",
    re.IGNORECASE,
)
_LOOPBACK = re.compile(
    r"127\.\d+\.\d+\.\d+|0\.0\.0\.0|::1?|10\.0\.0\.0/8|172\.16\.0\.0/12|192\.168\.0\.0/16"
)
_TECHNIQUE = re.compile(r"TA?\d{4}(?:\.\d{3})?")
_ROW_ID = re.compile(r"r(\d{1,9})", re.IGNORECASE)
_FILE_ENDING = re.compile(r"\.exe$", re.IGNORECASE)
_SENTENCE_END = re.compile(r"(?:^|[.!?:;…•·*\n\"(\[>|-])\s*$")
_TITLE_CASE = 0.6
_LABELLED = re.compile(
    r"\b(?:users?|accounts?|names?|callers?|owners?|hosts?|machines?|servers?|devices?|by)\s*[:=]\s*['\"]?$",
    re.I,
)
_ACCOUNT_SLOT = re.compile(
    r"\b(?:users?|accounts?|usernames?|callers?|principals?|identity|named|called|"
    r"as|owner|operator|run by|login)\s+"
    r"(?:the\s+)?(?:(?:local|domain|built-?in|user|account|service|named|called|"
    r"privileged|host)\s+)*['\"]?$",
    re.IGNORECASE,
)
_PERSON_SLOT = re.compile(
    r"\b(?:users?|accounts?|by|as|for|of|from|to|and|with|named|called|caller|owner|"
    r"operator|mr|mrs|ms|dr)\.?\s+"
    r"(?:the\s+)?(?:(?:user|account|local|domain)\s+)*['\"]?$",
    re.IGNORECASE,
)
_MACHINE_SLOT = re.compile(
    r"\b(?:on|to|from|onto|into|at|against|host|server|machine|workstation|laptop|"
    r"device|computer|endpoint|node|controller|named|called|via|and)\s+"
    r"(?:the\s+)?(?:(?:host|server|machine|workstation|device|computer|named|"
    r"called)\s+)*['\"]?$",
    re.IGNORECASE,
)
_CALLED = re.compile(
    r"\b(?:named|(?:is|was|are|one|host|server|user|account|machine|file|task|"
    r"service|process|group|tool|program|value) called|known as|titled|labell?ed|"
    r"(?:host|server|user|account|machine|file|task|service|process|group|"
    r"domain)\s*['\"])\s*['\"]?$",
    re.IGNORECASE,
)
# `powershell-based`: a name of the rows may stand before these.
_JOINS = re.compile(
    r"\w+(?:ed|ing|en)|like|side|only|specific|style|free|wide|run|made|bit|byte|"
    r"factor|way|step|part|stage|digit|character|fold",
    re.IGNORECASE,
)
_WITH_PORT = re.compile(r"\[?([^\s\[\]]+?)\]?:(\d{1,5})")
_PORT_COLUMN = re.compile("port", re.IGNORECASE)
_LONG_NAME = 300


class Names:
    """Finds what one text names and no cited row holds.

    Args:
        known: Words of no row that the text may use: column names, ids of its own techniques.
    """

    def __init__(self, cited: CitedRows, figures: Figures, known: Iterable[str] = ()) -> None:
        self._cited = cited
        self._figures = figures
        self._known = frozenset(word.lower() for word in known)
        self._held: dict[str, bool] = {}

    def missing(
        self, text: str, borne_out: Iterable[str] = (), *, advice: bool = False
    ) -> Iterator[str]:
        """Each name in the text that no cited row holds, once, in order.

        Args:
            borne_out: Words that are claims and judged as such.
        """
        borne = frozenset(borne_out)
        text, unknown = self._places(text)
        seen = dict.fromkeys(unknown)
        yield from seen
        title_case = _is_title_case(text)
        for match in _TOKEN.finditer(text):
            token = (
                match[0].strip(_AROUND) if not _keeps_signs(match[0]) else match[0].rstrip(".:!?'")
            )
            if token and token not in seen and token.lower() not in borne:
                before = text[max(0, match.start() - 60) : match.start()]
                for name in self._unheld(token, before, title_case=title_case, advice=advice):
                    if name not in seen:
                        seen[name] = None
                        yield name

    def _unheld(self, token: str, before: str, *, title_case: bool, advice: bool) -> Iterator[str]:
        if len(token) > _LONG_NAME:
            if not self._holds(token):
                yield token
            return
        lower = token.lower()
        if lower in self._known or self._is_held_word(lower):
            return
        if _LETTERS.fullmatch(token):
            if not self._is_plain_word(token, before, title_case=title_case) and not (
                advice and lower in words("advice")
            ):
                yield token
            return
        if (
            any(c.isalnum() for c in token)
            and not _LOOPBACK.fullmatch(token)
            and not _ABBREVIATION.fullmatch(token)
            and not english.is_trade(token)
            and not self._is_technique_or_row(token)
            and not (advice and (lower in words("advice") or _is_portal(token)))
            and not self._holds(token)
            and not self._is_program(token)
        ):
            yield from self._unheld_parts(token, before)

    def _unheld_parts(self, token: str, before: str) -> Iterator[str]:
        """`host-based`, `TCP/DNS`, `alice's`, `DOMAIN\\user`: each part is a word or in a row."""
        if (
            "\\" in token
            and token.count("\\") == 1
            and not token.startswith("\\")
            and ":" not in token
        ):
            domain, _, account = token.partition("\\")
            if self._is_in_rows(account):
                if not self._is_in_rows(domain):
                    yield token
            else:
                yield account if self._is_in_rows(domain) else token
            return
        if (port := _WITH_PORT.fullmatch(token)) and self._holds(port[1]):
            there = {*self._figures.written, *self._figures.numbers(_PORT_COLUMN)}
            if float(port[2]) not in there:
                yield token
            return
        for ending in ("'s", "s'", "'"):
            if token.lower().endswith(ending):
                stem = token[: -len(ending)]
                yield from self._unheld(stem, before, title_case=False, advice=False)
                return
        if _ADDRESS.match(token) or "." in token or "@" in token or "\\" in token or "_" in token:
            yield token
            return
        parts = [part for part in _SPLIT.split(token) if part]
        if token.isupper() and len(parts) > 1 and "/" not in token:
            yield token
            return
        joins = bool(parts) and bool(_JOINS.fullmatch(parts[-1]))
        if len(parts) > 1 and all(
            self._is_part(part, joins=joins or "/" in token or "&" in token) for part in parts
        ):
            return
        yield token

    def _is_part(self, part: str, *, joins: bool) -> bool:
        """Is the part English, or a name of the rows that another word is joined to?"""
        lower = part.lower()
        if joins and (self._is_held_word(lower) or lower in self._known):
            return True
        if part.isdigit():
            return joins and float(part) in {*self._figures.written, *self._figures.counts, 32, 64}
        if joins and lower in words("advice"):
            return True
        if lower in words("people") and part[0].isupper():
            return False
        return (
            bool(_LETTERS.fullmatch(part)) and part.isascii() and english.is_word(part)
        ) or english.is_trade(part)

    def _is_plain_word(self, word: str, before: str, *, title_case: bool) -> bool:
        """Is a word of letters English, in a place where no name is expected?"""
        stem = re.sub(r"'s?$", "", word)
        lower = stem.lower()
        if self._is_held_word(lower) or lower in self._known:
            return True
        if not stem.isascii():
            return _is_foreign_word(stem)
        called = (
            _CALLED.search(before)
            and lower not in words("after_called")
            and not english.is_trade(lower)
        )
        if (
            called
            or self._names_somebody(stem, before)
            or (stem != word and lower in words("people") and not english.is_trade(lower))
            or not (english.is_word(stem) or english.is_word(word))
        ):
            return False
        if stem.isupper() and len(stem) > 2 and not _is_emphasis(stem, before):
            return False
        inside = not _SENTENCE_END.search(before) and before.strip()
        if stem[0].isupper() and inside and not title_case and len(stem) > 1:
            return english.takes_capital(stem)
        return True

    def _names_somebody(self, word: str, before: str) -> bool:
        lower = word.lower()
        capital = word[0].isupper()
        begins = not before.strip() or bool(_SENTENCE_END.search(before))
        if lower in words("people"):
            if (
                capital
                and not (begins and lower in words("beginnings"))
                and not english.takes_capital(lower)
            ):
                return True
            if (
                _PERSON_SLOT.search(before)
                and lower not in words("beginnings")
                and not english.is_trade(lower)
            ):
                return True
        if _LABELLED.search(before) and lower in words("people") | words("accounts") | words(
            "machines"
        ):
            return True
        if lower in words("accounts") and _ACCOUNT_SLOT.search(before):
            return True
        return lower in words("machines") and (
            (capital and not begins) or bool(_MACHINE_SLOT.search(before))
        )

    def _is_program(self, token: str) -> bool:
        """`curl.exe` where a command begins with `curl`."""
        stem = _FILE_ENDING.sub("", token)
        if stem == token or not _LETTERS.fullmatch(stem):
            return False
        alone = re.compile(rf"(?<![\w.@/-]){re.escape(stem.lower())}(?![\w.@:/-])")
        return bool(alone.search(self._figures.text))

    def _is_technique_or_row(self, token: str) -> bool:
        if row := _ROW_ID.fullmatch(token):
            return int(row[1]) - 1 in self._figures.indices
        return bool(_TECHNIQUE.fullmatch(token)) and token.lower() in self._known

    def _places(self, text: str) -> tuple[str, list[str]]:
        """The text without its countries, and those that the rows do not have."""
        unknown: list[str] = []
        pattern, codes = _countries()

        def taken(match: re.Match[str]) -> str:
            if not any(self._is_in_rows(form) for form in codes[match[0].lower()]):
                unknown.append(match[0])
            return " it ".ljust(len(match[0]))

        return pattern.sub(taken, text), unknown

    def _is_held_word(self, lower: str) -> bool:
        return lower in self._figures.words

    def _is_in_rows(self, name: str) -> bool:
        return self._is_held_word(name.lower()) or self._holds(name)

    def _holds(self, name: str) -> bool:
        if name not in self._held:
            shorter = name.rstrip("/\\")
            self._held[name] = bool(name) and (
                self._cited.holds(name)
                or (shorter != name and len(shorter) > 2 and self._cited.holds(shorter))
            )
        return self._held[name]


@cache
def _countries() -> tuple[re.Pattern[str], dict[str, tuple[str, ...]]]:
    """What finds a country's name, and for each name all that the rows may have instead."""
    forms_of: dict[str, tuple[str, ...]] = {}
    for line in lines("countries"):
        code, _, names = line.partition(" ")
        forms_of.update(dict.fromkeys(names.split("/"), (code, *names.split("/"))))
    longest_first = sorted(forms_of, key=len, reverse=True)
    spelled = "|".join(
        f"{re.escape(name.title())}|{re.escape(name.upper())}" for name in longest_first
    )
    return re.compile(rf"(?<![\w.-])(?:{spelled})(?![\w-])"), forms_of


def _keeps_signs(token: str) -> bool:
    """Does the token begin with a sign that is part of it: a path, a variable, a switch?"""
    return token[0] in "/\\~%$.-_#" and len(token) > 1 and any(c.isalnum() for c in token)


def _is_emphasis(word: str, before: str) -> bool:
    """A word in capitals that is one of the trade, a mere stress, or in a text of capitals."""
    return (
        english.is_trade(word)
        or word.lower() in words("stressed")
        or (len(before.split()) > 1 and before.isupper())
    )


def _is_title_case(text: str) -> bool:
    found = re.findall(r"[^\W\d_]{4,}", text)
    return bool(found) and sum(word[0].isupper() for word in found) >= _TITLE_CASE * len(found)


def _is_foreign_word(word: str) -> bool:
    """A word of one script that does not pass for Latin letters: `Größe`, `Москва`."""
    scripts = {unicodedata.name(letter, "").split(" ")[0] for letter in word if letter.isalpha()}
    if len(scripts) > 1:
        return False
    if scripts == {"LATIN"}:
        return not _is_listed_name(word)
    from confusable_homoglyphs import confusables

    alike = confusables.is_confusable(word, preferred_aliases=["latin"], greedy=True)
    passes = {
        one["character"]
        for one in alike or ()
        if any(form["c"].isascii() for form in one["homoglyphs"])
    }
    return not set(word) <= passes


def _is_listed_name(word: str) -> bool:
    plain = "".join(c for c in unicodedata.normalize("NFD", word) if not unicodedata.combining(c))
    return plain.lower() in words("people")


def _is_portal(token: str) -> bool:
    place = re.sub(r"^https?://", "", token.lower()).rstrip("/")
    host = re.split(r"[/:?#]", place, maxsplit=1)[0]
    for one in lines("portals"):
        if "/" in one:
            if place == one.lower() or place.startswith(one.lower() + "/"):
                return True
        elif host == one or host.endswith("." + one):
            return True
    return False
