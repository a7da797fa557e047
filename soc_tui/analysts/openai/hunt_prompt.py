"""The prompt of a hunting call."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from soc_tui.analysts import HuntTask, prompts
from soc_tui.analysts.openai.findings_schema import schema
from soc_tui.analysts.packing.cell_text import escape
from soc_tui.analysts.packing.pack import Packed
from soc_tui.analysts.packing.time_chunks import Part


def messages(task: HuntTask, packed: Packed, part: Part | None = None) -> list[dict[str, str]]:
    """The conversation: rules that name the boundary, then the question and the rows."""
    system = prompts.load("hunter").render(
        boundary=packed.boundary, guidance=_guidance(task.table_name)
    )
    table = f"Main table: {task.table_name}\n" if task.table_name else ""
    question = task.request or "Hunt for anything malicious or suspicious."
    user = (
        f"Request of the analyst: {question}\n\n{table}Query that gave the rows:\n{task.kql}\n\n"
        f"{_rows_line(packed, part or Part())}\n{packed.text}"
    )
    return [{"role": "system", "content": system}, {"role": "user", "content": user}]


def response_format() -> dict[str, Any]:
    """Structured output, strict."""
    return {
        "type": "json_schema",
        "json_schema": {"name": "findings", "strict": True, "schema": schema()},
    }


def _rows_line(packed: Packed, part: Part) -> str:
    unseen = packed.unseen
    if part.total == 1:
        return f"{unseen.rows_total:,} rows ({escape(unseen.summary())}):"
    own = replace(unseen, rows_total=unseen.rows_sent, rows_cut=0)
    return (
        f"Part {part.number} of {part.total} along time: {unseen.rows_sent:,} of "
        f"{unseen.rows_total:,} rows ({escape(own.summary())}). The other parts are read apart; "
        "report what this one shows:"
    )


def _guidance(table: str) -> str:
    known = prompts.guidance(table)
    return f"About this table (leads, no proof)\n{known}\n" if known else ""
