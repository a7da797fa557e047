"""Which words of a request changed nothing. Pure.

A word is applied when a filter, the table, the time range or a count stands for it. Words for a
threat ("beaconing") lead to a table, but only a filter or a hunting query stands for them.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from soc_tui.analysts.offline.planner import (
    counting,
    leftovers,
    narrowing,
    noted_values,
    topics,
    words,
)
from soc_tui.analysts.offline.planner.catalog_words import name_spans
from soc_tui.analysts.offline.planner.countries import countries
from soc_tui.analysts.offline.planner.filters import account_name, shown
from soc_tui.analysts.offline.planner.mentions import Mentions
from soc_tui.analysts.offline.planner.narrowing import Filter
from soc_tui.analysts.offline.planner.reading import Reading
from soc_tui.analysts.offline.planner.tables import named_tables
from soc_tui.analysts.offline.planner.unread import is_plain, spans_of
from soc_tui.model.catalog import TableSpec

_THREATS = re.compile(rf"(?<![\w.-])(?:{words.THREATS})(?![\w-])", re.I)
# There "ssh" and "curl" are read as protocols, services and agents.
_PROTOCOLS = ("DeviceNetworkEvents", "DeviceLogonEvents", "Syslog", "SigninLogs")
_SURE = 4  # least weight of a word for another table that counts as asked for
_PIECE = re.compile(r"[^\s,;()\[\]\"“”?!]+")


def not_applied(
    reading: Reading, table: TableSpec, found: Sequence[Filter], names: Sequence[str]
) -> tuple[str, ...]:
    """Values and words without effect on that table, in the order of the request.

    Args:
        names: The account and the host that the plan itself names.
    """
    unused = set(_unused(reading.named, table, found, names))
    text = blanked(reading.text, spans_of(reading.text, reading.named))
    left = list(unused)
    left += _words(text, reading.text, table, found)
    left += (shown(one.words) for one in reading.conditions if not one.held(table))
    left += _left_in(reading, table, found)
    if reading.time and reading.time.to_come:
        left.append(reading.time.words)
    at = {value: reading.whole.lower().find(value.lower()) for value in left}
    return tuple(dict.fromkeys(map(shown, sorted(left, key=lambda value: at[value]))))


def _words(text: str, whole: str, table: TableSpec, found: Sequence[Filter]) -> Iterator[str]:
    """The words outside all that was understood."""
    taken = [
        span
        for span in topics.spans(whole, [table.name])
        if not _THREATS.fullmatch(whole[slice(*span)])
    ]
    taken += narrowing.spans(whole, [table.name])
    taken += counting.spans(whole, table)
    taken += noted_values.spans(whole, table, found)
    taken += narrowing.folder_spans(whole, table)
    taken += leftovers.spans(whole, found)
    taken += name_spans(whole, table)
    taken += [
        (one.start, one.end) for one in named_tables(whole, [table.name]) if one.table == table.name
    ]
    left = blanked(text, taken)
    used = {value for one in found for value in one.predicate.values}
    others = [span for span in topics.plain_spans(whole, _SURE) if left[slice(*span)].strip()]
    others = [span for span in others if left[slice(*span)] == whole[slice(*span)]]
    yield from (whole[slice(*span)] for span in others)
    left = blanked(left, others)
    threats = [match for match in _THREATS.finditer(left) if not _cut(whole, match.start())]
    yield from (match[0] for match in threats)
    left = blanked(left, [match.span() for match in threats])
    for match in _PIECE.finditer(left):
        word = match[0].strip(".:'’`*-_/\\<>=&|#+~{}")
        if word in used:
            continue
        whole_word = whole[match.start() : match.end()]
        if not re.search(r"\w", word) or word not in whole_word:
            continue
        if (match.start() and _cut(whole, match.start())) or _cut(whole, match.end()):
            continue  # the rest of a word that was understood
        if not is_plain(word) and not countries(word):
            yield word


def _cut(text: str, at: int) -> bool:
    """Whether a word goes on over this place."""
    return 0 < at < len(text) and text[at - 1].isalnum() and text[at].isalnum()


def blanked(text: str, spans: Sequence[tuple[int, int]]) -> str:
    """The text with blanks in these places."""
    letters = list(text)
    for start, end in spans:
        letters[start:end] = " " * (end - start)
    return "".join(letters)


def _unused(
    named: Mentions, table: TableSpec, found: Sequence[Filter], names: Sequence[str]
) -> Iterator[str]:
    """Named things that the table has no column for."""
    used = {value for one in found for value in one.predicate.values}
    used |= {upn for upn in named.upns if upn in names or account_name(upn, table) in used}
    used |= set(names)
    yield from (value for value in _everything(named) if value not in used)
    tools = (*named.tools, *named.short_tools)
    seen = " ".join(used).lower()
    yield from (one for one in tools if one not in seen and table.name not in _PROTOCOLS)
    ends = " ".join(used)
    yield from (f".{one}" for one in named.extensions if f".{one}" not in ends)
    if named.ports and not used & set(named.ports):
        yield from named.ports


def _left_in(reading: Reading, table: TableSpec, found: Sequence[Filter]) -> Iterator[str]:
    """What should be left out, and is not."""
    if not reading.out:
        return
    denied = {
        value.lower()
        for one in found
        if one.predicate.operator.value.startswith(("!", "not"))
        for value in one.predicate.values
    }
    for value in _everything(reading.out_named):
        program = f"{value}.exe".lower()
        if not {value.lower(), program, account_name(value, table).lower()} & denied:
            yield value
    if not any(_everything(reading.out_named)) and not denied:
        yield reading.out.strip()


def _everything(named: Mentions) -> Iterator[str]:
    yield from (*named.hosts, *named.upns, *named.users, *named.ips, *named.hashes, *named.files)
    yield from (*named.subnets, *named.actors, *named.domains, *named.paths, *named.phrases)
    yield from (*named.ids, *named.cves)
