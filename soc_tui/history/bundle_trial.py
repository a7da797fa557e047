"""Reads a foreign bundle in a separate process before this one reads it.

pyarrow ends the whole process at some damaged Parquet (a C++ exception that nobody catches), and
no look at its metadata tells how much memory its pages take.
"""

from __future__ import annotations

import contextlib
import json
import os
import subprocess
import sys
from pathlib import Path

from soc_tui.history.bundle_file import unpack
from soc_tui.model.child_environment import without_keys
from soc_tui.model.errors import HistoryError
from soc_tui.model.inert import inert

_MOST_MEMORY = 8 << 30  # bytes; a bundle of the largest parts takes a good 2 GiB
_MOST_SECONDS = 120


def try_out(path: Path) -> None:
    """Blocks for half a second and as long as `unpack` takes.

    Raises:
        HistoryError: of `unpack`, or the process that read it did not end well.
    """
    environment = {
        **without_keys(os.environ),
        "PYTHONPATH": os.pathsep.join(filter(None, sys.path)),
    }
    command = [sys.executable, "-P", "-m", __name__, str(path.absolute())]
    with contextlib.suppress(subprocess.TimeoutExpired):
        done = subprocess.run(  # noqa: S603 - our own interpreter and module
            command, env=environment, capture_output=True, timeout=_MOST_SECONDS, check=False
        )
        if done.returncode == 0:
            if done.stdout:
                raise HistoryError(*json.loads(done.stdout))
            return
    raise HistoryError(
        f"{inert(path.name, 80)} cannot be replayed.",
        "Reading its rows crashed, or took more memory or time than any bundle needs.",
        "Make one with: soc-tui history bundle ID FILE",
    )


def _main(path: Path) -> None:
    with contextlib.suppress(ImportError, ValueError, OSError):  # not on Windows
        import resource

        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
        resource.setrlimit(resource.RLIMIT_AS, (_MOST_MEMORY, _MOST_MEMORY))
    try:
        unpack(path)
    except HistoryError as error:
        print(json.dumps([error.what, error.why, error.next_step]), flush=True)
    os._exit(0)  # at an orderly end pyarrow's threads abort now and then


if __name__ == "__main__":
    _main(Path(sys.argv[1]))
