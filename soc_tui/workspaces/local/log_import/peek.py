"""Reads the columns of an exported file from its start."""

from __future__ import annotations

import json
import tempfile
from pathlib import Path

from soc_tui.workspaces.local.log_import import text_files
from soc_tui.workspaces.local.log_import.column_types import clean_name

_HEAD_CHARS = 1 << 20


def columns_of(path: Path) -> tuple[str, ...]:
    """Names of the columns as an import would name them; of JSON those of its first record.

    Empty where they cannot be told without reading the whole file. Heavy imports. Blocks.

    Raises:
        FileImportError: there is no such file, or it is of no kind that can be imported.
    """
    if not path.is_file():
        raise text_files.no_file(path)
    suffixes = [suffix.casefold() for suffix in path.suffixes if suffix.casefold() != ".gz"]
    kind = suffixes[-1] if suffixes else ""
    if kind in (".parquet", ".pq"):
        return _named(_parquet(path))
    with tempfile.TemporaryDirectory(prefix="soc-tui-peek-") as folder:
        if kind in (".csv", ".tsv", ".txt"):
            text = text_files.as_utf8(path, Path(folder) / "text.csv")
            return _named(text_files.csv_header(text, path).cells)
        if kind in (".json", ".jsonl", ".ndjson"):
            return _named(_json(path, Path(folder)))
    raise text_files.bad_file(
        path,
        "files of this kind are not imported.",
        "Use CSV, TSV, JSON, JSONL or Parquet (text also as .gz).",
    )


def _named(names: list[str]) -> tuple[str, ...]:
    return tuple(filter(None, map(clean_name, names)))


def _parquet(path: Path) -> list[str]:
    import pyarrow as pa
    from pyarrow import parquet

    try:
        return [str(name) for name in parquet.read_schema(path).names]
    except (pa.ArrowException, OSError, UnicodeDecodeError) as error:
        raise text_files.bad_file(path, "this is not a readable Parquet file.") from error


def _json(path: Path, folder: Path) -> list[str]:
    text = text_files.as_utf8(path, folder / "text.json")
    shape = text_files.json_shape(text)
    if shape == "document":
        lines = folder / "records.jsonl"
        text_files.unwrap(text, path, lines)
        text = lines
    with text_files.open_bytes(text) as stream:
        head = stream.read(_HEAD_CHARS).decode("utf-8", "replace").lstrip("\ufeff \t\r\n[")
    try:
        record, _ = json.JSONDecoder().raw_decode(head)
    except (json.JSONDecodeError, RecursionError):
        return []  # the import says what is wrong, and where
    return [str(key) for key in record] if isinstance(record, dict) else []
