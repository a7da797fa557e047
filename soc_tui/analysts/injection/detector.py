"""Tells which texts talk to a model. Pure; linear in the length of the texts."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from soc_tui.analysts.injection import meanings as meaning
from soc_tui.analysts.injection.first_look import FRAME, Looks, any_of, backward, said_in
from soc_tui.analysts.injection.hidden_text import MAY_HOLD, Codes, hidden
from soc_tui.analysts.injection.matching import Bools, array_of, match_any, matches
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
    looks = Looks(texts)
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
            looks = Looks(array_of(piece.text for piece in level))
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
    reversed_words, rot13_words = backward()
    held: dict[tuple[str, bool], list[int]] = {}
    listed = list(pieces)
    texts = array_of(piece.text for piece in listed)
    codes = map(Codes._make, zip(*(matches(texts, one) for one in MAY_HOLD), strict=True))
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
        windows = _of(windows, Looks(array_of(part.text for part in windows)).readable)
    known, honest = signs().vocabulary, compiled(signs().honest)
    views: list[str] = []
    owners: list[int] = []
    for number, piece in enumerate(windows):
        for reading in dict.fromkeys(readings(piece.text, known)):
            views.append(honest.sub(" . ", reading))
            owners.append(number)
    framed = matches(array_of(plain(piece.text) for piece in windows), FRAME)
    weights = _weights(views, framed[np.array(owners, np.int64)])
    frames = {int(at): _frames(windows[int(at)].text) for at in np.flatnonzero(framed)}
    for view, owner in enumerate(owners):
        for kind, weight in frames.get(owner, {}).items():
            weights[_ROW[kind], view] = max(weights[_ROW[kind], view], weight)
    done: set[int] = set()
    for view, meant_kinds in _meant(views).items():
        if owners[view] not in done:
            done.add(owners[view])
            yield windows[owners[view]], meant_kinds
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
    array = array_of(views)
    known = meaning.meanings()
    for language, patterns in known.patterns.items():
        there = np.flatnonzero(said_in(array, language))
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
    array = array_of(views)
    blank = "" if language == "zh" else " "
    return {
        name: matches(array, f"{blank}(?:{pattern}){blank}") for name, pattern in patterns.items()
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
    array = array_of(views)
    for language, listed in signs().spoken.items():
        subject, order = _cues_of(language)
        there = np.flatnonzero(framed | (match_any(array, subject) & match_any(array, order)))
        if not len(there):
            continue
        part = array.take(there)
        for sign in listed:
            hits = there[matches(part, sign.pattern)]
            row = _ROW[sign.kind]
            found[row, hits] = np.maximum(found[row, hits], sign.weight)
    return found


@cache
def _cues_of(language: str) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Patterns for words as `plain_text.words` writes them: subjects, orders."""
    known = signs()
    return any_of(known.subjects[language], {}), any_of(known.orders[language], {})


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
