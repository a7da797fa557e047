"""Tests of rules on the rows of one table: each literal of all rules is looked for in one pass."""

from __future__ import annotations

import ipaddress
from collections import OrderedDict
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import reduce
from typing import Any

import duckdb
import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from soc_tui.analysts.offline.sigma import field_columns
from soc_tui.analysts.offline.sigma.row_texts import Mask, Texts, either, joined, value_texts
from soc_tui.analysts.offline.sigma.rule import Condition, Rule
from soc_tui.analysts.offline.sigma.text_scan import LiteralScan, RegexScan
from soc_tui.model.rows import Rows

_LITERAL = frozenset(("equals", "contains", "starts", "ends"))
_KEPT_BYTES = 200_000_000
_COMPARE: Mapping[str, Callable[[Any, float], Any]] = {
    "=": np.equal, "<": np.less, "<=": np.less_equal, ">": np.greater, ">=": np.greater_equal,
}  # fmt: skip


class MissingColumnError(Exception):
    """The rows have no column that the rule reads."""


class RowTests:
    """Rows of one table, and what is looked for in them.

    Args:
        rows: All rows.
        text_columns: Where keywords (values without a field) are looked for.
        numbers: Which of the rows are of the table; None for all.
    """

    def __init__(
        self, rows: Rows, text_columns: Sequence[str], numbers: npt.NDArray[np.int64] | None = None
    ) -> None:
        self._rows, self._text_columns, self._numbers = rows, tuple(text_columns), numbers
        self.count = rows.count if numbers is None else len(numbers)
        self._texts: dict[str, Texts] = {}
        self._inner: dict[str, Texts] = {}
        self._literals: dict[str, set[str]] = {}
        self._patterns: dict[str, set[str]] = {}
        self._values: dict[str, dict[str, None]] = {}
        self._scans: dict[str, LiteralScan] = {}
        self._regexes: dict[str, RegexScan] = {}
        self._masks: OrderedDict[Condition, Mask | None] = OrderedDict()

    def want(self, rules: Iterable[Rule]) -> None:
        """What these rules look for is looked for with all else, at the first test."""
        for rule in rules:
            for test in rule.condition.tests():
                for column in (test.column,) if test.column else self._text_columns:
                    self._want(column, test)

    def _want(self, column: str, test: Condition) -> None:
        others = test.values[:1] if test.op == "same" else ()
        for name in (*field_columns.columns_in(column), *others):
            if field_columns.keys(name):
                self._values.setdefault(field_columns.holder(name), {})[name] = None
        known = self._literals if test.op in _LITERAL else self._patterns
        if test.op in _LITERAL or test.op == "regex":
            before = known.setdefault(column, set())
            if not before.issuperset(test.values):
                before.update(test.values)
                self._scans.pop(column, None)
                self._regexes.pop(column, None)

    def places_of(
        self, rule: Rule, text_columns: Sequence[str] | None = None
    ) -> npt.NDArray[np.int64]:
        """Where among these rows those are that fulfil the rule's condition.

        Args:
            text_columns: Where keywords are looked for; None for all text columns.

        Raises:
            MissingColumnError: a column is not there.
        """
        anywhere = self._text_columns if text_columns is None else text_columns
        mask = self._holds(rule.condition, anywhere)
        return np.zeros(0, np.int64) if mask is None else np.flatnonzero(mask)

    def numbers(self, places: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
        """The numbers of these rows among all rows."""
        return places if self._numbers is None else self._numbers[places]

    def cells(self, column: str, places: npt.NDArray[np.int64], *, lower: bool = False) -> pa.Array:
        """The texts of these rows, null where there is none."""
        texts = self.texts(column)
        different = texts.lower if lower else texts.different
        return pa.concat_arrays([different, pa.nulls(1, different.type)]).take(
            pa.array(texts.codes[places])
        )

    def texts(self, column: str) -> Texts:
        """The texts of what a rule names: a column, a value within one, or a template.

        Raises:
            MissingColumnError: there is no such column.
        """
        if column not in self._texts:
            self._texts[column] = self._read(column)
        return self._texts[column]

    def _read(self, column: str) -> Texts:
        if "{" in column:
            names = field_columns.columns_in(column)
            return joined(column, {name: self.texts(name) for name in names})
        if field_columns.keys(column):
            return self._read_value(column)
        if column not in self._rows.column_names:
            raise MissingColumnError(f"the rows have no column {column}")
        values = self._rows.table.column(self._rows.column_names.index(column))
        return Texts.of(values if self._numbers is None else values.take(pa.array(self._numbers)))

    def _read_value(self, column: str) -> Texts:
        """A value within a column; a column of its name goes first."""
        names = self._rows.column_names
        own = [self.texts(key) for key in field_columns.keys(column) if key in names]
        held_in = field_columns.holder(column)
        if held_in in names:
            self._read_values(held_in, column)
            own.append(self._inner[column])
        if not own and field_columns.may_lack(column):
            return Texts.of(pa.nulls(self.count, pa.large_string()))
        if not own:
            raise MissingColumnError(f"the rows have no column {held_in}")
        return reduce(either, own)

    def _read_values(self, held_in: str, column: str) -> None:
        """Read all values of a column that rules want, each cell once."""
        wanted = self._values.setdefault(held_in, {})
        wanted[column] = None
        missing = [name for name in wanted if name not in self._inner]
        if missing:
            keys = ["|".join(field_columns.keys(name)) for name in missing]
            found = value_texts(self.texts(held_in), tuple(dict.fromkeys(keys)))
            self._inner.update((name, found[key]) for name, key in zip(missing, keys, strict=True))

    def _holds(self, condition: Condition, anywhere: Sequence[str]) -> Mask | None:
        """For each row whether it fulfils the condition; None where no row does."""
        if condition.op == "and":
            mask: Mask | None = np.ones(self.count, np.bool_)
            for part in condition.parts:
                found = self._holds(part, anywhere)
                mask = None if found is None or mask is None else mask & found
                if mask is None or not mask.any():
                    return None
            return mask
        if condition.op == "or":
            return _either(self._holds(part, anywhere) for part in condition.parts)
        if condition.op == "not":
            found = self._holds(condition.parts[0], anywhere)
            return np.ones(self.count, np.bool_) if found is None else ~found
        if condition.column:
            return self._test(condition)
        return _either(
            self._test(Condition(condition.op, (), column, condition.values, condition.cased))
            for column in anywhere
        )

    def _test(self, test: Condition) -> Mask | None:
        if test in self._masks:
            self._masks.move_to_end(test)
            return self._masks[test]
        mask = self._tested(test)
        if mask is not None and not mask.any():
            mask = None
        self._masks[test] = mask
        while len(self._masks) > max(8, _KEPT_BYTES // (self.count + 1)):
            self._masks.popitem(last=False)
        return mask

    def _tested(self, test: Condition) -> Mask | None:
        texts = self.texts(test.column)
        if test.op == "same":
            return _same(texts, self.texts(test.values[0]), test.values[1])
        holds = np.zeros(len(texts.different), np.bool_)
        empty = False
        match test.op:
            case "equals" | "contains" | "starts" | "ends":
                self._literal(test, texts, holds)
                empty = test.op == "equals" and "" in test.values
            case "regex":
                scan = self._regex_scan(test.column, test.values, texts)
                for pattern in test.values:
                    holds[scan.texts(pattern)] = True
            case "text":
                holds[:] = True
            case "number":
                holds |= np.isin(texts.numbers, [float(value) for value in test.values])
            case "compare":
                holds |= _COMPARE[test.values[0]](texts.numbers, float(test.values[1]))
            case "time":
                part, operator, number = test.values
                holds |= _COMPARE[operator](_time_parts(texts.different, part), float(number))
            case "cidr":
                networks = [ipaddress.ip_network(value) for value in test.values]
                cells = texts.different.to_pylist()
                holds |= np.array([_is_within(cell, networks) for cell in cells], np.bool_)
        if not empty and not holds.any():
            return None
        return texts.mask(holds, missing=empty)

    def _literal(self, test: Condition, texts: Texts, holds: Mask) -> None:
        """Mark the texts for which the test holds."""
        scan = self._scans.get(test.column)
        if scan is None:
            wanted = self._literals.setdefault(test.column, set())
            wanted.update(test.values)
            scan = self._scans[test.column] = LiteralScan(texts.lower, _lower(wanted))
        for value, lower in zip(test.values, _lower(test.values), strict=True):
            if test.op == "equals":
                found = scan.equals(lower) if lower else _empty(texts)
            else:
                found = getattr(scan, test.op)(lower)
            if test.cased and len(found):
                cells = texts.different.take(pa.array(found)).to_pylist()
                found = found[[_is_cased(test.op, cell, value) for cell in cells]]
            holds[found] = True

    def _regex_scan(self, column: str, patterns: Sequence[str], texts: Texts) -> RegexScan:
        if column not in self._regexes:
            wanted = self._patterns.setdefault(column, set())
            wanted.update(patterns)
            self._regexes[column] = RegexScan(texts.different, wanted)
        return self._regexes[column]


def _either(masks: Iterable[Mask | None]) -> Mask | None:
    whole: Mask | None = None
    for mask in masks:
        if mask is not None:
            whole = mask if whole is None else whole | mask
    return whole


def _lower(values: Iterable[str]) -> list[str]:
    """In lower case as the texts are: letter by letter."""
    lower: list[str] = pc.utf8_lower(pa.array(list(values), pa.large_string())).to_pylist()
    return lower


def _empty(texts: Texts) -> npt.NDArray[np.int64]:
    return np.flatnonzero(pc.equal(texts.different, "").to_numpy(zero_copy_only=False))


def _is_cased(op: str, text: str, value: str) -> bool:
    match op:
        case "contains":
            return value in text
        case "starts":
            return text.startswith(value)
        case "ends":
            return text.endswith(value)
    return text == value


def _same(texts: Texts, others: Texts, way: str) -> Mask | None:
    """Rows in which the text is, has … that of another column, which is not empty."""
    pairs = texts.codes.astype(np.int64) * (len(others.different) + 1) + others.codes
    different, numbers = np.unique(pairs, return_inverse=True)
    first, second = np.divmod(different, len(others.different) + 1)
    left, right = [*texts.lower.to_pylist(), None], [*others.lower.to_pylist(), None]
    found = [
        _is_same(way, left[one], right[other]) for one, other in zip(first, second, strict=True)
    ]
    mask: Mask = np.array(found, np.bool_)[numbers]
    return mask


def _is_same(way: str, text: str | None, other: str | None) -> bool:
    if text is None or other is None:
        return False
    return _is_cased(way, text, other) and (way == "equals" or other != "")


def _is_within(
    cell: str, networks: Sequence[ipaddress.IPv4Network | ipaddress.IPv6Network]
) -> bool:
    try:
        address = ipaddress.ip_address(cell.strip().partition("%")[0])
    except ValueError:
        return False
    mapped = getattr(address, "ipv4_mapped", None)
    return any(
        address in network or (mapped is not None and mapped in network) for network in networks
    )


def _time_parts(texts: pa.Array, part: str) -> npt.NDArray[np.float64]:
    """A part (hour …) of times, in UTC; not a number where a text is none."""
    con = duckdb.connect(":memory:")
    try:
        con.from_arrow(pa.table({"text": pc.utf8_slice_codeunits(texts, 0, 19)})).create_view(
            "given"
        )
        found = con.execute(
            f"SELECT date_part('{part}', TRY_CAST(text AS TIMESTAMP)) FROM given"
        ).fetchall()
    finally:
        con.close()
    return np.array([float("nan") if one is None else float(one) for (one,) in found], np.float64)
