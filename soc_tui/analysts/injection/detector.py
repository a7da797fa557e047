"""Tells which texts talk to a model. Pure; linear in the length of the texts."""

from __future__ import annotations

import codecs
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from soc_tui.analysts.injection import meanings as meaning
from soc_tui.analysts.injection.hidden_text import MAY_HOLD, Codes, hidden
from soc_tui.analysts.injection.plain_text import framing, plain, readings
from soc_tui.analysts.injection.sign_library import Kind, compiled, signs

if TYPE_CHECKING:
    import pyarrow as pa

_WINDOW = 500
_STEP = 250
_DEEPEST = 3
_BATCH = 50_000
_ENOUGH = 2
_KINDS = tuple(Kind)
_ROW = {kind: row for row, kind in enumerate(_KINDS)}
# Orders and verdicts are everyday words; what is told by one of these is told to somebody.
_TELLING = (Kind.ADDRESS, Kind.OVERRIDE, Kind.ROLE, Kind.TASK, Kind.PROMPT, Kind.FRAME)

Bools = NDArray[np.bool_]
Stopped = Callable[[], bool]


class ScanStoppedError(Exception):
    """The scan was stopped before its end."""


@dataclass(frozen=True, slots=True)
class Told:
    """What a text tells a model.

    Attributes:
        kinds: The kinds of sign in it.
        words: The part of the text that has them; decoded where it was hidden.
        hidden: It was encoded.
    """

    kinds: frozenset[Kind]
    words: str
    hidden: bool


@dataclass(frozen=True, slots=True)
class _Piece:
    origins: tuple[int, ...]
    text: str
    hidden: bool
    encoded: bool = True
    """Whether to look for other writings in it."""


def scan(texts: pa.Array, stopped: Stopped = lambda: False) -> dict[int, Told]:
    """Those of the texts that talk to a model, by their position.

    Args:
        texts: An Arrow array of strings, best without repeats.

    Raises:
        ScanStoppedError: `stopped` has said so.
    """
    found: dict[int, Told] = {}
    for start in range(0, len(texts), _BATCH):
        batch = texts.slice(start, _BATCH)
        found.update((start + at, told) for at, told in _scan(batch, stopped).items())
    return found


def _scan(texts: pa.Array, stopped: Stopped) -> dict[int, Told]:
    looks = _Looks(texts)
    there = np.flatnonzero(looks.readable | looks.encoded)
    level = [_Piece((int(at),), texts[int(at)].as_py(), False) for at in there]
    looks = looks.of(there)
    found: dict[int, Told] = {}
    for depth in range(_DEEPEST + 1):
        if not level:
            break
        if stopped():
            raise ScanStoppedError
        if depth:
            looks = _Looks(_array(piece.text for piece in level))
        for piece, kinds in _telling(_of(level, looks.readable)):
            for origin in piece.origins:
                found.setdefault(origin, Told(kinds, piece.text, piece.hidden))
        encoded = (piece for piece in _of(level, looks.encoded) if piece.encoded)
        level = _decoded(piece for piece in encoded if piece.origins[0] not in found)
    return found


def _of(pieces: Sequence[_Piece], chosen: Bools) -> list[_Piece]:
    return [pieces[int(at)] for at in np.flatnonzero(chosen)]


def _decoded(pieces: Iterable[_Piece]) -> list[_Piece]:
    """What the pieces hold in other writings, each text once: a command stands in many events."""
    reversed_words, rot13_words = _backward()
    held: dict[tuple[str, bool], list[int]] = {}
    listed = list(pieces)
    texts = _array(piece.text for piece in listed)
    codes = map(Codes._make, zip(*(_matches(texts, one) for one in MAY_HOLD), strict=True))
    for piece, code in zip(listed, codes, strict=True):
        for found in hidden(piece.text, reversed_words, rot13_words, code):
            held.setdefault((found.text, not found.whole), []).extend(piece.origins)
    return [
        _Piece(tuple(origins), text, True, encoded) for (text, encoded), origins in held.items()
    ]


def _telling(pieces: Sequence[_Piece]) -> Iterator[tuple[_Piece, frozenset[Kind]]]:
    """The pieces with enough signs near each other, and the kinds of these."""
    windows = [part for piece in pieces for part in _windows(piece)]
    if len(windows) > len(pieces):
        windows = _of(windows, _Looks(_array(part.text for part in windows)).readable)
    known, honest = signs().vocabulary, compiled(signs().honest)
    views: list[str] = []
    owners: list[int] = []
    for number, piece in enumerate(windows):
        for reading in dict.fromkeys(readings(piece.text, known)):
            views.append(honest.sub(" . ", reading))
            owners.append(number)
    framed = _matches(_array(plain(piece.text) for piece in windows), _FRAME)
    weights = _weights(views, framed[np.array(owners, np.int64)])
    frames = {int(at): _frames(windows[int(at)].text) for at in np.flatnonzero(framed)}
    for view, owner in enumerate(owners):
        for kind, weight in frames.get(owner, {}).items():
            weights[_ROW[kind], view] = max(weights[_ROW[kind], view], weight)
    meant = _meant(views)
    done: set[int] = set()
    for at, kinds_of_view in meant.items():
        if owners[at] not in done:
            done.add(owners[at])
            yield windows[owners[at]], kinds_of_view
    for at in np.flatnonzero(weights.sum(axis=0) >= _ENOUGH):
        kinds = {kind: int(weights[row, at]) for kind, row in _ROW.items() if weights[row, at]}
        owner = owners[int(at)]
        if owner not in done and _suffices(kinds):
            done.add(owner)
            yield windows[owner], frozenset(kinds)


