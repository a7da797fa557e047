"""Filters for words that nothing else stands for: subjects ("about invoices"), yes or no. Pure.

"Alerts regarding crypto", "permission related errors": where a table has a column of prose, its
subject is looked for there. "Not compliant", "local admins": a column that says yes or no.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Sequence

from soc_tui.analysts.offline.planner.narrowing import Filter
from soc_tui.analysts.offline.planner.said_values import stems
from soc_tui.model.catalog import KqlType, TableSpec
from soc_tui.model.plan import Operator, Predicate

_PROSE = (
    "Title", "AlertName", "DisplayName", "Subject", "Description", "RenderedDescription",
    "SyslogMessage", "Message", "ActivityType", "VulnerabilityDescription", "EventVendor",
)  # fmt: skip
"""Columns of sentences and titles: a subject can be looked for there."""

_ARTICLE = r"(?:(?:the|an?|any|all|some|word|words|term)\s+){0,2}"
_ABOUT = re.compile(
    r"\b(?:(?:relat(?:ed|ing)|linked|tied)\s+(?:to|with)|associated\s+with|regarding|about|concerning"
    r"|mention(?:s|ed|ing)?|involv(?:e|es|ed|ing)|talk(?:s|ing)?\s+(?:of|about)|search(?:es)?\s+for)"
    rf"\s+{_ARTICLE}(?P<what>[A-Za-z][\w-]+(?:\s+[A-Za-z][\w-]+)?)"
    r"|\b(?P<before>[A-Za-z][\w-]+)(?:\s+|-)related\b(?!\s+to\b)",
    re.I,
)
_NAME = re.compile(r"(?<![.?!]\s)(?<!^)\b(?:[A-Z][\w-]*\s+){1,4}[A-Z][\w-]*\b")
_YES = re.compile(r"Is([A-Z][A-Za-z]+)")
_NO = re.compile(
    r"\b(?:not|no|non|never|without|\w+n['’]t)[\s-]+(?:(?:being|been|yet|a|an|in)\s+){0,2}$", re.I
)
_NAMED_BY = (
    "ResourceDisplayName", "AppDisplayName", "ProductName", "UserDisplayName", "AccountDisplayName",
)  # fmt: skip


def subjects(text: str, table: TableSpec, left: Collection[str]) -> tuple[Filter, ...]:
    """Filters for subjects and names of several words.

    Args:
        left: The words of the request that nothing stands for.
    """
    free = {part.casefold() for word in left for part in word.split()}
    return (*_about(text, table, free), *_names(text, table, free))


def _about(text: str, table: TableSpec, free: Collection[str]) -> Iterator[Filter]:
    columns = tuple(name for name in _PROSE if table.column(name))
    for match in _ABOUT.finditer(text) if columns else ():
        words: list[str] = []
        for word in (match["what"] or match["before"]).split():
            if word.casefold() not in free:
                break
            words.append(word)
        if words:
            yield _holding(columns, _singular(" ".join(words)))


def _names(text: str, table: TableSpec, free: Collection[str]) -> Iterator[Filter]:
    """Proper names: "Microsoft Monitoring Agent", where a column is of names of things."""
    columns = tuple(name for name in (*_NAMED_BY, *_PROSE) if table.column(name))
    for match in _NAME.finditer(text) if columns else ():
        if all(word.casefold() in free for word in match[0].split()):
            yield _holding(columns, " ".join(match[0].split()))


def _holding(columns: Sequence[str], value: str) -> Filter:
    predicate = Predicate(tuple(columns), Operator.CONTAINS, (value,))
    return Filter(predicate, f"“{value}” searched for in {', '.join(columns)}.")


def _singular(words: str) -> str:
    return re.sub(r"(?<=[a-z]{3}[^s\W])s$", "", words)


def yes_or_no(text: str, table: TableSpec, taken: Collection[str]) -> tuple[Filter, ...]:
    """Filters on columns that say yes or no ("IsCompliant"), where the request says their words.

    Args:
        taken: Columns that are filtered already.
    """
    return tuple(_yes_or_no(text, table, taken))


def _yes_or_no(text: str, table: TableSpec, taken: Collection[str]) -> Iterator[Filter]:
    said = stems(text)
    for column in table.columns:
        match = _YES.fullmatch(column.name)
        if match is None or column.type is not KqlType.BOOL or column.name in taken:
            continue
        if any(match[1][:4].casefold() in name.casefold() for name in taken):
            continue  # "risky sign-ins": the risk level says so already
        wanted = [stem for stem, _ in stems(match[1])]
        for at in range(len(said) - len(wanted) + 1):
            if [stem for stem, _ in said[at : at + len(wanted)]] != wanted:
                continue
            value = "false" if _NO.search(text[: said[at][1][0]]) else "true"
            predicate = Predicate((column.name,), Operator.EQUALS, (value,))
            yield Filter(predicate, f"Only where {column.name} is {value}.")
            break


def spans(text: str, found: Sequence[Filter]) -> list[tuple[int, int]]:
    """Where the words of such filters stand."""
    places = []
    said = stems(text)
    for one in found:
        if one.predicate.operator is Operator.CONTAINS:
            words = re.escape(one.predicate.values[0])
            places += [match.span() for match in re.finditer(rf"\b{words}\w*", text, re.I)]
        elif match := _YES.fullmatch(one.predicate.columns[0]):
            wanted = {stem for stem, _ in stems(match[1])}
            places += [span for stem, span in said if stem in wanted]
    return places
