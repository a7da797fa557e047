"""Rows for several calls: the quote says how many, the strip counts them, findings are joined."""

from __future__ import annotations

import re
from pathlib import Path

from soc_tui.model.hunt import Status
from soc_tui.tui.dialogs.quote import QuoteScreen
from soc_tui.tui.panes.query import QueryPane
from tests.tui.hands import run, running
from tests.wire.openai_faults import late
from tests.wire.openai_server import OpenAIServer

TINY = """
[models.tiny]
context_tokens = 9_000
max_output_tokens = 1_000
input_price = "0.10"
output_price = "0.40"
tokens_per_minute = { 1 = 1_000_000 }
"""


async def test_chunks_are_counted_and_joined(home: Path) -> None:
    (home / "config").mkdir()
    (home / "config" / "models.toml").write_text(TINY)
    with OpenAIServer() as model:
        environ = {
            "OPENAI_API_KEY": model.api_key,
            "OPENAI_BASE_URL": model.base_url,
            "SOC_TUI_MODEL": "tiny",
            "SOC_TUI_TIER": "1",
        }
        async with running(environ) as hands:
            hands.main.query_one(QueryPane).kql = (
                "DeviceProcessEvents | where TimeGenerated > ago(7d) | where FileName =~ "
                '"powershell.exe" | project TimeGenerated, DeviceName, AccountName, '
                "ProcessCommandLine | take 200"
            )
            await run(hands)
            await hands.press("f6")
            await hands.until(lambda: isinstance(hands.app.screen, QuoteScreen), "the quote")
            model.next(late(0))
            model.next(late(3))  # one chunk is still read while another is done
            await hands.press("y")
            await hands.until(lambda: re.search(r"chunk \d of \d done", hands.status), "a chunk")
            await hands.until(lambda: hands.main.hunt and hands.main.hunt.status.ended, "the end")
            hunt = hands.main.hunt
    assert hunt is not None and hunt.quote is not None
    assert hunt.status is Status.FOUND
    assert hunt.quote.chunks == len(model.requests) > 1
    assert hunt.unseen == hunt.quote.unseen
    assert len(hunt.findings) == 1
