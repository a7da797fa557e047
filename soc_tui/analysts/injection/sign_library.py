"""Reads the signs of an injection from `signs/*.toml` and compiles them.

A pattern of `signs/LANGUAGE.toml` is words with a blank between them. `{a|b c}` is one of several;
`@name` among them stands for all of a group. `{a}?` may be missing, `<3>` stands for up to three
words of any kind, `^` for the beginning of a sentence, and `.` `:` `,` for such a sign. Between
two words punctuation may stand. A word is a regular expression without blanks. The patterns of
Chinese, which has no blanks, have `~3` for up to three characters.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from importlib import resources
from typing import Any

from soc_tui.analysts.injection.plain_text import plain

LANGUAGES = ("en", "de", "fr", "es", "ru", "zh")
_GAP = r"(?: [.:,])* "
_WORD = r"[^ .:,]+"
_TOKEN = re.compile(r"\{([^{}]*)\}(\??)|<(\d+)>|~(\d+)|(\^)|([^\s{}<>~^]+)")
_CJK_GAP = "[ .:,]{0,3}"
_SENTENCE = "[.:,] "
_LATIN = re.compile(r"[a-z0-9 ]+")


class Kind(StrEnum):
    """What a sign says."""

    ADDRESS = "address"
    READER = "reader"
    OVERRIDE = "override"
    VERDICT = "verdict"
    PROMPT = "prompt"
    TASK = "task"
    ORDER = "order"
    ROLE = "role"
    FRAME = "frame"
    CLOSING = "closing"


@dataclass(frozen=True, slots=True)
class Sign:
    """One way in which text shows that it talks to a model.

    Attributes:
        weight: 2 tells by itself, 1 together with another kind.
        pattern: For the text as `plain_text.words` writes it; frames: for `plain_text.plain`.
    """

    kind: Kind
    weight: int
    pattern: str

    @property
    def regex(self) -> re.Pattern[str]:
        """Compiled once."""
        return compiled(self.pattern)


@dataclass(frozen=True, slots=True)
class Signs:
    """All signs.

    Attributes:
        spoken: By language. Their patterns are of RE2.
        honest: What only looks like a sign, for the text as `plain_text.words` writes it.
        frames: Of every language.
        subjects, orders: Words, by language, without which no sign of it is there; `*` ends a stem.
        vocabulary: Words that a text without blanks is cut into.
    """

    spoken: Mapping[str, tuple[Sign, ...]]
    honest: str
    frames: tuple[Sign, ...]
    subjects: Mapping[str, frozenset[str]]
    orders: Mapping[str, frozenset[str]]
    vocabulary: frozenset[str]


@cache
def signs() -> Signs:
    """The signs that come with the program."""
    spoken, honest = {}, []
    subjects, orders, vocabulary = {}, {}, set(_SMALL_WORDS.split())
    for language in LANGUAGES:
        content = _read(language)
        groups = {name: _plain(text) for name, text in content["groups"].items()}
        compiler = Phrases(groups, blanks=language != "zh")
        spoken[language] = tuple(
            sign for entry in content["signs"] for sign in _joined(entry, compiler)
        )
        honest += [compiler.regex(_plain(pattern)) for pattern in content.get("honest", ())]
        firsts, lasts = _cues_of_telling(content["signs"], groups)
        subjects[language] = _cues(groups, _SUBJECTS) | firsts
        orders[language] = _cues(groups, _ORDERS) | lasts
        vocabulary.update(_vocabulary(content, groups))
    frames = tuple(
        Sign(Kind(entry["kind"]), entry["weight"], pattern)
        for entry in _read("frames")["signs"]
        for pattern in entry["patterns"]
    )
    return Signs(
        spoken,
        "|".join(honest),
        frames,
        subjects,
        orders,
        frozenset(vocabulary),
    )


_SUBJECTS = ("ai", "named", "secret", "you", "drop", "remove")
_ORDERS = ("rules", "limits", "secret", "report", "answer", "harmless", "order")
_RARE = 5
_SMALL_WORDS = """
the a an all any and or of to in as is are be it this that these not no do don must you your
previous prior above before everything nothing only now with for from mark say print reply
"""


def _cues(groups: Mapping[str, str], names: Iterable[str]) -> frozenset[str]:
    return frozenset(cue for name in names for cue in beginnings(groups.get(name, "")))


def _cues_of_telling(
    entries: Iterable[Mapping[str, Any]], groups: Mapping[str, str]
) -> tuple[frozenset[str], frozenset[str]]:
    """Subjects and orders of the patterns that tell by themselves: of each its longest words.

    Where these are short, and so common, a subject is one of its first words.
    """
    firsts: set[str] = set()
    others: set[str] = set()
    for entry in entries:
        if entry["weight"] < 2:
            continue
        for pattern in entry["patterns"]:
            slots = [
                {cue for part in _expanded(match[1], groups) for cue in beginnings(part)}
                for match in _TOKEN.finditer(_plain(pattern))
                if match[1] and not match[2]
            ]
            slots = [slot for slot in slots if slot and not slot & {".", ":", ","}]
            if not slots:
                continue
            longest = max(reversed(slots), key=_shortest)
            others |= longest
            firsts |= longest if _shortest(longest) >= _RARE else slots[0]
    return frozenset(firsts), frozenset(others)


def _shortest(cues: Iterable[str]) -> int:
    return min(len(cue.removesuffix("*")) for cue in cues)


def _expanded(choice: str, groups: Mapping[str, str]) -> Iterator[str]:
    for alternative in _split(choice):
        if alternative.startswith("@"):
            yield from _expanded(groups[alternative[1:]], groups)
        else:
            yield alternative


def _read(name: str) -> dict[str, Any]:
    folder = resources.files("soc_tui.analysts.injection") / "signs"
    return tomllib.loads((folder / f"{name}.toml").read_text("utf-8"))


def _plain(pattern: str) -> str:
    return plain(pattern)


_LONGEST_JOINED = 5_000


def _joined(entry: Mapping[str, Any], compiler: Phrases) -> Iterator[Sign]:
    """The patterns of an entry as few expressions: RE2 looks for many at once as for one."""
    kind, weight = Kind(entry["kind"]), entry["weight"]
    together: list[str] = []
    for pattern in entry["patterns"]:
        regex = compiler.regex(_plain(pattern))
        if together and sum(map(len, together)) + len(regex) > _LONGEST_JOINED:
            yield Sign(kind, weight, "|".join(together))
            together = []
        together.append(f"(?:{regex})")
    yield Sign(kind, weight, "|".join(together))


class Phrases:
    """Makes regular expressions of words, of one language."""

    def __init__(self, groups: Mapping[str, str], *, blanks: bool) -> None:
        self._groups = groups
        self._blanks = blanks

    def regex(self, pattern: str) -> str:
        """The regular expression of a pattern, for RE2 and `re`."""
        if not self._blanks:
            return self._without_blanks(pattern)
        return rf" {self._phrase(pattern)} ".replace(r"\w", "[^ .:,]")

    def one_of(self, choice: str) -> str:
        """The regular expression of `a|b c`, without what stands around it."""
        if not self._blanks:
            return "|".join(f"(?:{one})" for one in self._characters(choice))
        return "|".join(self._alternatives(choice)).replace(r"\w", "[^ .:,]")

    def _phrase(self, pattern: str) -> str:
        parts: list[tuple[str, bool]] = []  # expression; whether it is followed by its own gap
        for match in _TOKEN.finditer(pattern):
            if match[3]:
                parts.append((_any_words(match[3]), True))
            elif match[5]:
                parts.append((_SENTENCE, True))
            elif match[6]:
                parts.append((match[6], False))
            else:
                choice = f"(?:{'|'.join(self._alternatives(match[1]))})"
                parts.append((f"(?:{choice}{_GAP})?", True) if match[2] else (choice, False))
        while parts[-1][1]:  # what may be missing at the end need not be looked for
            parts.pop()
        *before, (last, _) = parts
        return "".join(one if own_gap else one + _GAP for one, own_gap in before) + last

    def _alternatives(self, choice: str) -> Iterator[str]:
        for alternative in _split(choice):
            if alternative.startswith("@"):
                yield from self._alternatives(self._groups[alternative[1:]])
            elif alternative in {".", ":", ","}:
                yield re.escape(alternative)
            else:
                yield _words_of(alternative)

    def _without_blanks(self, pattern: str) -> str:
        made, bound = "", False
        for match in _TOKEN.finditer(pattern):
            if match[4]:
                made += f".{{0,{match[4]}}}"
                bound = False
                continue
            if bound:
                made += _CJK_GAP
            bound = True
            if match[1] is not None:
                choice = "|".join(self._characters(match[1]))
                made += rf"(?:{choice}){match[2]}"
            elif match[6]:
                made += match[6]
        return made

    def _characters(self, choice: str) -> Iterator[str]:
        for alternative in _split(choice):
            if alternative.startswith("@"):
                yield from self._characters(self._groups[alternative[1:]])
            elif alternative in {".", ":", ","}:
                yield re.escape(alternative)
            else:
                inner = re.sub(r"~(\d+)", r".{0,\1}", alternative)
                yield rf"\b{inner}(?:\b|[^a-z])" if _LATIN.fullmatch(inner) else inner


def _words_of(alternative: str) -> str:
    made = ""
    for word in alternative.split(" "):
        gap = re.fullmatch(r"<(\d+)>", word)
        made += _any_words(gap[1]) if gap else word + _GAP
    return made.removesuffix(_GAP)


def _any_words(most: str) -> str:
    return rf"(?:{_WORD}{_GAP}){{0,{most}}}"


def _split(choice: str) -> Iterator[str]:
    """At each `|` outside of brackets."""
    depth, part = 0, ""
    for letter in choice:
        depth += (letter == "(") - (letter == ")")
        if letter == "|" and not depth:
            yield part
            part = ""
        else:
            part += letter
    yield part


@cache
def compiled(pattern: str) -> re.Pattern[str]:
    """Compiled once."""
    return re.compile(pattern, re.DOTALL)


def beginnings(group: str) -> Iterator[str]:
    """What each alternative begins with, up to what may vary."""
    for alternative in _split(group):
        if re.search(r"\) \(", alternative):
            continue  # one of its words is a cue by itself
        for bare in re.sub(r"^\(\?:|\).*", "", alternative).split("|"):
            fixed = re.split(r"\\w|<|\[|\(", bare)[0]
            if fixed and bare[len(fixed) :].startswith(("?", "*")):
                fixed = fixed[:-1]
            fixed = re.split(r".\?", fixed)[0]
            if fixed.strip():
                yield fixed.strip() if fixed == bare else fixed.strip() + "*"


def _vocabulary(content: Mapping[str, Any], groups: Mapping[str, str]) -> Iterator[str]:
    texts = [*groups.values()]
    texts += [_plain(pattern) for entry in content["signs"] for pattern in entry["patterns"]]
    for text in texts:
        yield from re.findall(r"(?<![\w\\])[^\W\d_]{2,}(?![\w\\?*+])", text)
