"""Turns rule hits into a finding, with citations and indicators."""

from __future__ import annotations

import base64
import binascii
import dataclasses
import datetime as dt
import hashlib
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from soc_tui.analysts.grounding import attack_ids
from soc_tui.analysts.grounding.check_finding import ground
from soc_tui.analysts.offline.sigma.indicators import INDICATOR_COLUMNS, indicators
from soc_tui.analysts.offline.sigma.rule import Rule
from soc_tui.analysts.packing.cell_text import cell_text, escape
from soc_tui.model.finding import Confidence, Evidence, Finding, Mitre, Quotation, Severity
from soc_tui.model.rows import Rows, row_id
from soc_tui.model.time_columns import time_column

MOST_CITED = 20
_LAST = dt.datetime.max.replace(tzinfo=dt.UTC)
_MOST_QUOTED = 8
_MOST_NAMED = 12
_LONGEST_QUOTE = 400
_ENTITIES = ("DeviceName", "UserPrincipalName", "Caller", "AccountName", "VM_s", "Title")
_ENCODED = re.compile(r"[-/–—][Ee](?:[Nn][A-Za-z]*|[Cc])?\s+[\"']?([A-Za-z0-9+/=]{16,})")


class Cells:
    """Cells of the rows as text, in the rendering that grounding compares with."""

    def __init__(self, rows: Rows) -> None:
        self.rows = rows
        self.moment = time_column(rows.columns)
        self._columns = {
            column.name: (position, column.type) for position, column in enumerate(rows.columns)
        }

    def text(self, row: int, column: str) -> str:
        """One cell; empty when the rows have no such column."""
        if column not in self._columns:
            return ""
        position, kind = self._columns[column]
        return cell_text(self.rows.table.column(position)[row].as_py(), kind)

    def first_of(self, rows: Sequence[int], columns: Sequence[str]) -> list[str]:
        """For each row the first of these columns that is not empty, else an empty text."""
        found = [""] * len(rows)
        for name in columns:
            if name in self._columns and not all(found):
                position, kind = self._columns[name]
                values = self.rows.table.column(position).take(list(rows)).to_pylist()
                pairs = zip(found, values, strict=True)
                found = [text or cell_text(value, kind) for text, value in pairs]
        return found

    def order(self, row: int) -> tuple[dt.datetime, int]:
        """Sorts rows by time; those without one come last."""
        value = self.rows.table.column(self.moment)[row].as_py() if self.moment else None
        return (value if isinstance(value, dt.datetime) else _LAST, row)

    def time(self, row: int) -> str:
        """When the row was, to the second, as it stands in a sentence."""
        value = self.rows.table.column(self.moment)[row].as_py()
        if not isinstance(value, dt.datetime):
            return "an unknown time"
        return f"{value:%Y-%m-%d %H:%M:%S} UTC"

    def row(self, row: int, columns: Sequence[str]) -> dict[str, str]:
        """These cells of a row, by column; those that the rows do not have are left out."""
        return {name: self.text(row, name) for name in columns if name in self._columns}


@dataclass(frozen=True, slots=True)
class RuleHits:
    """What one rule matched.

    Attributes:
        rows: Row indexes in order of time; at least one.
        quoted: Columns to quote of a row, the most telling first.
    """

    rule: Rule
    rows: Sequence[int]
    quoted: Callable[[int], Sequence[str]]


def finding_of(
    hits: RuleHits, whom: Sequence[str], rows: Sequence[int], cells: Cells,
    *, everyday: bool = False, part_of: Sequence[str] = (),
) -> Finding:  # fmt: skip
    """A grounded finding of these hits of one rule.

    Args:
        whom: Names of the entities; of more than one the title has their number.
        everyday: Many do it day by day, so that it is less sure.
        part_of: Titles of the findings that these rows are a part of.
    """
    rule = hits.rule
    cited = _one_of_each(rule, rows, cells) if len(whom) > 1 else rows
    cited = _most_different(cited, cells, hits.quoted)
    name = short(whom[0]) if len(whom) == 1 else f"{len(whom):,} {_noun(rule)}"
    description = _description(rule, rows, cited, cells)
    if len(whom) > 1:
        more = f" and {len(whom) - _MOST_NAMED:,} more" if len(whom) > _MOST_NAMED else ""
        named = ", ".join(short(one, 60) for one in whom[:_MOST_NAMED])
        description += f" {_noun(rule).capitalize()}: {named}{more}."
    if everyday:
        description += " They did the same over days, as software does that runs everywhere."
    finding = Finding(
        id=_finding_id(rule, whom[0] if len(whom) == 1 else f"many {everyday}"),
        title=f"{rule.title}: {name}" if name else rule.title,
        description=description,
        confidence=Confidence.LOW if everyday else rule.confidence,
        severity=Severity.LOW if everyday and _ordinary(rule) else rule.severity,
        mitre=references(rule, cited, cells),
        iocs=indicators(cells.row(row, INDICATOR_COLUMNS) for row in cited),
        evidence=tuple(citation(row, cells, hits.quoted(row)) for row in cited),
        recommendations=rule.recommendations,
        tags=("offline", *rule.tags),
        notes=_notes(rule, part_of),
    )
    return keep_grounded(finding, cells.rows)


def _ordinary(rule: Rule) -> bool:
    """Whether its hits can be ordinary at all; what destroys is none."""
    return rule.severity not in (Severity.INFORMATIONAL, Severity.CRITICAL)


