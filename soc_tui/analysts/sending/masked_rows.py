"""Rows with their secrets masked. Pure; about a second for 100,000 distinct cells."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, replace

from soc_tui.analysts.secrets.finder import Masks, Secret
from soc_tui.model.catalog import Column, KqlType
from soc_tui.model.rows import Rows
from soc_tui.rows.changed_cells import changed_cells

_TEXTS = frozenset({KqlType.STRING, KqlType.DYNAMIC})
# A column whose cells are secrets, whatever they look like; Azure adds the type to custom ones.
_SECRET_COLUMN = re.compile(
    r"(?:password|passwd|passphrase|client_?secret|api_?key|access_?token|refresh_?token)"
    r"(?:_[sg])?\Z",
    re.IGNORECASE,
)
_NO_SECRET = re.compile(r"[\d.:\-TZ ]*|true|false|null|none|\*+|\[secret-.*", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class MaskedRows:
    """The rows as they may be sent.

    Attributes:
        cells: How many cells hold a secret.
        secrets: How many different ones.
    """

    rows: Rows
    cells: int = 0
    secrets: int = 0


def masked(rows: Rows, masks: Masks | None = None) -> MaskedRows:
    """The rows with a mark in place of each secret. Each distinct cell is read once."""
    masks = masks or Masks()
    before = len(masks.marks)
    table, cells = rows.table, 0
    for position, column in enumerate(rows.columns):
        if column.type not in _TEXTS:
            continue
        cell = _cell_masker(column, masks)
        found, count = changed_cells(table.column(position), cell)
        if count:
            table = table.set_column(position, table.schema.field(position), found)
            cells += count
    shown = replace(rows, table=table) if cells else rows
    return MaskedRows(shown, cells, len(masks.marks) - before)


def _cell_masker(column: Column, masks: Masks) -> Callable[[str], str]:
    def whole(cell: str) -> str:
        if len(cell) < 4 or _NO_SECRET.fullmatch(cell):
            return cell
        return masks.mark(cell, Secret(0, len(cell), "password"))

    def part(cell: str) -> str:
        return masks.masked(cell, column.name)

    return whole if _SECRET_COLUMN.search(column.name) else part
