"""How long a start takes with a folder of Sigma rules: with nothing kept, and with all of it.

Run: `python -m tests.bench.rule_start [FOLDER]`

Each start is a process of its own. FOLDER is any with rules (*.yml, or below it), for example a
checkout of SigmaHQ's; without one, ours alone. "screen" is the longest time for which the main
thread, which wakes every 5 ms as a screen would, was kept waiting. "memory" is the peak of the
program itself, and of the largest process that compiles for it.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path


def start(folder: Path | None) -> None:
    """One start: load all rules in the background, print one line."""
    import resource

    from soc_tui.analysts.offline.sigma.rule_library import RuleLibrary
    from soc_tui.config.paths import cache_dir
    from soc_tui.opening.open_rules import CacheFile

    began, processor = time.perf_counter(), time.process_time()
    loading = RuleLibrary(folder, CacheFile(cache_dir() / "rules.json")).begin()
    longest, woke = 0.0, time.perf_counter()
    while not loading.done():
        time.sleep(0.005)
        now = time.perf_counter()
        longest, woke = max(longest, now - woke), now
    wall, processor = time.perf_counter() - began, time.process_time() - processor
    book = loading.result()
    peaks = [resource.getrusage(who).ru_maxrss // 1024 for who in (0, resource.RUSAGE_CHILDREN)]
    children = resource.getrusage(resource.RUSAGE_CHILDREN)
    print(
        f"{len(book.rules):>5} rules {len(book.problems):>5} left out  {wall:6.2f} s"
        f"  processor {processor:5.2f} s, of others {children.ru_utime:5.2f} s"
        f"  screen {1000 * longest:4.0f} ms  memory {peaks[0]} MB, {peaks[1]} MB"
    )


def main() -> None:
    folder = sys.argv[1:2]
    if sys.argv[2:] == ["once"]:
        start(Path(folder[0]) if folder[0] else None)
        return
    with tempfile.TemporaryDirectory() as home:
        for name in ("nothing kept", "all kept", "all kept"):
            print(f"{name:<13}", end="", flush=True)
            subprocess.run(
                [sys.executable, "-m", "tests.bench.rule_start", *(folder or [""]), "once"],
                env={**os.environ, "SOC_TUI_HOME": home},
                check=True,
            )


if __name__ == "__main__":
    main()
