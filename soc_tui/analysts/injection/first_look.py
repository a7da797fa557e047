"""A first look at texts as they stand: which may talk to a model, and which hold other writings."""

from __future__ import annotations

import codecs
from collections.abc import Iterable, Mapping, Sequence
from functools import cache
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from soc_tui.analysts.injection import meanings as meaning
from soc_tui.analysts.injection.matching import Bools, match_any, matches
from soc_tui.analysts.injection.sign_library import signs

if TYPE_CHECKING:
    import pyarrow as pa


class Looks:
    """A first look at texts as they stand.

    Attributes:
        readable: They may talk to a model, perhaps in odd letters.
        encoded: They may hold text in another writing.
    """

    def __init__(self, texts: pa.Array) -> None:
        subjects, orders, odd, encoded = _coarse()
        spoken = match_any(texts, subjects)
        there = np.flatnonzero(spoken)
        spoken[there] = match_any(texts.take(there), orders)
        self.readable = (
            spoken
            | _said(texts, np.flatnonzero(matches(texts, _SENTENCE)))
            | matches(texts, FRAME)
            | matches(texts, odd)
        )
        self.encoded = matches(texts, encoded)

    def of(self, chosen: NDArray[np.intp]) -> Looks:
        """The same looks at the chosen texts."""
        part = object.__new__(Looks)
        part.readable, part.encoded = self.readable[chosen], self.encoded[chosen]
        return part


# Words one after the other, as people write them and paths and switches do not.
_SENTENCE = (
    r"(?:\b\pL{2,}(?:[ _+,:-]|%20| - |, ){1,2}){3}\pL{2,}|[\p{Cyrillic}\pL]{2,} [\p{Cyrillic}]{2,}"
    r"|\p{Han}{3}[^a-z]{0,3}\p{Han}{2}"
)

FRAME = (
    r"(?:<\||<｜|[-=*]{2,}\s*(?:end|begin|start)"
    r"|(?:tool|function)[ _-]?(?:result|output|response)s?\s*:"
    r"|\[(?:admin|system|root|developer|moderator|sysadmin|operator)\]|```\s*(?:system|developer)"
    r"|\[/?inst\]|<</?sys>>|role\\?[\"']|_of_turn>|</?[a-z_-]{2,20}>|#{2,}\s*[a-z]"
    r"|(?:human|assistant|ai|claude|system|user)\s*:|system_prompt|available_tools|findings"
    r"|tool_calls|function_call|stand between two lines|system (?:notice|message|override|alert)"
    r"|(?:begin|end) (?:of )?(?:system|user|assistant|developer)"
    r"|system_[a-z]|system.?prompt|(?:text|words?) above|findings"
    r"|(?:system|admin\w*|root|policy)[ _-]override"
    r"|[\[{<(][^\[\]{}<>()\n]{0,30}(?:override|mode|modo|modus|режим|模式|instruc|инструк|指令"
    r"|переопредел|anweisung|command|directive|inject|update|hidden|note|notice|sys))"
)


def _said(texts: pa.Array, sentences: NDArray[np.intp]) -> Bools:
    """Those of the sentences that may say something by their meanings."""
    found = np.zeros(len(texts), np.bool_)
    for language in meaning.meanings().patterns:
        there = sentences[~found[sentences]]
        found[there] = said_in(texts.take(there), language)
    return found


def said_in(texts: pa.Array, language: str) -> Bools:
    """Those that hold a word without which no combination of meanings is there."""
    return match_any(texts, _acts_of(language))


@cache
def _acts_of(language: str) -> tuple[str, ...]:
    return any_of(meaning.meanings().acts[language], {})


