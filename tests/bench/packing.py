"""Tokens per row: plain CSV against packed. Run: python -m tests.bench.packing [FILE ...]

Each table of the demo workspace is asked as the app asks it (usual fields, last 24 hours, newest
first, 10,000 rows at most; a week where that gives fewer than 100 rows). Files named, or else those
in ../shared/data, are imported: a file called as a table of the catalog shows that table's usual
fields, any other all of its columns, and 10,000 rows at most. CSV is what the seed script sends:
pandas' to_csv(index=False). Tokens are o200k's. Packed text is read back and compared with the
cells.
"""

from __future__ import annotations

import asyncio
import re
import statistics
import sys
import tempfile
import time
from collections.abc import AsyncIterator
from pathlib import Path

from soc_tui.analysts.packing.cell_text import cell_text
from soc_tui.analysts.packing.pack import pack
from soc_tui.analysts.packing.token_count import count_tokens
from soc_tui.demo.workspace import ensure_demo
from soc_tui.guardrails.catalog import load_catalog
from soc_tui.kql.writing.build import build
from soc_tui.model.limits import Limits
from soc_tui.model.plan import Plan
from soc_tui.model.rows import Rows
from soc_tui.workspaces.local.log_import.load import import_files
from soc_tui.workspaces.local.workspace import LocalWorkspace
from tests.wire.unpacking import unpack

SHARED = Path(__file__).parents[3] / "shared" / "data"
FORMATS = (".csv", ".csv.gz", ".json", ".jsonl", ".jsonl.gz", ".parquet", ".tsv")
FEW_ROWS = 100
MOST_ROWS = 10_000


def main() -> None:
    files = [Path(name) for name in sys.argv[1:]] or sorted(
        path for path in SHARED.glob("**/*") if path.name.endswith(FORMATS)
    )
    asyncio.run(_measure(files))


async def _measure(files: list[Path]) -> None:
    shares = []
    print("o200k tokens per row")
    print(f"{'table':26}{'rows':>8}{'csv':>9}{'packed':>9}{'share':>7}{'seconds':>9}")
    with tempfile.TemporaryDirectory() as folder:
        async for name, rows in _answers(Path(folder), files):
            shares.append(_report(name, rows))
    print(f"median share {statistics.median(shares):.1%} over {len(shares)} tables")


def _report(name: str, rows: Rows) -> float:
    csv = count_tokens(rows.table.to_pandas().to_csv(index=False))
    started = time.perf_counter()
    text = pack(rows).text
    seconds = time.perf_counter() - started
    ours = count_tokens(text)
    same = unpack(pack(rows, max_cell_chars=10**9).text).columns == {
        column.name: [cell_text(v, column.type) for v in rows.table.column(i).to_pylist()]
        for i, column in enumerate(rows.columns)
    }
    share = ours / csv
    print(
        f"{name:26}{rows.count:8,}{csv / rows.count:9.1f}{ours / rows.count:9.1f}{share:7.0%}"
        f"{seconds:9.2f}  {'same cells' if same else 'CELLS DIFFER'}"
    )
    return share


async def _answers(folder: Path, files: list[Path]) -> AsyncIterator[tuple[str, Rows]]:
    demo = folder / "demo.duckdb"
    ensure_demo(demo)
    catalog = load_catalog()
    workspace = LocalWorkspace(demo)
    present = await workspace.schema()
    for table in catalog.tables:
        if table not in present:
            continue
        for hours in (24, 168):
            query = build(Plan(table, (), hours, ""), catalog, Limits())
            rows = await workspace.query(query.kql)
            if rows.count >= FEW_ROWS:
                break
        if rows.count:
            yield table, rows
    for number, path in enumerate(files):
        imported = folder / f"{number}.duckdb"
        report = import_files(imported, re.sub(r"\W", "_", path.name.partition(".")[0]), [path])
        known = catalog.table(report.table)
        names = {column.name for column in report.columns}
        fields = [name for name in known.default_fields if name in names] if known else []
        project = f" | project {', '.join(fields)}" if fields else ""
        kql = f"{report.table}{project} | take {MOST_ROWS}"
        yield path.name, await LocalWorkspace(imported).query(kql)


if __name__ == "__main__":
    main()
