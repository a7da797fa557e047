"""Which table a request is about, and the question when none or an absent one is meant. Pure."""

from __future__ import annotations

import re
from collections.abc import Sequence

from soc_tui.analysts.offline.planner.column_words import all_columns
from soc_tui.analysts.offline.planner.filters import shown, unheld
from soc_tui.analysts.offline.planner.hunts import hunting_queries, hunting_query
from soc_tui.analysts.offline.planner.reading import Reading
from soc_tui.analysts.offline.planner.tables import NamedTable
from soc_tui.analysts.offline.planner.topics import DEFAULT_TABLE, STRONG, Topic, choices
from soc_tui.model.catalog import Catalog, TableSpec
from soc_tui.model.errors import AnalystError
from soc_tui.model.plan import Reply

_UNHELD = 8.0  # what a table without a column for something named falls behind

_SURE = 5
MUCH = 9.0
"""By what words for another table outweigh a name in words."""

_OF_ANY_DEVICE = "DeviceEvents"

_JOINED = re.compile(
    r"\b(?:join(?:ed|ing)?|against|compar\w+|correlat\w+)\b[\w\s]{0,60}$"
    r"|\bwith (?:any|all|the|every)\b[\w\s]{0,40}\bin\s+(?:the\s+)?$",
    re.I,
)

_PER = re.compile(r"\b(?:per|by|for each)\s+$", re.I)


def called_table(
    called: Sequence[NamedTable], found: Sequence[Topic], reading: Reading, catalog: Catalog
) -> TableSpec | None:
    """The table that the request calls by a name, if no other is meant by much more of it."""
    there = [(one, table) for one in called if (table := catalog.table(one.table))]
    if len(there) > 1 or (found and found[0].score > MUCH):
        # "… joined with the table B": what comes before is what it is about.
        there = [pair for pair in there if not _JOINED.search(reading.whole[: pair[0].start])]
    # "Counted per threat intelligence indicator" names what to count by.
    there = [one for one in there if one[0].exact or not _PER.search(reading.whole[: one[0].start])]
    if not there:
        return None
    first, table = there[0]
    scores = {one.table: one.score for one in found if catalog.table(one.table)}
    best = max(scores, key=lambda name: scores[name], default=table.name)
    # "Device events" is said of what any of the tables holds that are called Device….
    much = MUCH if table.name != _OF_ANY_DEVICE or not best.startswith("Device") else STRONG
    if first.exact or scores.get(best, 0) <= scores.get(table.name, 0) + much:
        return table
    return None


def absent_table(
    reading: Reading, called: Sequence[NamedTable], found: Sequence[Topic], catalog: Catalog
) -> NamedTable | None:
    """The table that the request is about, when the workspace lacks it and no other is meant."""
    if any(catalog.table(one.table) for one in called):
        return None
    if called:
        either = re.match(r"\s+or\b", reading.whole[called[0].end :], re.I)
        others = [one for one in found if catalog.table(one.table) and one.score > STRONG]
        return None if either and others else called[0]
    if hunting_query(reading.text, catalog):
        return None
    there = max((one.score for one in found if catalog.table(one.table)), default=0)
    # A table that is there and nearly as sure is no stand-in.
    least = max(STRONG, there + (2 if there >= _SURE else 0))
    if found and found[0].score > least and not catalog.table(found[0].table):
        words = found[0].words[0]
        return NamedTable(found[0].table, words, 0, 0)
    wanted = next((one for one in hunting_queries() if one.say.search(reading.text)), None)
    if wanted is not None and not there:
        table = next(name for name in wanted.tables if not catalog.table(name))
        match = wanted.say.search(reading.text)
        return NamedTable(table, match[0] if match else "", 0, 0)
    return None


def ask_for_another(absent: NamedTable, catalog: Catalog) -> Reply:
    """Say that a table is not there, and what is; nothing takes its place unasked."""
    return Reply(
        f"This workspace has no {absent.table}, which “{shown(absent.words)}” asks for. There are:"
        f" {catalog.told}. Which logs should I look at instead?",
        True,
        choices(catalog),
    )


def ask_for_table(catalog: Catalog) -> Reply:
    """The one question: which kind of logs."""
    return Reply("Which logs should I look at?", True, choices(catalog))


def chosen_table(
    table: TableSpec | None, found: Sequence[Topic], reading: Reading, catalog: Catalog
) -> tuple[TableSpec, str]:
    """The table of the request: one with columns for what is named, where there is one."""
    if table:
        return table, f"The request names the table {table.name}."
    known = [
        (topic, there)
        for topic in (*found, Topic(DEFAULT_TABLE, 0, ()))
        if (there := catalog.table(topic.table))
    ]
    # A faint word is outweighed by any other, a strong one only by one that is not faint itself.
    least = STRONG if known and known[0][0].score > STRONG else 0
    known = [one for one in known if one[0].score >= least]
    if not known:
        raise AnalystError(
            "The catalog has no table that fits this request.",
            "Searched for: " + ", ".join(topic.table for topic in found) + ".",
            "Add the table to the catalog, or ask about another one.",
        )
    topic, there = max(
        known, key=lambda one: one[0].score - _UNHELD * unheld_on(reading, one[1], catalog)
    )
    return there, _why_table(topic)


def unheld_on(reading: Reading, table: TableSpec, catalog: Catalog) -> int:
    """How much of what the request names the table has no columns for."""
    lacks = sum(not one.held(table) for one in reading.conditions if not one.of_row)
    lacks += _columns_lacking(reading.whole, table, catalog)
    return lacks + unheld(reading.named, f"{reading.text} {reading.out}", table)


def _columns_lacking(text: str, table: TableSpec, catalog: Catalog) -> int:
    """How many columns that a request writes as KQL does the table lacks."""
    words = {word for word in re.findall(r"\w+", text) if re.search(r"[a-z][A-Z]", word)}
    known = words.intersection(all_columns(catalog)) if words else ()
    return sum(table.column(word) is None for word in known)


def _why_table(topic: Topic) -> str:
    if not topic.words:
        return f"No log type given, so {topic.table} is the starting point."
    words = ", ".join(f"“{shown(word)}”" for word in topic.words[:4])
    return f"{words} {'points' if len(topic.words) == 1 else 'point'} to {topic.table}."