def entities(rule: Rule, rows: Sequence[int], cells: Cells) -> list[str]:
    """Of each row whom it is about: the rule's first entity that is there; correlations all."""
    columns = rule.entity or _ENTITIES
    whole = [(name,) for name in columns] if rule.correlation else [columns]
    parts = zip(*(cells.first_of(rows, names) for names in whole), strict=True)
    return [", ".join(filter(None, found)) for found in parts]


def _noun(rule: Rule) -> str:
    first = (rule.entity or _ENTITIES)[0]
    if first.startswith(("Device", "Computer", "HostName", "VM", "DestVm")):
        return "hosts"
    return "addresses" if "IP" in first else "accounts"


def _one_of_each(rule: Rule, rows: Sequence[int], cells: Cells) -> list[int]:
    """The first row of each entity."""
    first: dict[str, int] = {}
    for name, row in zip(entities(rule, rows, cells), rows, strict=True):
        first.setdefault(name.lower(), row)
    return list(first.values())


def _most_different(
    rows: Sequence[int], cells: Cells, quoted_columns: Callable[[int], Sequence[str]]
) -> list[int]:
    """Up to 20 rows: first those that differ in what is quoted, then the earliest of the rest."""
    if len(rows) <= MOST_CITED:
        return list(rows)
    seen: dict[tuple[str, ...], int] = {}
    for row in rows[:2_000]:
        key = tuple(cells.text(row, column) for column in quoted_columns(row)[:4])
        seen.setdefault(key, row)
    chosen = list(seen.values())[:MOST_CITED]
    rest = [row for row in rows[: 2 * MOST_CITED] if row not in set(chosen)]
    kept = set(chosen + rest[: MOST_CITED - len(chosen)])
    return [row for row in rows if row in kept]


def citation(row: int, cells: Cells, columns: Sequence[str]) -> Evidence:
    """The row with what is to be quoted of it, empty cells left out."""
    texts = ((column, cells.text(row, column)) for column in columns)
    quotations = tuple(
        Quotation(column, text[:_LONGEST_QUOTE]) for column, text in texts if text.strip()
    )
    return Evidence(row_id(row), quotations[:_MOST_QUOTED])


def _description(rule: Rule, rows: Sequence[int], cited: Sequence[int], cells: Cells) -> str:
    count = f"{len(rows):,} rows match" if len(rows) > 1 else "1 row matches"
    parts = [rule.description, f"{count}{_span(rows, cells)}."]
    if len(cited) < len(rows):
        parts.append(f"{len(cited)} of them are cited, the most distinct first.")
    decoded = dict.fromkeys(text for row in cited if (text := _decoded(cells, row)))
    parts += [f"Decoded command: {short(text, 600)}" for text in list(decoded)[:3]]
    return " ".join(parts)


def _span(rows: Sequence[int], cells: Cells) -> str:
    if not cells.moment:
        return ""
    first, last = cells.time(rows[0]), cells.time(rows[-1])
    return f", at {first}" if first == last else f", from {first} to {last}"


def _decoded(cells: Cells, row: int) -> str:
    """The script of `powershell -EncodedCommand`: Base64 of UTF-16 LE."""
    found = _ENCODED.search(cells.text(row, "ProcessCommandLine")[:50_000])
    if not found:
        return ""
    try:
        return base64.b64decode(found[1] + "=" * (-len(found[1]) % 4)).decode("utf-16-le")
    except (binascii.Error, UnicodeDecodeError):
        return ""


def references(rule: Rule, cited: Sequence[int], cells: Cells) -> tuple[Mitre, ...]:
    """ATT&CK references of the rule, then those that the cited rows name themselves."""
    texts = (cells.text(row, rule.techniques_from) for row in cited)
    ids = dict.fromkeys(one for text in texts for one in attack_ids.ids_in(text))
    return (*rule.mitre, *(attack_ids.reference(one) for one in ids))


def _notes(rule: Rule, part_of: Sequence[str]) -> str:
    notes = [f"Part of: {title}." for title in part_of]
    notes += [f"Sigma rule {rule.id} ({rule.origin}); no model was used."]
    if rule.falsepositives:
        notes.append("False positives: " + "; ".join(rule.falsepositives).rstrip(".") + ".")
    if rule.kql:
        notes.append(f"As KQL: {rule.kql}")
    return "\n".join(notes)


def _finding_id(rule: Rule, entity: str) -> str:
    return hashlib.sha256(f"{rule.id}\0{entity}".encode("utf-8", "replace")).hexdigest()[:16]


def short(text: str, longest: int = 120) -> str:
    """Untrusted text for use in a sentence, escaped and cut."""
    clean = escape(text, keep_marks=True)
    return clean if len(clean) <= longest else clean[:longest] + "…"


def keep_grounded(finding: Finding, rows: Rows) -> Finding:
    """Grounded; an indicator that grounding cannot find again is left out rather than doubted."""
    checked = ground(finding, rows, own_words=False)
    if checked.grounded or not finding.iocs:
        return checked
    kept = tuple(ioc for ioc in finding.iocs if _alone(finding, ioc, rows))
    return ground(dataclasses.replace(finding, iocs=kept), rows, own_words=False)


def _alone(finding: Finding, ioc: object, rows: Rows) -> bool:
    single = dataclasses.replace(finding, iocs=(ioc,))  # type: ignore[arg-type]
    return not any(
        "indicator" in doubt.lower() for doubt in ground(single, rows, own_words=False).doubts
    )
