"""A rule drafted from the rows that a finding cites: what they share and other rows do not. Pure.

Of each column the cited rows give one test: a few values, or the words of a command line that all
of them have. Who and when (hosts, accounts, addresses, times, ids) are left out, as they say where
it happened and not what; the tests that let the fewest other rows through are taken.
"""

from __future__ import annotations

import re
import uuid
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from soc_tui.model.catalog import Column, KqlType
from soc_tui.model.errors import SocError
from soc_tui.model.finding import Finding
from soc_tui.model.rows import Rows, row_index
from soc_tui.model.time_columns import TIME_COLUMNS

if TYPE_CHECKING:
    import pyarrow as pa

Rowset = NDArray[np.bool_]

_NAMESPACE = uuid.uuid5(uuid.NAMESPACE_URL, "https://github.com/soc-tui/detections")
_MOST_TESTS = 4
_MOST_VALUES = 12
_MOST_OTHERS = 0.01
"""Of the table's rows; a rule that hits more of them tells nothing."""
_ALIKE = 2
"""Different values that are still one trait; of more rows, half as many as there are."""
_MOST_WORDS = 3
_LONGEST_VALUE = 300
_MOST_NEAR = 20
_SHORTEST_LINE = 3
"""Words from which on a cell is a line of words."""
# Who, where, when, which: of Microsoft's tables.
_INSTANCE = re.compile(
    r"(?:Id|Guid|Sid|Time\w*|Timestamp|UniqueId|Luid|Upn|MD5|SHA1|SHA256|Hash|Port)_?[dsgtb]?$"
    r"|^(?:TenantId|Type|_\w+|Device(?!Product|Vendor|Event)\w*|(?:\w*Account|User|Caller|Computer"
    r"|Host|VM|Machine|Workstation|Subject|Target|Identity|Location|Latitude|Longitude|City"
    r"|CorrelationId|Requestor|Sender|Recipient|LogonId|SourceSystem|MG|Report|Process(?:Creation|"
    r"TokenElevation)?Time)\w*|\w*IP(?:Address)?\w*|\w*Version\w*|\w*Size)$"
)
_TELLING = re.compile(r"(?:CommandLine|FileName|ActionType|Operation\w*|RegistryKey|EventID|Url)$")
"""Columns that say what was done: the first to be tried, those that the finding quotes before."""
_WORD = re.compile(r"""[^\s"',;=]{2,}""")
_VOLATILE = re.compile(
    r"^[\d.:,]+$|[0-9a-f]{8}-[0-9a-f]{4}-|^(?:0x)?[0-9a-f]{12,}$|^[A-Za-z0-9+/=]{40,}$|\d{6,}|://",
    re.IGNORECASE,
)


class How(StrEnum):
    """How the values of a test are held against a cell, in any case of letters."""

    EQUALS = "equals"
    CONTAINS_ALL = "contains all of"


@dataclass(frozen=True, slots=True)
class CellTest:
    """What a cell of one column must be."""

    column: str
    how: How
    values: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Draft:
    """A rule to be.

    Attributes:
        id: UUID of finding and tests: the same draft has the same one.
        title: The finding's, without the name of whom it was about.
        table: Table that it is about.
        tests: All of them must hold.
        cited: 0-based rows that it was made from, which it must hit.
        near: Rows of that table, at most 20, that pass some of its tests and not all.
        others: Rows of the hunt that it hits beside the cited ones.
    """

    id: str
    finding: Finding
    title: str
    table: str
    tests: tuple[CellTest, ...]
    cited: tuple[int, ...]
    near: tuple[int, ...]
    others: tuple[int, ...]


def draft(finding: Finding, rows: Rows, table: str, of_table: Rowset | None = None) -> Draft:
    """A rule that hits the cited rows of one table and as few others as can be told apart.

    Args:
        table: Table of the cited rows.
        of_table: Which of the rows are of that table; all when None.

    Raises:
        SocError: the finding cites no row of the table, or its rows share nothing to test.
    """
    mine = np.ones(rows.count, bool) if of_table is None else of_table
    named = {row_index(evidence.row_id, rows.count) for evidence in finding.evidence}
    cited = sorted(row for row in named if row is not None and mine[row])
    if not cited:
        raise SocError(
            f"Finding {finding.id} cites no row of {table}.",
            "A rule is drafted from the rows that a finding cites.",
            "Choose a finding with evidence, of a hunt whose rows are kept.",
        )
    chosen = _chosen(list(_candidates(finding, rows, cited)), mine, cited)
    passed = np.array([held for _, held in chosen] or [mine])
    all_hold = passed.all(axis=0) & mine
    others = np.flatnonzero(all_hold & ~_set(cited, rows.count))
    if not chosen or len(others) > max(len(cited), int(mine.sum() * _MOST_OTHERS)):
        raise SocError(
            f"The rows of finding {finding.id} share nothing that tells them from others.",
            "They differ in what they did; hosts, accounts and times are left out of a rule.",
            "Draft from a finding of one step, or write the rule by hand.",
        )
    tests = tuple(test for test, _ in chosen)
    near = np.flatnonzero(passed.any(axis=0) & ~all_hold & mine)
    title = _title(finding.title, _names_in(rows, cited))
    parts = [title, table, *(f"{one.column} {one.how} {one.values}" for one in tests)]
    return Draft(
        str(uuid.uuid5(_NAMESPACE, "\n".join(parts))),
        finding,
        title,
        table,
        tests,
        tuple(cited),
        tuple(int(row) for row in near[:_MOST_NEAR]),
        tuple(int(row) for row in others),
    )


