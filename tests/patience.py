"""How long a test waits for what must happen. A machine may be busy with much else."""

import time
from collections.abc import Callable

PATIENCE_SECONDS = 120.0


def until(happened: Callable[[], object], what: str) -> None:
    """Wait for it. Blocks: of another thread or process; an app has ways of its own to wait."""
    give_up = time.monotonic() + PATIENCE_SECONDS
    while not happened():
        assert time.monotonic() < give_up, f"never: {what}"
        time.sleep(0.01)
