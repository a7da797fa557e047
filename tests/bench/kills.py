"""Kills hunts at random moments and counts what is lost, and what is counted wrongly.

    python -m tests.bench.kills [KILLS] [SEED]

Each hunt runs in a process of its own against a loopback server. After each kill the ledger is
settled as the next start does it. Said at the end, and all to be 0: findings that were shown and
are not in the history, requests that are not in the ledger, and calls counted on top of those that
were in flight. One in ten is gone on with; findings of its rows that it then lacks are counted too.
"""

from __future__ import annotations

import asyncio
import contextlib
import io
import multiprocessing
import os
import random
import signal
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

from soc_tui.history.ledger import Ledger
from soc_tui.history.session import Session
from soc_tui.history.store import History
from soc_tui.model.hunt import Status
from tests.analysts.openai.cases import NOW
from tests.hunting import cut_off_hunt
from tests.wire import openai_faults as wire
from tests.wire.openai_server import OpenAIServer

ROWS = 2_000
AT_ONCE = 6
_ANSWER_SECONDS = 0.05
_RESUMED = 10


@dataclass
class Counts:
    """All together. `stages` counts kills by how far the hunt had come."""

    lost_findings: int = 0
    uncounted: int = 0
    overcounted: int = 0
    most_over: int = 0
    resumed: int = 0
    missing_after_resume: int = 0
    not_offered: int = 0


def _child(home: str, base_url: str, key: str, out: int) -> None:
    os.dup2(out, 1)
    sys.stdout = io.TextIOWrapper(os.fdopen(1, "wb", closefd=False), write_through=True)
    asyncio.run(cut_off_hunt._main(Path(home), base_url, key, ROWS))


def _run(home: Path, server: OpenAIServer, seconds: float | None) -> tuple[str, float]:
    """What it printed until it was killed, and how long it ran, seconds."""
    shown = home / "shown"
    with shown.open("wb") as out:
        context = multiprocessing.get_context("fork")
        process = context.Process(
            target=_child, args=(str(home), server.base_url, server.api_key, out.fileno())
        )
        began = time.monotonic()
        process.start()
        process.join(seconds)
        if process.is_alive() and process.pid:
            os.kill(process.pid, signal.SIGKILL)
        process.join()
    return shown.read_text(), time.monotonic() - began


def _check(home: Path, shown: str, requests: int, counts: Counts) -> None:
    ledger = Ledger(home / "ledger.sqlite3", Session(home / "ledger-sessions"))
    ledger.settle()
    calls = sum(day.calls for day in ledger.days(5))
    ledger.close()
    counts.uncounted += max(0, requests - calls)
    counts.most_over = max(counts.most_over, calls - requests)
    counts.overcounted += max(0, calls - requests - AT_ONCE)
    history = History(home / "history.sqlite3")
    hunts = history.summaries()
    told = {line.split()[1] for line in shown.splitlines() if line.startswith("finding")}
    known = {finding.id for hunt in hunts for finding in history.load(hunt.id).findings}
    counts.lost_findings += len(told - known)
    begun = shown.splitlines()[-1:]
    if begun and begun != ["ended"] and requests:
        counts.not_offered += not any(
            hunt.status in {Status.INTERRUPTED, Status.PLANNED, Status.QUERIED, Status.QUOTED}
            or hunt.status is Status.FOUND
            for hunt in hunts
        )
    history.close()


async def _resume(home: Path, server: OpenAIServer, all_rows: int, counts: Counts) -> None:
    async with cut_off_hunt.opened(home, server.base_url, server.api_key, ROWS) as hunter:
        for told in await hunter.keeper.cut_off(NOW):
            hunt = (await hunter.keeper.reopen(told.id)).hunt
            if hunt.rows is None:
                continue
            with contextlib.redirect_stdout(io.StringIO()):
                hunt = await cut_off_hunt.followed(hunter.go_on(hunt))
                if hunt.status is Status.INTERRUPTED:
                    hunt = await cut_off_hunt.followed(hunter.hunt(hunt))
            counts.resumed += 1
            cited = {one.row_id for finding in hunt.findings for one in finding.evidence}
            counts.missing_after_resume += max(0, all_rows - len(cited))


def main(kills: int, seed: int) -> None:
    """Kill, check, and say the counts."""
    randomly = random.Random(seed)
    counts = Counts()
    with OpenAIServer() as server, tempfile.TemporaryDirectory() as name:
        server._http.handle_error = lambda *_: None  # type: ignore[method-assign]
        whole = Path(name) / "whole"
        whole.mkdir()
        server.next(*[wire.late(_ANSWER_SECONDS)] * 100)
        _, longest = _run(whole, server, None)
        history = History(whole / "history.sqlite3")
        (hunt,) = history.summaries()
        findings = history.load(hunt.id).findings
        history.close()
        all_rows = len({one.row_id for finding in findings for one in finding.evidence})
        print(f"whole: {len(findings)} findings, {len(server.requests)} calls, {longest:.1f} s")
        for number in range(kills):
            home = Path(name) / f"{number}"
            home.mkdir()
            before = len(server.requests)
            server._steps[:] = [wire.late(randomly.uniform(0, 2 * _ANSWER_SECONDS))] * 200
            shown, _ = _run(home, server, randomly.uniform(0.05, longest))
            _check(home, shown, len(server.requests) - before, counts)
            if number % _RESUMED == 0:
                asyncio.run(_resume(home, server, all_rows, counts))
            if sys.stderr.isatty() or number % 50 == 0:
                print(f"{number + 1} {counts}", file=sys.stderr, flush=True)
    print(f"{kills} kills: {counts}")


if __name__ == "__main__":
    main(*(int(word) for word in [*sys.argv[1:], "300", "7"][:2]))