def _meant(views: Sequence[str]) -> dict[int, frozenset[Kind]]:
    """What views tell by their meanings, by their position."""
    found: dict[int, frozenset[Kind]] = {}
    if not views:
        return found
    array = _array(views)
    known = meaning.meanings()
    for language, patterns in known.patterns.items():
        there = np.flatnonzero(_said_in(array, language))
        if not len(there):
            continue
        has = _meanings_in([views[int(at)] for at in there], language, patterns)
        for row, at in enumerate(there):
            in_view = frozenset(name for name, hits in has.items() if hits[row])
            if kinds := meaning.kinds(views[int(at)], language, in_view):
                found[int(at)] = found.get(int(at), frozenset()) | kinds
    return found


_FEW = 12


def _meanings_in(
    views: Sequence[str], language: str, patterns: Mapping[str, str]
) -> dict[str, Bools]:
    """Which meanings stand in which views. RE2 compiles for each call, and then is quick."""
    if len(views) <= _FEW:
        return {
            name: np.array([meaning.has(view, language, name) for view in views])
            for name in patterns
        }
    array = _array(views)
    blank = "" if language == "zh" else " "
    return {
        name: _matches(array, f"{blank}(?:{pattern}){blank}") for name, pattern in patterns.items()
    }


def _suffices(kinds: dict[Kind, int]) -> bool:
    if max(kinds.values()) >= _ENOUGH:
        return True
    return bool(set(kinds) & set(_TELLING)) or set(kinds) >= {Kind.READER, Kind.VERDICT}


def _windows(piece: _Piece) -> Iterator[_Piece]:
    text = piece.text
    if len(text) <= _WINDOW * 2:
        yield piece
        return
    for start in range(0, len(text), _STEP):
        yield _Piece(piece.origins, text[start : start + _WINDOW], piece.hidden)


def _weights(views: Sequence[str], framed: Bools) -> NDArray[np.int8]:
    """The greatest weight of each kind of sign in each view.

    Args:
        framed: Those that may have a part of a prompt's frame.
    """
    found = np.zeros((len(_KINDS), len(views)), np.int8)
    if not views:
        return found
    array = _array(views)
    for language, listed in signs().spoken.items():
        subject, order = _cues_of(language)
        there = np.flatnonzero(framed | (_match_any(array, subject) & _match_any(array, order)))
        if not len(there):
            continue
        part = array.take(there)
        for sign in listed:
            hits = there[_matches(part, sign.pattern)]
            row = _ROW[sign.kind]
            found[row, hits] = np.maximum(found[row, hits], sign.weight)
    return found


