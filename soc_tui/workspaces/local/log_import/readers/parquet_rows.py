"""Parquet in a temporary table with its own types."""

from __future__ import annotations

import duckdb

from soc_tui.model.catalog import KqlType
from soc_tui.model.sql_text import quoted_name, quoted_text
from soc_tui.model.time_columns import TIME_COLUMNS
from soc_tui.workspaces.local.duckdb_sandbox import kql_type
from soc_tui.workspaces.local.log_import.readers.source import (
    NOT_OF_THE_FILE,
    Reading,
    Source,
    named,
    plainly_named,
)
from soc_tui.workspaces.local.log_import.text_files import bad_file


def read_parquet(task: Reading) -> Source:
    """Read a Parquet file. FileImportError: it cannot be read."""
    con, path, table = task.con, task.path, task.table
    link = plainly_named(path, task.folder / f"{table}.parquet")
    try:
        relation = con.sql(f"SELECT * FROM read_parquet({quoted_text(str(link))})")
        names, notes = named(task, relation.columns)
        kinds = dict(zip(names, (str(kind) for kind in relation.types), strict=True))
        fields = ", ".join(
            f"{quoted_name(old)} AS {quoted_name(new)}" for new, old in names.items()
        )
        con.execute(
            f"CREATE TEMP TABLE {table} AS"
            f" SELECT {fields} FROM read_parquet({quoted_text(str(link))})"
        )
    except NOT_OF_THE_FILE:
        raise
    except (duckdb.Error, RuntimeError) as error:  # RuntimeError: a name that is no UTF-8
        raise bad_file(path, "this is not a readable Parquet file.") from error
    types: dict[str, KqlType | None] = {name: kql_type(kind) for name, kind in kinds.items()}
    texts = [name for name, kind in kinds.items() if kind == "VARCHAR"]
    for name in [n for n in TIME_COLUMNS if n in texts]:
        types[name] = KqlType.DATETIME
    return Source(path, table, names, types, lambda row: None, kinds, notes=notes)
