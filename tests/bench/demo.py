"""Time to make and to shift the demo workspace. Run: python tests/bench/demo.py"""

import datetime as dt
import tempfile
import time
from pathlib import Path

from soc_tui.demo.workspace import ensure_demo


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "demo.duckdb"
        started = time.perf_counter()
        ensure_demo(path)
        print(f"make   {time.perf_counter() - started:6.2f} s  {path.stat().st_size / 1e6:.1f} MB")
        for days in (1, 2, 3):
            later = dt.datetime.now(dt.UTC) + dt.timedelta(days=days)
            started = time.perf_counter()
            ensure_demo(path, now=later)
            print(f"shift  {time.perf_counter() - started:6.2f} s")


if __name__ == "__main__":
    main()
