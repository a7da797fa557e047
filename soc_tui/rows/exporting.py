"""Exports rows as CSV, JSON lines, Parquet or Excel."""

from __future__ import annotations

import csv
import io
import json
import math
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from soc_tui.config import audit_log
from soc_tui.config.files import write_private
from soc_tui.model.catalog import KqlType
from soc_tui.model.errors import ConfigError
from soc_tui.model.inert import inert
from soc_tui.model.rows import Rows
from soc_tui.rows.values import json_value, value_text

if TYPE_CHECKING:
    import pyarrow as pa

EXCEL_ROWS = 1_048_575
"""Rows of one Excel sheet below its heading; a sheet has 1,048,576 rows."""
_EXCEL_COLUMNS = 16_384
_EXCEL_CELL = 32_767
_EXCEL_EXACT = 2**53
_BLOCK = 10_000
# The last four: full-width, which spreadsheets of East Asia take for the first four.
_FORMULA_STARTS = ("=", "+", "-", "@", "\uff1d", "\uff0b", "\uff0d", "\uff20")


def export_rows(
    rows: Rows,
    path: Path,
    order: Any = None,
    columns: tuple[str, ...] = (),
    *,
    raw: bool = False,
) -> int:
    """Write the rows to `path` in the form that its ending names; how many were written.

    In CSV and Excel what would act on a terminal or hide in a text is written as an escape; JSON
    lines and Parquet hold the values as they are in the log. CSV cells that a spreadsheet would run
    as a formula get a `'` in front; Excel cells are never formulas. An existing file is replaced.

    Args:
        order: 0-based indices of the rows to write, in order (an Arrow array); None for all.
        columns: Columns to write; empty for all.
        raw: CSV and Excel hold the texts as they are in the log too, formulas included.

    Raises:
        ConfigError: the ending is not known, the rows do not fit, or the file cannot be written.
    """
    writer = WRITERS.get(path.suffix.lower())
    if writer is None:
        raise ConfigError(
            f"{path.name} has no known file extension.",
            "",
            f"Use {', '.join(WRITERS)}.",
        )
    chosen = _chosen(rows, order, columns)
    write_private(path, writer(chosen, raw))
    told = {"of": "rows", "rows": chosen.count, "to": str(path)}
    audit_log.record("export", {**told, "raw": True} if raw else told)
    return chosen.count


def _chosen(rows: Rows, order: Any, columns: tuple[str, ...]) -> Rows:
    names = columns or rows.column_names
    places = [rows.column_names.index(name) for name in names]
    table = rows.table.select(places)
    return Rows(
        table if order is None else table.take(order), tuple(rows.columns[p] for p in places)
    )


def _records(rows: Rows) -> Iterator[list[Any]]:
    """Values row by row, without the whole answer as Python objects at once."""
    for start in range(0, rows.count, _BLOCK):
        block: pa.Table = rows.table.slice(start, _BLOCK)
        yield from (list(record) for record in zip(*(c.to_pylist() for c in block.columns)))  # noqa: B905


def _csv(rows: Rows, raw: bool) -> bytes:
    text = io.StringIO(newline="")
    writer = csv.writer(text)
    written = _as_it_is if raw else _not_a_formula
    writer.writerow(map(written, rows.column_names))
    kinds = [column.type for column in rows.columns]
    for record in _records(rows):
        cells = zip(record, kinds, strict=True)
        writer.writerow(_csv_cell(value, kind, written) for value, kind in cells)
    return text.getvalue().encode("utf-8", "backslashreplace")


def _csv_cell(value: Any, kind: KqlType, written: Callable[[str], str]) -> str:
    text = value_text(value)
    return written(text) if kind in {KqlType.STRING, KqlType.DYNAMIC} else text


def _as_it_is(text: str) -> str:
    return text


def _not_a_formula(text: str) -> str:
    # Source: https://owasp.org/www-community/attacks/CSV_Injection
    runs = text.startswith(("\t", "\r")) or text.lstrip().startswith(_FORMULA_STARTS)
    return f"'{inert(text)}" if runs else inert(text)


def _jsonl(rows: Rows, _: bool) -> bytes:
    lines = io.StringIO()
    for record in _records(rows):
        document = {
            column.name: json_value(value, column.type)
            for column, value in zip(rows.columns, record, strict=True)
        }
        lines.write(json.dumps(document) + "\n")
    return lines.getvalue().encode()


def _parquet(rows: Rows, _: bool) -> bytes:
    import pyarrow as pa
    import pyarrow.parquet as pq

    sink = pa.BufferOutputStream()
    pq.write_table(rows.table, sink, compression="zstd")
    return bytes(sink.getvalue().to_pybytes())


def _excel(rows: Rows, raw: bool) -> bytes:
    import xlsxwriter

    written = _writable if raw else inert

    for what, count, most in (
        ("rows", rows.count, EXCEL_ROWS),
        ("columns", len(rows.columns), _EXCEL_COLUMNS),
    ):
        if count > most:
            raise ConfigError(
                f"{count:,} {what} do not fit on an Excel sheet.",
                f"It holds {most:,}.",
                "Show fewer, or export as .parquet or .csv.",
            )
    sink = io.BytesIO()
    with xlsxwriter.Workbook(sink, {"in_memory": True}) as book:
        sheet = book.add_worksheet("Rows")
        bold = book.add_format({"bold": True})
        for place, name in enumerate(rows.column_names):
            sheet.write_string(0, place, written(name), bold)
        sheet.freeze_panes(1, 0)
        sheet.autofilter(0, 0, rows.count, max(0, len(rows.columns) - 1))
        for line, record in enumerate(_records(rows), 1):
            for place, value in enumerate(record):
                if not _write_cell(sheet, line, place, value, written):
                    raise ConfigError(
                        f"A cell of {inert(rows.columns[place].name, 80)} in row {line:,} does not "
                        "fit into Excel.",
                        f"Excel cells hold {_EXCEL_CELL:,} characters.",
                        "Hide the column, or export as .parquet or .csv.",
                    )
    return sink.getvalue()


def _writable(text: str) -> str:
    """XML has no lone surrogates."""
    return text.encode("utf-8", "backslashreplace").decode()


def _write_cell(
    sheet: Any, line: int, place: int, value: Any, written: Callable[[str], str]
) -> bool:
    """Whether all of it was written."""
    if _is_excel_number(value):
        return bool(sheet.write_number(line, place, value) == 0)
    text = written(value_text(value))
    # Excel counts UTF-16 units, of which an emoji has two.
    units = len(text.encode("utf-16-le", "surrogatepass")) // 2
    fits = units <= _EXCEL_CELL
    return fits and (not text or bool(sheet.write_string(line, place, text) == 0))


def _is_excel_number(value: Any) -> bool:
    """Whether Excel's doubles hold the value exactly; times stay texts in UTC."""
    if isinstance(value, float):
        return math.isfinite(value)
    return isinstance(value, int) and not isinstance(value, bool) and abs(value) < _EXCEL_EXACT


WRITERS: Mapping[str, Callable[[Rows, bool], bytes]] = {
    ".csv": _csv,
    ".jsonl": _jsonl,
    ".parquet": _parquet,
    ".xlsx": _excel,
}
"""Writers by the ending of the file; they are told whether texts are to be raw."""
