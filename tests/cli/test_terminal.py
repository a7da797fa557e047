"""With a human in front of it: the question, Ctrl+C, a reader that goes away."""

from __future__ import annotations

import json
import os
import select
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from soc_tui.history.store import History
from soc_tui.model.hunt import Status
from tests.patience import until
from tests.wire.openai_faults import late
from tests.wire.openai_server import OpenAIServer

try:
    import pty
except ModuleNotFoundError:
    pytest.skip("there is no pty", allow_module_level=True)

COMMAND = [sys.executable, "-m", "soc_tui"]
KQL = (
    'DeviceProcessEvents | where TimeGenerated > ago(7d) and FileName =~ "powershell.exe"'
    " | project TimeGenerated, DeviceName, FileName, ProcessCommandLine | take 40"
)
TIMEOUT_SECONDS = 60


@pytest.fixture
def query(tmp_path: Path) -> str:
    path = tmp_path / "query.kql"
    path.write_text(KQL)
    return str(path)


def status(home: Path) -> Status:
    history = History(home / "data" / "history.sqlite3")
    newest = history.summaries(1)[0]
    history.close()
    return newest.status


def answered(answer: bytes, *argv: str) -> tuple[int, str]:
    """Run on a pty, answer the question; exit code and what was on the screen."""
    pid, terminal = pty.fork()
    if pid == 0:
        os.execv(COMMAND[0], [*COMMAND, *argv])
    shown, asked = b"", False
    give_up = time.monotonic() + TIMEOUT_SECONDS
    try:
        while time.monotonic() < give_up:
            if not select.select([terminal], [], [], 0.1)[0]:
                continue
            try:
                piece = os.read(terminal, 65536)
            except OSError:  # Linux: the other end is closed
                break
            if not piece:
                break
            shown += piece
            if not asked and b"[y/N] " in shown:
                asked = True
                os.write(terminal, answer)
        else:
            os.kill(pid, signal.SIGKILL)
    finally:
        os.close(terminal)
        code = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
    return code, shown.decode()


@pytest.mark.parametrize(
    ("answer", "code", "outcome"),
    [
        (b"y\n", 0, Status.FOUND),
        (b"\n", 2, Status.CANCELLED),
        (b"\x04", 2, Status.CANCELLED),
        (b"\x03", 130, Status.CANCELLED),
    ],
)
def test_the_price_is_asked_for(
    demo_home: Path,
    model: OpenAIServer,
    query: str,
    answer: bytes,
    code: int,
    outcome: Status,
) -> None:
    got, shown = answered(answer, "hunt", "odd powershell", "--kql", query)
    assert got == code, shown
    assert status(demo_home) is outcome
    assert bool(model.requests) is (code == 0)
    assert "Traceback" not in shown


@pytest.mark.parametrize("name", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_cancelled_hunt_is_recorded(
    demo_home: Path, model: OpenAIServer, query: str, name: signal.Signals
) -> None:
    model.next(late(5 * TIMEOUT_SECONDS))
    process = subprocess.Popen(
        [*COMMAND, "hunt", "odd powershell", "--kql", query, "--yes", "--json"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        stdin=subprocess.DEVNULL,
        text=True,
    )
    until(lambda: model.requests, "a request")
    process.send_signal(name)
    out, err = process.communicate(timeout=TIMEOUT_SECONDS)
    assert process.returncode == 130, err
    wanted = Status.CANCELLED if name is signal.SIGINT else Status.INTERRUPTED
    assert json.loads(out)["status"] == wanted.value
    assert status(demo_home) is wanted
    assert err.endswith("Cancelled.\n")


def test_a_reader_that_goes_away(home: Path) -> None:
    reader, writer = os.pipe()
    os.close(reader)
    ran = subprocess.run(
        [*COMMAND, "config", "catalog"],
        check=False,
        stdout=writer,
        stderr=subprocess.PIPE,
        text=True,
    )
    os.close(writer)
    assert ran.returncode == 1
    assert ran.stderr == ""


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="only Linux has a full device")
def test_output_that_cannot_be_written_is_told(home: Path) -> None:
    with Path("/dev/full").open("w") as full:
        ran = subprocess.run(
            [*COMMAND, "config", "catalog"],
            check=False,
            stdout=full,
            stderr=subprocess.PIPE,
            text=True,
        )
    assert ran.returncode == 1
    assert ran.stderr.startswith("error: The output cannot be written: No space left")
    assert "internal error" not in ran.stderr and "Exception ignored" not in ran.stderr


def test_the_command_line_itself_imports_nothing_heavy(home: Path) -> None:
    heavy = "textual,asyncio,pandas,pyarrow,duckdb,openai,azure,tiktoken,sigma,pydantic,sqlite3"
    code = (
        "import sys, soc_tui.cli as cli, soc_tui.options as options;"
        "options.parser(''); cli.load_settings();"
        f"print([name for name in {heavy.split(',')!r} if name in sys.modules])"
    )
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert ran.stdout == "[]\n"
