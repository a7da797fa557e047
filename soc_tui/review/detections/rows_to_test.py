"""The rows that a drafted rule must hit, and near ones that it must leave alone, as JSON."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Iterator, Sequence
from typing import Any

from soc_tui.model.rows import Rows
from soc_tui.review.detections.draft import Draft
from soc_tui.rows.values import json_value


def rows_to_test(draft: Draft, rows: Rows, now: dt.datetime) -> str:
    """`{"rule", "table", "written", "hits": [...], "leaves": [...]}`; cells without a value not."""
    document = {
        "rule": draft.id,
        "table": draft.table,
        "written": now.isoformat(timespec="seconds"),
        "hits": list(_records(rows, draft.cited)),
        "leaves": list(_records(rows, draft.near)),
    }
    return json.dumps(document, indent=1) + "\n"


def _records(rows: Rows, indices: Sequence[int]) -> Iterator[dict[str, Any]]:
    kinds = {column.name: column.type for column in rows.columns}
    for row in indices:
        for record in rows.table.slice(row, 1).to_pylist():
            yield {
                name: json_value(value, kinds[name])
                for name, value in record.items()
                if value is not None
            }
