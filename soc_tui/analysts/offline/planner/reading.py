"""What the words of a request say: names, conditions, times, and what is left out. Pure."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Collection
from dataclasses import dataclass

from soc_tui.analysts import PlanRequest
from soc_tui.analysts.offline.planner import days
from soc_tui.analysts.offline.planner.counting import INTERVAL
from soc_tui.analysts.offline.planner.mentions import Mentions, mentions
from soc_tui.analysts.offline.planner.named_columns import Condition, conditions, without
from soc_tui.analysts.offline.planner.narrowing import narrowing
from soc_tui.analysts.offline.planner.shorthand import written_out
from soc_tui.analysts.offline.planner.tables import named_tables
from soc_tui.analysts.offline.planner.times import HoursOfDay, TimeRange, hours_of_day, time_range
from soc_tui.analysts.offline.planner.unread import spelled, unread
from soc_tui.model.catalog import Catalog, TableSpec

_DAY = re.compile(rf"(?:\bon\s+)?\b{days.DAY}", re.I)
LONGEST_REQUEST = 4_000
_STOP = (
    r"(?!\b(?:in the|during|over the|since|last|past|this|with the last|for the|between"
    r"|and (?:show|list|count|where))\b|[;?!]|\.\s"
    r"|,\s*(?:\w+\s+)?only\b|,\s*(?:un)?success\w*\b|,\s*fail\w*\b)"
)
_OUT = re.compile(
    r"(?:\b(?:except(?:\s+for)?|(?:any|every|all)(?:thing|one|body)?\s+but|exclud(?:ing|es?|ed)|without|other\s+than|but\s+not|not\s+including"
    r"|outside(?:\s+of)?|ignor(?:e|ing)|(?:apart|aside)\s+from|hide|drop|skip(?:ping)?"
    r"|besides|minus|leaving\s+out"
    r"|leave\s+out|filter(?:ing)?\s+out|unless)\s+(?:(?:those|ones|the ones|any|all|anything)\s+)?"
    r"|\b(?:(?:is|are|was|were|do|does|did|has|have|had|been)\s*n['’]t|not|never|nor)\s+"
    r"(?=(?:\w+\s+){0,2}(?:from|by|on|in|with|using|named|called|of|to|involving)\b))"
    rf"(?P<out>(?:{_STOP}.)+)",
    re.I,
)
# A noun or a verb form where a name could stand would be looked for as one, and give no rows.
_PERSON = re.compile(
    r"\b(?:for|by|of|did|does|is|has)\s+(?P<name>(?!\w+(?:(?<![au])s|ing|ed|ion|ity|ment|ors?"
    r"|ware)\b)"
    r"[A-Za-z][a-z]{2,13})(?![\w@.-]*[\w@])(?!\s+(?:and|or)\b)"
)


@dataclass(frozen=True, slots=True)
class Reading:
    """What the words of a request say.

    Attributes:
        whole: The request, misspelt words put right.
        text: The same, the words about its time and what it wants left out gone.
        named: What it names.
        out, out_named: What it wants left out: the words, and what they name.
        time, hours: When: a stretch of time, and a part of each day.
        spelled: Words read as others that they are nearly the same as.
        conditions: What it says of columns by their names; gone from `text`.
        interval: The words that say in which steps of time to count; gone from `text`.
    """

    whole: str
    text: str
    named: Mentions
    out: str
    out_named: Mentions
    time: TimeRange | None
    hours: HoursOfDay | None = None
    spelled: tuple[tuple[str, str], ...] = ()
    conditions: tuple[Condition, ...] = ()
    interval: str = ""

    @property
    def about(self) -> str:
        """The words that may lead to a table: the names of columns are among them."""
        columns = (one.words[: one.noun] for one in self.conditions if not one.of_row)
        return " ; ".join((self.text, *columns))


def read(text: str, request: PlanRequest, table: TableSpec | None = None) -> Reading:
    """Read the words of a request.

    Args:
        table: The table that they are about, when it is known: columns are looked for there only.
    """
    text = written_out(text[:LONGEST_REQUEST], request.now)
    tables = request.catalog.tables
    found = conditions(text, request.catalog if table is None else Catalog({table.name: table}))
    rest = without(text, found)
    wrong = spelled(rest, mentions(rest), tables)
    for word, right in wrong.items():
        rest = re.sub(rf"(?<!\w){word}(?!\w)", right, rest)
    step = INTERVAL.search(rest)
    rest = rest.replace(step[0], " ") if step else rest
    hours = hours_of_day(rest, request.now)
    # A time in quotation marks is text to look for; one outside names no host or port.
    rest = _without_words(rest, hours.words) if hours else rest
    time = time_range(rest, request.now)
    rest = _without_words(rest, time.words) if time else rest
    if time and time.since and (day := _DAY.search(rest)):  # "between 8 and 9 on 29 November"
        rest = _without_words(rest, day[0])
    outs: list[str] = []
    for match in _OUT.finditer(rest):
        said = match["out"]
        if not mentions(said).any and mentions(f"by {said}").any:  # "excluding root"
            said = f"by {said}"
        if mentions(said).any or _narrows(said, request.catalog):
            outs.append(said)
            rest = rest.replace(match[0], " ")
    out = " ".join(outs)
    return Reading(
        text,
        rest,
        _with_people(_without_tables(rest, tables), tables),
        out,
        mentions(out),
        time,
        hours,
        tuple(wrong.items()),
        found,
        step[0] if step else "",
    )


def _with_people(text: str, tables: Collection[str]) -> Mentions:
    """What is named; and people called by one name, where no list knows the word ("for ingrid")."""
    named = mentions(text)
    left = {word.lower() for word in unread(text, named, tables)}
    people = [one["name"] for one in _PERSON.finditer(text) if one["name"].lower() in left]
    return dataclasses.replace(named, users=tuple(dict.fromkeys((*named.users, *people))))


def _without_words(text: str, phrase: str) -> str:
    words = r"\s+".join(map(re.escape, phrase.split()))
    pieces = re.split(r"([\"“][^\"“”]*[\"”])", text)
    return "".join(
        piece if number % 2 else re.sub(words, " ", piece) for number, piece in enumerate(pieces)
    )


def _without_tables(text: str, tables: Collection[str]) -> str:
    """The names of tables are no names of hosts: "device registry events"."""
    for one in named_tables(text, tables):
        text = text[: one.start] + " " * (one.end - one.start) + text[one.end :]
    return text


def _narrows(words: str, catalog: Catalog) -> bool:
    return any(narrowing(words, table) for table in catalog.tables.values())
