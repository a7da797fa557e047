"""A hunt in a process of its own, to be killed at any moment: its home, its calls, what it showed.

    python -m tests.hunting.cut_off_hunt HOME BASE_URL KEY ROWS

prints a line for each step that it begins and each finding that it shows.
"""

from __future__ import annotations

import asyncio
import contextlib
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator
from decimal import Decimal
from pathlib import Path

from soc_tui.analysts.openai.analyst import OpenAIAnalyst
from soc_tui.analysts.openai.endpoint import Endpoint
from soc_tui.guardrails.catalog import load_catalog
from soc_tui.history.bundle_folder import BundleFolder
from soc_tui.history.ledger import Ledger
from soc_tui.history.session import Session
from soc_tui.history.store import History
from soc_tui.hunting.hunter import Hunter
from soc_tui.hunting.spend_control import Spending
from soc_tui.model.events import Event, FindingArrived, FindingsMerged, StepFailed
from soc_tui.model.hunt import Hunt
from soc_tui.model.limits import Limits, ModelSpec
from soc_tui.model.rows import Rows
from tests.analysts.openai.cases import ENCODED, NOW, rows_of
from tests.hunting.test_hunter import MemoryWorkspace
from tests.wire.openai_server import OpenAIServer

REQUEST = "suspicious powershell in the last 3 days"
SMALL = ModelSpec(
    "gpt-5-mini",
    9_000,
    max_output_tokens=2_000,
    input_price=Decimal("0.25"),
    output_price=Decimal("2.00"),
)
"""A model whose context takes a part of the rows only."""


def rows(count: int) -> Rows:
    """One in ten is worth a finding, on a host of its own."""
    lines = [
        f"{ENCODED}{number:04}" if number % 10 == 0 else f"notepad.exe C:\\notes\\{number:04}.txt"
        for number in range(count)
    ]
    made = rows_of(lines)
    hosts = made.table.column("ProcessCommandLine").to_pylist()
    import pyarrow as pa

    at = made.table.column_names.index("DeviceName")
    named = pa.array([f"ws-{number:04}" for number in range(len(hosts))])
    return Rows(made.table.set_column(at, "DeviceName", named), made.columns)


@contextlib.asynccontextmanager
async def opened(home: Path, base_url: str, key: str, count: int) -> AsyncIterator[Hunter]:
    """A hunter of that home, a run of the program of its own."""
    run = Session(home / "ledger-sessions")
    spending = Spending(Limits(), Ledger(home / "ledger.sqlite3", run), run.id, lambda: NOW)
    history = History(home / "history.sqlite3")
    hunter = Hunter(
        workspace=MemoryWorkspace(rows(count)),
        analyst=OpenAIAnalyst(
            endpoint=Endpoint(base_url, key),
            model=SMALL.name,
            tier="4",
            models={SMALL.name: SMALL},
            limits=Limits(),
            timeout_seconds=10,
            budget=spending.budget,
        ),
        catalog=load_catalog(),
        limits=Limits(),
        history=history,
        bundles=BundleFolder(home / "bundles", 50),
        spending=spending,
        now=lambda: NOW,
    )
    try:
        yield hunter
    finally:
        await hunter.aclose()
        history.close()
        run.close()


async def followed(step: AsyncIterator[Event]) -> Hunt:
    """The state after a step; each finding is printed as it is shown."""
    async for event in step:
        hunt = event.hunt
        if isinstance(event, StepFailed):
            raise event.error
        if isinstance(event, FindingArrived | FindingsMerged):
            print(f"finding {event.finding.id}", flush=True)
    return hunt


async def _main(home: Path, base_url: str, key: str, count: int) -> None:
    async with opened(home, base_url, key, count) as hunter:
        print("planning", flush=True)
        hunt = await followed(hunter.plan(REQUEST))
        print("querying", flush=True)
        hunt = await followed(hunter.query(hunt, hunt.kql))
        hunt = await followed(hunter.quote(hunt))
        print("hunting", flush=True)
        await followed(hunter.hunt(hunt))
        print("ended", flush=True)


@contextlib.contextmanager
def running(home: Path, server: OpenAIServer, count: int) -> Iterator[subprocess.Popen[str]]:
    """The process; killed at the end where it still runs."""
    command = [sys.executable, "-m", __name__, str(home), server.base_url, server.api_key]
    with subprocess.Popen(
        [*command, str(count)], stdout=subprocess.PIPE, stdin=subprocess.DEVNULL, text=True
    ) as process:
        try:
            yield process
        finally:
            process.kill()


if __name__ == "__main__":
    asyncio.run(_main(Path(sys.argv[1]), sys.argv[2], sys.argv[3], int(sys.argv[4])))