@cache
def _coarse() -> tuple[tuple[str, ...], tuple[str, ...], str, str]:
    """RE2 patterns: subjects, orders, odd letters, other writings."""
    known = signs()
    subjects = any_of((cue for cues in known.subjects.values() for cue in cues), _LOOKS)
    odd = (
        r"(?-i:[\x{ad}\x{34f}\x{61c}\x{115f}\x{1160}\x{180e}\x{200b}-\x{200f}\x{202a}-\x{202e}"
        r"\x{2060}-\x{206f}\x{3164}\x{fe00}-\x{fe0f}\x{feff}\x{ffa0}\x{e0000}-\x{e0fff}"
        r"\x{ff01}-\x{ff5e}\x{2460}-\x{24ff}\x{1d400}-\x{1d7ff}\x{1f100}-\x{1f1ff}\p{Mn}"
        r"\x{250}-\x{2af}\x{1d00}-\x{1d7f}\x{a730}-\x{a7ff}\x{2100}-\x{214f}])"
        r"|[a-z][\p{Cyrillic}\p{Greek}\p{Armenian}]|[\p{Cyrillic}\p{Greek}\p{Armenian}][a-z]"
        r"|(?:^|[^\pL\pN])\pL[\s._\-*|/+,]{1,4}(?:[\pL0134578@$][\s._\-*|/+,]{1,4}){4}\pL(?:$|[^\pL\pN])"
        r"|[\"'`]\s*[+&]\s*[\"'`]|[a-z]\^[a-z]|[a-z]`[a-z]"
    )
    reversed_words, rot13_words = backward()
    encoded = (
        r"[A-Za-z0-9+/_-]{20}|(?:%[0-9a-f]{2}.{0,12}){2}|&#?\w{2,8};|\\[ux][0-9a-f{]|%u[0-9a-f]"
        r"|(?:\\[0-7]{3}){3}|(?:=[0-9a-f]{2}){3}|(?:[0-9a-f]{2}[\s,:%-]){12}|(?:\d{2,3}[\s,;+]{1,2}){11}"
        r"|\w</?[a-z][^<>]*>\w|\w\[/?[a-z]{1,10}\]\w"
        f"|{'|'.join((*reversed_words, *rot13_words))}"
    )
    orders = any_of((cue for cues in known.orders.values() for cue in cues), _LOOKS)
    return subjects, orders, odd, encoded


_LOOKS = {
    "a": "a4@áàâäãå", "e": "e3éèêëё", "i": "i1!|íìîï", "o": "o0óòôöõ", "s": "s5$ß", "t": "t7+",
    "u": "uúùûü", "c": "cç", "n": "nñ", "l": "l1|", "b": "b8", "g": "g69", "и": "ий", "е": "её",
}  # fmt: skip


_LONG_STEM = 6
_MOST_CUES = 150


def any_of(cues: Iterable[str], looks: Mapping[str, str]) -> tuple[str, ...]:
    """Patterns for one of the words, in the letters that are taken for theirs.

    Several of some hundred words each: RE2 is many times slower with all in one.
    """
    listed = sorted(cues)
    parts = (listed[at : at + _MOST_CUES] for at in range(0, len(listed), _MOST_CUES))
    return tuple(_pattern_of(part, looks) for part in parts)


def _pattern_of(cues: Sequence[str], looks: Mapping[str, str]) -> str:
    anywhere, beginnings, whole = [], [], []
    for cue in cues:
        word = cue.removesuffix("*")
        if len(word) >= _LONG_STEM or not word[0].isascii():
            anywhere.append(_looking_like(word, looks))
        elif cue.endswith("*"):
            beginnings.append(_looking_like(word, looks))
        else:
            whole.append(_looking_like(word, looks))
    # `\b` of RE2 is between ASCII letters and all else; other scripts do without.
    ends = [rf"(?:{'|'.join(whole)})\b"] if whole else []
    starts = [rf"\b(?:{'|'.join([*beginnings, *ends])})"] if beginnings or ends else []
    return f"(?:{'|'.join([*anywhere, *starts])})"


def _looking_like(word: str, looks: Mapping[str, str]) -> str:
    if not looks:
        return word.replace(" ", r"\W{0,3}")
    made = ""
    for letter in word:
        alike = looks.get(letter, letter)
        if len(word) < 4:
            alike = "".join(one for one in alike if one.isalpha())
        if letter == " ":
            made += r"\W{0,3}"
        else:
            made += f"[{alike}]" if len(alike) > 1 else alike
    return made


_STRONG = (
    "ignore|disregard|forget|instruction|language model|system prompt|findings|benign|nothing"
    "|anweisung|ignoriere|instruccion|olvida|oublie|consigne|инструкци|игнорир|забудь"
)


@cache
def backward() -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Telling words written backwards, and with each letter moved by 13 places."""
    words = _STRONG.split("|")
    moved = (codecs.encode(word, "rot13") for word in words if word.isascii())
    return (*(word[::-1] for word in words), "令指", "略忽", "示指", "示提"), tuple(moved)