@cache
def _cues_of(language: str) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Patterns for words as `plain_text.words` writes them: subjects, orders."""
    known = signs()
    return _any_of(known.subjects[language], {}), _any_of(known.orders[language], {})


def _frames(text: str) -> dict[Kind, int]:
    lowered = plain(text)
    found: dict[Kind, int] = {}
    for view in dict.fromkeys((lowered, framing(lowered))):
        for sign in signs().frames:
            match = sign.regex.search(view)
            if match and not _closes_its_own(match[0], view[: match.start()]):
                found[sign.kind] = max(found.get(sign.kind, 0), sign.weight)
    if Kind.FRAME in found and _RUNS_A_MODEL.search(lowered):
        del found[Kind.FRAME]  # a request to a model has that form; what it says is looked at
    return found


_CLOSING = re.compile(r"</([\w-]+)")
_RUNS_A_MODEL = re.compile(
    r"[\"']model[\"']\s*:|chat[/_]completion|\b(?:ollama|openai\.azure\.com|api\.openai\.com|llama-cli|llama-server|llama\.cpp|vllm|litellm)\b"
)


def _closes_its_own(tag: str, before: str) -> bool:
    closing = _CLOSING.match(tag)
    return bool(closing and f"<{closing[1]}" in before)


class _Looks:
    """A first look at texts as they stand.

    Attributes:
        readable: They may talk to a model, perhaps in odd letters.
        encoded: They may hold text in another writing.
    """

    def __init__(self, texts: pa.Array) -> None:
        subjects, orders, odd, encoded = _coarse()
        spoken = _match_any(texts, subjects)
        there = np.flatnonzero(spoken)
        spoken[there] = _match_any(texts.take(there), orders)
        self.readable = (
            spoken
            | _said(texts, np.flatnonzero(_matches(texts, _SENTENCE)))
            | _matches(texts, _FRAME)
            | _matches(texts, odd)
        )
        self.encoded = _matches(texts, encoded)

    def of(self, chosen: NDArray[np.intp]) -> _Looks:
        """The same looks at the chosen texts."""
        part = object.__new__(_Looks)
        part.readable, part.encoded = self.readable[chosen], self.encoded[chosen]
        return part


def _match_any(texts: pa.Array, patterns: Sequence[str]) -> Bools:
    found = np.zeros(len(texts), np.bool_)
    for pattern in patterns:
        found |= _matches(texts, pattern)
    return found


def _matches(texts: pa.Array, pattern: str) -> Bools:
    import pyarrow.compute as pc

    options: dict[str, Any] = {"ignore_case": True}
    found = pc.match_substring_regex(texts, f"(?s){pattern}", **options)
    result: Bools = found.fill_null(False).to_numpy(zero_copy_only=False)
    return result.copy()


def _array(texts: Iterable[str]) -> pa.Array:
    import pyarrow as pa

    return pa.array([text.encode("utf-8", "replace").decode() for text in texts], pa.string())


# Words one after the other, as people write them and paths and switches do not.
_SENTENCE = (
    r"(?:\b\pL{2,}(?:[ _+,:-]|%20| - |, ){1,2}){3}\pL{2,}|[\p{Cyrillic}\pL]{2,} [\p{Cyrillic}]{2,}"
    r"|\p{Han}{3}[^a-z]{0,3}\p{Han}{2}"
)

_FRAME = (
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
        found[there] = _said_in(texts.take(there), language)
    return found


def _said_in(texts: pa.Array, language: str) -> Bools:
    found = _matches(texts, _small_of(language))
    there = np.flatnonzero(found)
    found[there] = _match_any(texts.take(there), _acts_of(language))
    return found


@cache
def _small_of(language: str) -> str:
    return rf"(?:^|[^\pL])(?:{meaning.meanings().small[language]})(?:[^\pL]|$)"


@cache
def _acts_of(language: str) -> tuple[str, ...]:
    return _any_of(meaning.meanings().acts[language], {})


@cache
def _coarse() -> tuple[tuple[str, ...], tuple[str, ...], str, str]:
    """RE2 patterns: subjects, orders, odd letters, other writings."""
    known = signs()
    subjects = _any_of((cue for cues in known.subjects.values() for cue in cues), _LOOKS)
    odd = (
        r"(?-i:[\x{ad}\x{34f}\x{61c}\x{115f}\x{1160}\x{180e}\x{200b}-\x{200f}\x{202a}-\x{202e}"
        r"\x{2060}-\x{206f}\x{3164}\x{fe00}-\x{fe0f}\x{feff}\x{ffa0}\x{e0000}-\x{e0fff}"
        r"\x{ff01}-\x{ff5e}\x{2460}-\x{24ff}\x{1d400}-\x{1d7ff}\x{1f100}-\x{1f1ff}\p{Mn}"
        r"\x{250}-\x{2af}\x{1d00}-\x{1d7f}\x{a730}-\x{a7ff}\x{2100}-\x{214f}])"
        r"|[a-z][\p{Cyrillic}\p{Greek}\p{Armenian}]|[\p{Cyrillic}\p{Greek}\p{Armenian}][a-z]"
        r"|(?:^|[^\pL\pN])\pL[\s._\-*|/+,]{1,4}(?:[\pL0134578@$][\s._\-*|/+,]{1,4}){4}\pL(?:$|[^\pL\pN])"
        r"|[\"'`]\s*[+&]\s*[\"'`]|[a-z]\^[a-z]|[a-z]`[a-z]"
    )
    reversed_words, rot13_words = _backward()
    encoded = (
        r"[A-Za-z0-9+/_-]{20}|(?:%[0-9a-f]{2}.{0,12}){2}|&#?\w{2,8};|\\[ux][0-9a-f{]|%u[0-9a-f]"
        r"|(?:\\[0-7]{3}){3}|(?:=[0-9a-f]{2}){3}|(?:[0-9a-f]{2}[\s,:%-]){12}|(?:\d{2,3}[\s,;+]{1,2}){11}"
        r"|\w</?[a-z][^<>]*>\w|\w\[/?[a-z]{1,10}\]\w"
        f"|{'|'.join((*reversed_words, *rot13_words))}"
    )
    orders = _any_of((cue for cues in known.orders.values() for cue in cues), _LOOKS)
    return subjects, orders, odd, encoded


_LOOKS = {
    "a": "a4@áàâäãå", "e": "e3éèêëё", "i": "i1!|íìîï", "o": "o0óòôöõ", "s": "s5$ß", "t": "t7+",
    "u": "uúùûü", "c": "cç", "n": "nñ", "l": "l1|", "b": "b8", "g": "g69", "и": "ий", "е": "её",
}  # fmt: skip


_LONG_STEM = 6
_MOST_CUES = 150


def _any_of(cues: Iterable[str], looks: Mapping[str, str]) -> tuple[str, ...]:
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
def _backward() -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Telling words written backwards, and with each letter moved by 13 places."""
    words = _STRONG.split("|")
    moved = (codecs.encode(word, "rot13") for word in words if word.isascii())
    return (*(word[::-1] for word in words), "令指", "略忽", "示指", "示提"), tuple(moved)
