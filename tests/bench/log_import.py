"""How long an import takes and how much memory: `python -m tests.bench.log_import [MB] [FILE ...]`.

Without files: a made CSV of Defender's process events of so many MB (200). With files: those.
"""

from __future__ import annotations

import csv
import resource
import sys
import tempfile
import time
from pathlib import Path

from soc_tui.files.log_import import tables_of
from soc_tui.guardrails.catalog import load_catalog
from soc_tui.workspaces.local.log_import.load import import_files

_HEADER = (
    "Timestamp", "DeviceName", "ActionType", "FileName", "FolderPath", "SHA256", "ProcessId",
    "ProcessCommandLine", "AccountDomain", "AccountName", "InitiatingProcessFileName",
    "InitiatingProcessId", "ReportId", "AdditionalFields",
)  # fmt: skip


def _made(path: Path, megabytes: int) -> None:
    with path.open("w", newline="", encoding="utf-8") as stream:
        writer = csv.writer(stream)
        writer.writerow(_HEADER)
        number = 0
        while stream.tell() < megabytes << 20:
            for number in range(number, number + 10_000):  # noqa: B020
                clock = f"{number % 24:02}:{number % 60:02}:03.1234567Z"
                writer.writerow(
                    [
                        f"2026-11-{1 + number % 28:02}T{clock}",
                        f"host-{number % 997}.corp.test", "ProcessCreated", "powershell.exe",
                        "C:\\Windows\\System32\\WindowsPowerShell\\v1.0\\powershell.exe",
                        f"{number:064x}", number % 65_536,
                        f'powershell.exe -nop -File "C:\\scripts\\job {number}.ps1" -Verbose',
                        "corp", f"user{number % 1_999}", "services.exe", number % 4_096, number,
                        f'{{"IntegrityLevel":"Medium","n":{number}}}',
                    ]
                )  # fmt: skip
            number += 1


def main() -> None:
    """Print MB, seconds, MB/s, rows and the peak of memory."""
    words = sys.argv[1:]
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        files = [Path(word) for word in words if not word.isdigit()]
        if not files:
            files = [folder / "made.csv"]
            _made(files[0], int(words[0]) if words else 200)
        known = tables_of(load_catalog())
        size = sum(file.stat().st_size for file in files) / 1e6
        before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        started = time.perf_counter()
        report = import_files(folder / "bench.duckdb", None, files, known=known)
        took = time.perf_counter() - started
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(
        f"{size:,.0f} MB in {took:.1f} s ({size / took:.0f} MB/s): {report.rows:,} rows into "
        f"{', '.join(table.table for table in report.tables)}; peak {peak:,.0f} MB "
        f"(before {before:,.0f} MB)"
    )


if __name__ == "__main__":
    main()
