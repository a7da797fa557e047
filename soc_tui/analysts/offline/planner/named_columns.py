"""Conditions on columns by their names: "remote port is 8443", "severity high or medium". Pure.

A condition is a column as analysts call it (columns.toml, or its name in words), a comparison, and
one value or a list. A list is one filter on that column. Values of text comparisons that are joined
by "and" must all be there.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace

from soc_tui.analysts.offline.planner.column_words import (
    Noun,
    all_columns,
    begins_condition,
    column_words,
    nouns,
)
from soc_tui.analysts.offline.planner.comparisons import COMPARISONS
from soc_tui.analysts.offline.planner.countries import countries
from soc_tui.analysts.offline.planner.value_lists import values_at
from soc_tui.model.catalog import Catalog, KqlType, TableSpec
from soc_tui.model.plan import Operator


@dataclass(frozen=True, slots=True)
class Condition:
    """What a request says of one column.

    Attributes:
        start, end: Where it stands in the request.
        words: The words that say so.
        columns: What may be meant, the likeliest first.
        every: The row has to match each value, not only one.
        upper: The upper end of a range whose lower end is the value.
        noun: Length of the words that call the column, where they come first.
        of_row: It is said of the whole row: "events that contain acme".
    """

    start: int
    end: int
    words: str
    columns: tuple[str, ...]
    operator: Operator
    values: tuple[str, ...]
    every: bool = False
    upper: str = ""
    noun: int = 0
    of_row: bool = False

    def held(self, table: TableSpec) -> bool:
        """Whether the table has the column."""
        return self.of_row or bool(self.column(table))

    def column(self, table: TableSpec) -> str:
        """The column of that table that is meant, or empty."""
        return next((name for name in self.columns if table.column(name)), "")


_RANGE = re.compile(
    r"\s*(?:is\s+|are\s+)?between\s+(?P<low>\d[\d.]*)\s+(?:and|to"
    r"|-)\s+(?P<high>\d[\d.]*)(?![\d:/-])",
    re.I,
)
_MENTIONS = re.compile(
    r"\b(?:mention\w*|contain\w*|includ\w*|with|having|has)\s+(?P<values>[^.;?!]{2,80}?)"
    r"\s+(?:in|within|inside)\s+(?:the|its|their|his|her|any|an?)\s+",
    re.I,
)
_OR_MORE = re.compile(
    r"\s+(?:or|and)\s+(?P<more>higher|above|more|greater|larger|over)|\s+(?:or"
    r"|and)\s+(?:lower|below|less|under|smaller)\b",
    re.I,
)
_UNIT = re.compile(
    r"\s*(?P<unit>[kmgt]i?b|bytes|kilobytes?|megabytes?|gigabytes?)\b(?:['’]?s\b)?", re.I
)
_OWN_UNIT = re.compile(r"\s*(?:ms|milliseconds?|msecs?|percent|%)(?!\w)", re.I)
_BYTES = {"k": 1024, "m": 1024**2, "g": 1024**3, "t": 1024**4}
_DENIED = re.compile(
    r"(?:\b(?:exclud(?:ing|e)|except(?:\s+for)?|without|ignor(?:ing|e)|other\s+than|but\s+not|but\s+no"
    r"|lack(?:s|ing)|not|no|non|never)[\s-]+)(?:(?:those|ones|the|an?|any|all|with|where|whose|of|having|on|to|from|at|by|using|over|via|for)\s+)*$",
    re.I,
)
_SIZED = re.compile(
    r"\b(?:files?|archives?|documents?|executables?|attachments?)\s+(?:(?:that|which|are|of)\s+)*"
    r"(?P<than>(?P<more>(?:bigger|larger|greater|more|heavier)\s+than|over|above|exceeding|>=?|≥)|"
    r"(?:(?:smaller|less|fewer)\s+than|under|below|<=?|≤))\s*(?P<number>\d+(?:\.\d+)?)"
    r"(?=\s*(?:[kmgt]i?b|bytes|kilobytes?|megabytes?|gigabytes?)\b)",
    re.I,
)
TURNED = {
    Operator.IN: Operator.NOT_IN, Operator.CONTAINS: Operator.NOT_CONTAINS,
    Operator.HAS: Operator.NOT_HAS, Operator.STARTS_WITH: Operator.NOT_STARTS_WITH,
    Operator.ENDS_WITH: Operator.NOT_ENDS_WITH, Operator.REGEX: Operator.NOT_REGEX,
    Operator.EMPTY: Operator.NOT_EMPTY, Operator.GREATER: Operator.LESS_OR_EQUAL,
    Operator.LESS: Operator.GREATER_OR_EQUAL, Operator.GREATER_OR_EQUAL: Operator.LESS,
    Operator.LESS_OR_EQUAL: Operator.GREATER,
}  # fmt: skip
"""Comparisons and their opposites."""

_TEXT = (Operator.CONTAINS, Operator.HAS)
# What may be said of a whole row; "without" leaves out what is named after it.
_NEVER, _EVER = re.compile(r"(?!)"), re.compile("")
_OF_ROW = {
    Operator.CONTAINS: re.compile(r"contain|mention|includ", re.I),
    Operator.NOT_CONTAINS: re.compile(r"contain|mention|includ", re.I),
    Operator.REGEX: _EVER,
    Operator.NOT_REGEX: _EVER,
}
_TEXTS = (KqlType.STRING, KqlType.BOOL, KqlType.GUID)
_ORDER = (
    Operator.GREATER, Operator.GREATER_OR_EQUAL, Operator.LESS, Operator.LESS_OR_EQUAL,
)  # fmt: skip
# Columns of long texts: a value beside them is a part.
_LONG = (
    "UserAgent", "ProcessCommandLine", "InitiatingProcessCommandLine", "CommandLine",
    "SyslogMessage", "Title", "Subject", "FolderPath", "RegistryKey", "RemoteUrl", "Description",
)  # fmt: skip


def conditions(text: str, catalog: Catalog) -> tuple[Condition, ...]:
    """Conditions on columns, in the order of the request; none overlap."""
    found: list[Condition] = [*_values_first(text, catalog), *_sizes(text, catalog)]
    found += _in_columns(without(text, found), catalog)
    text = without(text, found)
    end = 0
    for noun in nouns(text, catalog):
        if noun.start < end:
            continue
        one = _turned(text, noun, _condition(text, noun, catalog))
        if one is not None:
            found.append(one)
            end = one.end
    return tuple(sorted(found, key=lambda one: one.start))


def unique(values: Sequence[str]) -> tuple[str, ...]:
    """Without repeats, in order."""
    return tuple(dict.fromkeys(values))


def _denied(text: str, at: int) -> int | None:
    """Where the words begin that deny what follows there ("excluding", "not"), or None."""
    before = _DENIED.search(text[:at])
    return before.start() if before else None


def _turned(text: str, noun: Noun, found: Condition | None) -> Condition | None:
    """The opposite after "excluding …"; "no url", "without a url" as an empty column."""
    start = _denied(text, noun.start)
    if start is None or noun.of_row:
        return found
    if found is None:
        if not re.search(r"\b(?:no|without|lacks?|lacking)\b", text[start : noun.start], re.I):
            return None
        found = _said(noun, text, noun.end, Operator.EMPTY)
    elif found.operator in TURNED:
        found = replace(found, operator=TURNED[found.operator], every=False)
    else:
        return found
    return replace(found, start=start, words=text[start : found.end], noun=noun.end - start)


def _sizes(text: str, catalog: Catalog) -> Iterator[Condition]:
    """ "Files bigger than 5 MB": the size, though it is not named."""
    if "FileSize" not in all_columns(catalog):
        return
    for match in _SIZED.finditer(text):
        operator = Operator.GREATER if match["more"] else Operator.LESS
        noun = Noun(match.start("than"), match.start("number"), ("FileSize",), "", of_row=False)
        if one := _ordered(text, noun, operator, match["number"], match.end("number")):
            yield one


def _values_first(text: str, catalog: Catalog) -> Iterator[Condition]:
    """ "High or medium severity": the values before their column."""
    known = frozenset(all_columns(catalog))
    levels = column_words()["levels"]
    for (noun, values), (_, columns) in zip(
        column_words()["beside"].items(), levels.items(), strict=True
    ):
        there = tuple(name for name in columns if name in known)
        one = rf"(?:{values})"
        listed = (
            rf"(?<![\w-])(?P<all>{one}(?:(?:\s*,\s*|\s*/\s*|\s+)(?:(?:or|and"
            rf"|to)\s+)?{one})*)[\s-]+(?:{noun})(?![\w-])"
        )
        after = (
            rf"(?<=alerts )(?:(?:that are|with|of|at)\s+)?(?P<all>{one}"
            rf"(?:(?:\s*,\s*|\s*/\s*|\s+(?:or|and)\s+){one})*)(?![\w-])(?!\s+(?:{noun}))"
        )
        ways = (listed, after) if noun.startswith("sever") else (listed,)
        for match in (found for way in ways for found in re.finditer(way, text, re.I) if there):
            start = _denied(text, match.start())
            operator = Operator.IN if start is None else Operator.NOT_IN
            start = match.start() if start is None else start
            said = tuple(re.findall(rf"(?<![\w-]){one}(?![\w-])", match["all"], re.I))
            yield Condition(
                start, match.end(), text[start : match.end()], there, operator, unique(said)
            )


def _in_columns(text: str, catalog: Catalog) -> Iterator[Condition]:
    """ "Mentioning acme or beta in the title": the values before their column."""
    for said in _MENTIONS.finditer(text):
        noun = next(nouns(text[said.end() :], catalog), None)
        if noun is None or noun.start or noun.of_row:
            continue
        values = tuple(filter(None, re.split(r"\s*(?:,|\bor\b|\band\b)\s*", said["values"])))
        start, operator = said.start(), Operator.CONTAINS
        if (before := _denied(text, start)) is not None:
            start, operator = before, Operator.NOT_CONTAINS
        stop = said.end() + noun.end
        plain = tuple(one.strip(" \"'“”‘’") for one in values)
        yield Condition(start, stop, text[start:stop], noun.columns, operator, unique(plain))


def without(text: str, found: Sequence[Condition]) -> str:
    """The request with blanks where the conditions stand."""
    for one in found:
        text = text[: one.start] + " " * (one.end - one.start) + text[one.end :]
    return text


def _condition(text: str, noun: Noun, catalog: Catalog) -> Condition | None:
    """What is said of a column, if anything is."""

    def stops(at: int) -> bool:
        return begins_condition(text, at, catalog)

    if match := _RANGE.match(text, noun.end):
        ends = (match["low"],)
        at_least = Operator.GREATER_OR_EQUAL
        return _said(noun, text, match.end(), at_least, ends, upper=match["high"])
    for pattern, operator in COMPARISONS:
        match = pattern.match(text, noun.end)
        if match and operator in _ORDER and not _is_ordered(noun, catalog):
            continue
        if match is None or (noun.of_row and not _OF_ROW.get(operator, _NEVER).search(match[0])):
            continue
        if found := _compared(text, noun, operator, match.end(), stops):
            return found
    if noun.of_row:
        return None
    values, end, _ = values_at(text, noun.end, stops)
    other = next(
        (one for one in values if not _is_value(one, text[noun.end : end], noun.beside)), ""
    )
    if other and other != values[0]:  # "severity high, oldest first"
        values, end, _ = values_at(text[: text.find(other, noun.end)], noun.end, stops)
    if values and all(_is_value(one, text[noun.end : end], noun.beside) for one in values):
        operator = Operator.CONTAINS if noun.columns[0] in _LONG else Operator.IN
        return _said(noun, text, end, operator, values)
    return None


def _said(
    noun: Noun,
    text: str,
    end: int,
    operator: Operator,
    values: Sequence[str] = (),
    *,
    every: bool = False,
    upper: str = "",
) -> Condition:
    """The condition on that column that ends there."""
    return Condition(
        noun.start,
        end,
        text[noun.start : end],
        noun.columns,
        operator,
        tuple(values),
        every,
        upper,
        noun=noun.end - noun.start,
        of_row=noun.of_row,
    )


def _compared(
    text: str, noun: Noun, operator: Operator, at: int, stops: Callable[[int], bool]
) -> Condition | None:
    """The condition of a comparison whose values begin there; None without any."""
    if operator in (Operator.EMPTY, Operator.NOT_EMPTY):
        return _said(noun, text, at, operator)
    values, end, all_of = values_at(text, at, stops)
    if not values or (_is_of_people(noun) and any(map(countries, values))):
        return None
    more = _OR_MORE.match(text, end)
    if operator is Operator.IN and more and values[0][:1].isdigit():
        operator, end = (
            Operator.GREATER_OR_EQUAL if more["more"] else Operator.LESS_OR_EQUAL,
            more.end(),
        )
    if operator in _ORDER:
        return _ordered(text, noun, operator, values[0], end)
    every = all_of and operator in _TEXT and len(values) > 1
    return _said(noun, text, end, operator, values, every=every)


def _is_ordered(noun: Noun, catalog: Catalog) -> bool:
    """Whether a number may be compared with the column: "users more than 100" counts."""
    columns = (table.column(name) for table in catalog.tables.values() for name in noun.columns)
    return any(one is not None and one.type not in _TEXTS for one in columns)


def _is_of_people(noun: Noun) -> bool:
    """Whether the column is of accounts: "users not in Norway" names a place."""
    return "AccountName" in noun.columns or "UserPrincipalName" in noun.columns


def _ordered(text: str, noun: Noun, operator: Operator, value: str, end: int) -> Condition | None:
    """A comparison with a number, which may have a unit of bytes."""
    number = re.fullmatch(r"(\d+(?:\.\d+)?)(?P<unit>[kmgt]i?b)?", value.replace(",", ""), re.I)
    if number is None:
        return None
    unit = _UNIT.match(text, end)
    said = number["unit"] or (unit["unit"] if unit else "")
    own = noun.columns[0].casefold().endswith(said[:2].casefold()) if said else True
    amount = float(number[1]) * (1 if own else _BYTES.get(said[:1].lower(), 1))
    written = f"{int(amount)}" if amount.is_integer() else f"{amount:g}"
    after = unit or _OWN_UNIT.match(text, end)
    return _said(noun, text, after.end() if after else end, operator, (written,))


def _is_value(value: str, words: str, beside: str) -> bool:
    """Whether a word right after the column can only be its value."""
    quoted = any(f"{mark}{value}" in words for mark in "\"'“‘`")
    known = bool(beside) and re.fullmatch(beside, value, re.I) is not None
    return quoted or known or any(letter.isdigit() for letter in value)
