"""Counts in words: "several hosts", "dozens", "twice", "both accounts"."""

from __future__ import annotations

import re

from soc_tui.analysts.grounding.claims.countable import EVENTS, KINDS, Countable
from soc_tui.analysts.grounding.claims.prose import said

NOUN_AHEAD = re.compile(r"\W*((?:[\w'-]+\s+){0,4}[\w'-]+)?")
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
_BOTH = re.compile(
    r"\bboth (?:the |of the |of these |these )?(?P<noun>[\w'-]+)(?! and)", re.IGNORECASE
)


def vague_counts(text: str, things: Countable) -> list[str]:
    """Doubts on words for more than the cited rows can show."""
    doubts = []
    for match in _VAGUE_COUNT.finditer(text):
        least = int(match.lastgroup[1:]) if match.lastgroup else 2
        ahead = NOUN_AHEAD.match(text, match.end())
        noun = (ahead[1] or "") if ahead else ""
        noun = "times" if least <= 3 and not re.match(r"a couple", match[0], re.I) else noun
        if least > things.most(noun):
            doubts.append(
                f"Its text says {said(match[0])}, but the cited rows do not show so many."
            )
    for match in _BOTH.finditer(text):
        noun = match["noun"]
        known = EVENTS.fullmatch(noun) or any(kind.fullmatch(noun) for kind, _ in KINDS[:3])
        if known and _PLURAL.match(noun) and things.most(noun) < 2:
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
        fitting = KINDS[:2] if word in _RELATIVE_WORDS else KINDS
        kinds = [column for kind, column in fitting if kind.fullmatch(noun)]
        if not kinds and not (EVENTS.fullmatch(noun) and word not in _RELATIVE_WORDS):
            continue
        if _LEAST_MANY.get(word, 2) > things.most(noun):
            doubts.append(
                f"Its text says {said(match[0])}, but the cited rows do not show so many."
            )
    return doubts
