"""A hunt as JSON with the rows that its findings cite."""

from __future__ import annotations

from typing import Any

from soc_tui.history.reports.markdown_and_json import document, json_text
from soc_tui.model.hunt import Hunt
from soc_tui.model.rows import Rows, row_index
from soc_tui.rows.copying import row_document


def hunt_json(hunt: Hunt) -> str:
    """The hunt's document with its rows, as text."""
    return json_text(hunt_document(hunt))


def hunt_document(hunt: Hunt) -> dict[str, Any]:
    """The hunt's document; each evidence item has its whole `row` beside the quoted cells.

    `row` is null where the rows are gone or the cited row does not exist.
    """
    data = document(hunt)
    for finding in data["findings"]:
        for item in finding["evidence"]:
            item["row"] = row_values(hunt.rows, item["row_id"]) if hunt.rows else None
    return data


def row_values(rows: Rows, row_id: str) -> dict[str, Any] | None:
    """The row of that id as JSON values by column name, or None when there is no such row."""
    index = row_index(row_id, rows.count)
    return None if index is None else row_document(rows, index)