def _title(title: str, names: frozenset[str]) -> str:
    """Without what stands behind its last colon, if that is a host or account of the rows."""
    what, colon, whom = title.rpartition(": ")
    return what if colon and whom.casefold() in names else title


def _candidates(
    finding: Finding, rows: Rows, cited: Sequence[int]
) -> Iterator[tuple[CellTest, Rowset]]:
    """A test of each column that all cited rows have, the most telling columns first."""
    quoted = Counter(
        quotation.column for evidence in finding.evidence for quotation in evidence.quotations
    )
    own = _names_in(rows, cited)
    columns = [column for column in rows.columns if _tells(column)]
    columns.sort(key=lambda one: (not _TELLING.search(one.name), -quoted[one.name]))
    for column in columns:
        if column.type is not KqlType.STRING and not quoted[column.name]:
            continue
        cells = _text(rows, column)
        mine = cells.take(np.array(cited)).to_pylist()
        if all(mine):
            test = _test(column.name, cells, mine, own)
            if test:
                yield test, held(test, rows)


def _chosen(
    candidates: list[tuple[CellTest, Rowset]], mine: Rowset, cited: Sequence[int]
) -> list[tuple[CellTest, Rowset]]:
    """Greedily: the test that leaves the fewest other rows, while one leaves fewer than before."""
    chosen: list[tuple[CellTest, Rowset]] = []
    left = mine & ~_set(cited, len(mine))
    before = int(left.sum())
    while candidates and len(chosen) < _MOST_TESTS:
        counts = [int((left & passed).sum()) for _, passed in candidates]
        best = int(np.argmin(counts))
        if chosen and counts[best] >= before:
            break
        before = counts[best]
        chosen.append(candidates.pop(best))
        left = left & chosen[-1][1]
    return chosen


def _test(column: str, cells: pa.Array, mine: list[str], own: frozenset[str]) -> CellTest | None:
    """What the cited cells share."""
    distinct = sorted({cell.casefold(): cell for cell in mine}.values())
    if all(len(cell.split()) >= _SHORTEST_LINE for cell in distinct):
        words = _shared_words(cells, distinct, own)
        if words:
            return CellTest(column, How.CONTAINS_ALL, words)
    most = min(_MOST_VALUES, max(_ALIKE, len(mine) // 2))
    if len(distinct) > most or any(len(cell) > _LONGEST_VALUE for cell in distinct):
        return None
    return CellTest(column, How.EQUALS, tuple(distinct))


def _shared_words(cells: pa.Array, mine: list[str], own: frozenset[str]) -> tuple[str, ...]:
    """Words that stand in each cited cell, the rarest elsewhere; none that names who or when."""
    import pyarrow.compute as pc

    first, *rest = ({word.casefold(): word for word in _WORD.findall(cell)} for cell in mine)
    shared = [
        word
        for folded, word in first.items()
        if all(folded in other for other in rest)
        and not _VOLATILE.search(word)
        and not any(name in folded for name in own)
    ]
    rows = {
        word: int(pc.sum(pc.match_substring(cells, word, ignore_case=True)).as_py() or 0)
        for word in shared
    }
    rarest = sorted(shared, key=lambda word: (rows[word], -len(word)))[:_MOST_WORDS]
    return tuple(word for word in first.values() if word in rarest)


def held(test: CellTest, rows: Rows) -> Rowset:
    """Which rows pass a test."""
    import pyarrow as pa
    import pyarrow.compute as pc

    column = next(one for one in rows.columns if one.name == test.column)
    cells = _text(rows, column)
    if test.how is How.EQUALS:
        wanted = pa.array([pc.utf8_lower(value).as_py() for value in test.values])
        found = pc.is_in(pc.utf8_lower(cells), value_set=wanted)
        return np.asarray(found.to_numpy(zero_copy_only=False), bool)
    each = np.array(
        [
            pc.match_substring(cells, value, ignore_case=True).to_numpy(zero_copy_only=False)
            for value in test.values
        ],
        bool,
    )
    return np.asarray(each.all(axis=0), bool)


def _tells(column: Column) -> bool:
    told = column.type in {KqlType.STRING, KqlType.INT, KqlType.LONG, KqlType.BOOL}
    return told and column.name not in TIME_COLUMNS and not _INSTANCE.search(column.name)


def _names_in(rows: Rows, cited: Sequence[int]) -> frozenset[str]:
    """Names of hosts, accounts and addresses in the cited rows, folded, of four letters or more."""
    columns = [
        column.name
        for column in rows.columns
        if column.type is KqlType.STRING and _INSTANCE.search(column.name)
    ]
    table = rows.table.take(list(cited))
    cells = (cell for name in columns for cell in table.column(name).to_pylist() if cell)
    return frozenset(cell.casefold() for cell in cells if len(cell) >= 4)


def _text(rows: Rows, column: Column) -> pa.Array:
    """A column as text; null is empty."""
    import pyarrow as pa

    cells = rows.table.column(rows.column_names.index(column.name)).combine_chunks()
    whole = cells.cast(pa.string()).fill_null("")
    return pa.concat_arrays(whole.chunks) if isinstance(whole, pa.ChunkedArray) else whole


def _set(indices: Sequence[int], count: int) -> Rowset:
    found = np.zeros(count, bool)
    found[list(indices)] = True
    return found
