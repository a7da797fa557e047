"""Checks that the entities and counts in a finding's text are supported by its cited rows.

Prose cannot be checked whole. What can: addresses, domains, URLs, mail addresses and hashes
(recognised by ttprism), hosts and accounts, and counts that no answer of this size can hold.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator

from soc_tui.analysts.grounding.cited_rows import CitedRows, refang
from soc_tui.analysts.packing.cell_text import shown
from soc_tui.model.catalog import KqlType
from soc_tui.model.finding import Finding
from soc_tui.model.rows import Rows

_MOST_NAMED = 300
_LONGEST_TEXT = 50_000
_SHORTEST_NAME = 4
_RANGE = re.compile(r"(?<![\w.])\d{1,3}(?:\.\d{1,3}){3}/\d{1,2}(?!\w)")
_DOTTED = re.compile(r"(?<![\w-])\w[\w-]*(?:\.[\w-]+)+")
_LOOPBACK = re.compile(r"127\.\d+\.\d+\.\d+|0\.0\.0\.0|::1?")
# Advice names products and portals by domain; an address or a hash in it is meant to be acted on.
_IN_ADVICE = frozenset({"ipv4", "ipv6", "email", "md5", "sha1", "sha256"})
_IN_PROSE = _IN_ADVICE | {"domain", "url"}
_NAME_COLUMN = re.compile(
    r"(?:device|host|machine|computer|account|user|principal)_?(?:name|upn)|upn$|^caller$"
    r"|^computer$|^vm_s$",
    re.IGNORECASE,
)
_TOKEN = re.compile(r"[\w$@\\][\w.$@\\-]*")
_TELLING = re.compile(r"[\d.@$_-]")
_CALLED = re.compile(
    r"\b(?:host|hostname|device|computer|machine|server|workstation|endpoint|vm|user|username"
    r"|account|caller)\s+(?:named\s+|called\s+)?[`'\"«]?([A-Za-z0-9][\w.$@\\-]{2,})",
    re.IGNORECASE,
)
_INVENTABLE = re.compile(
    r"(?=.*[A-Za-z])(?=.*[\d$@\\_])(?!T\d{4})(?!(?:win|x)\d\d\Z)", re.IGNORECASE
)
_COUNTED = re.compile(
    r"(?<![\w.,:/-])(\d{1,3}(?:,\d{3})+|\d{1,9})\s+(?:[a-z-]+\s+){0,2}"
    r"(?:rows|records|events|entries|lines|attempts|logons|logins|sign-ins|connections|requests"
    r"|processes|failures|flows|files|alerts)\b",
    re.IGNORECASE,
)
_NO_COUNT = re.compile(r"(?:event|id|ids|code|codes|port|pid|error|type)[\s:#=]*\Z", re.IGNORECASE)
_COUNTING_COLUMN = re.compile(
    r"(?:Count|Total|Sum|Flows|Packets|Attempts)(?![a-z])"
    r"|(?:^|_)(?:count|total|sum|number|attempts)(?![a-z])"
)


def doubts(finding: Finding, cited: CitedRows) -> Iterator[str]:
    """One sentence for each thing that the text names and no cited row holds."""
    prose = f"{finding.title}\n{finding.description}"
    advice = "\n".join(finding.recommendations)
    if len(prose) + len(advice) > _LONGEST_TEXT:
        yield f"Its text has over {_LONGEST_TEXT:,} characters, too many to check."
        return
    named = dict.fromkeys(
        (
            *_indicators(prose, _IN_PROSE),
            *_names(prose, cited.rows),
            *_indicators(advice, _IN_ADVICE),
        )
    )
    for value in tuple(named)[:_MOST_NAMED]:
        if not cited.holds(value):
            yield f"Its text names {shown(value)}, which is in no cited row."
    if len(named) > _MOST_NAMED:
        yield f"Its text names {len(named)} addresses and names, too many to check."
    yield from _count_doubts(prose, cited)


def _indicators(text: str, kinds: frozenset[str]) -> Iterator[str]:
    from ttprism import extract_iocs

    # Wide letters and the dots of other scripts read as ours.
    plain = unicodedata.normalize("NFKC", text).replace("\u3002", ".")
    for found in extract_iocs(refang(_RANGE.sub(" ", plain))):
        if found.type.value in kinds and not _LOOPBACK.fullmatch(found.value):
            yield found.value
    if "domain" in kinds and not plain.isascii():
        yield from (match[0] for match in _DOTTED.finditer(plain) if _mixes_scripts(match[0]))


def _mixes_scripts(word: str) -> bool:
    """Latin letters beside others, as in a domain that is to be taken for another one."""
    letters = (unicodedata.name(letter, "") for letter in word if letter.isalpha())
    return len({name.startswith("LATIN") for name in letters}) > 1


def _names(text: str, rows: Rows) -> Iterator[str]:
    """Hosts and accounts in the text: those that the answer has, and what is called one."""
    called = {_bare(match[1]).lower() for match in _CALLED.finditer(text)}
    known = _names_in(rows)
    for match in _TOKEN.finditer(text):
        name = _bare(match[0])
        word = name.lower()
        if len(name) < _SHORTEST_NAME:
            continue
        if word in known:
            if _TELLING.search(word) or word in called:
                yield name
        elif word in called and _INVENTABLE.match(name):
            yield name


def _bare(token: str) -> str:
    """A name without the sentence's punctuation and without the domain before `\\`."""
    name = token.rstrip(".-'\\")
    return name.partition("\\")[2] if name.count("\\") == 1 else name


def _names_in(rows: Rows) -> frozenset[str]:
    """Host and account names of the whole answer in lower case, also without their domain."""
    import pyarrow.compute as pc

    names: set[str] = set()
    for position, column in enumerate(rows.columns):
        if column.type is KqlType.STRING and _NAME_COLUMN.search(column.name):
            values = pc.unique(rows.table.column(position)).to_pylist()
            names.update(value.lower() for value in values if value)
    return frozenset(names | {_short(name) for name in names})


def _short(name: str) -> str:
    """`win-07` of `win-07.corp.example`, `alice` of `corp\\alice` and `alice@corp.example`."""
    name = name.rpartition("\\")[2]
    local, at, _ = name.partition("@")
    return local if at else name.partition(".")[0]


def _count_doubts(text: str, cited: CitedRows) -> Iterator[str]:
    """A count over the number of rows, where nothing in the rows counts either."""
    rows = cited.rows
    if any(_COUNTING_COLUMN.search(column.name) for column in rows.columns):
        return
    for match in _COUNTED.finditer(text):
        number = int(match[1].replace(",", ""))
        if _NO_COUNT.search(text[max(0, match.start() - 20) : match.start()]):
            continue
        if number > rows.count and not cited.holds(str(number)):
            yield f"It counts {shown(match[0])}, but the result has {rows.count:,} rows."
