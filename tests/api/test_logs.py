"""`import soc_tui`: the README's script, guardrails, the price, and what is imported when."""

from __future__ import annotations

import ast
import asyncio
import math
import re
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal
from pathlib import Path

import pytest

import soc_tui
from soc_tui.config.paths import data_dir
from soc_tui.history.store import History
from soc_tui.model.hunt import Status
from soc_tui.model.verdict import Level
from tests.wire.openai_faults import unauthorized
from tests.wire.openai_server import OpenAIServer

ROOT = Path(__file__).parents[2]
POWERSHELL = (
    "DeviceProcessEvents | where TimeGenerated > ago(7d) "
    "| where DeviceName == 'win-07' and FileName == 'powershell.exe' | take 500"
)


def test_the_readme_s_script_runs(demo_home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    block = re.search(r"<!-- script -->\n```python\n(.*?)```\n<!-- /script -->", readme, re.DOTALL)
    assert block

    names: dict[str, object] = {}
    exec(compile(block[1], "README.md", "exec"), names)

    printed = capsys.readouterr().out
    assert "win-07" in printed
    assert "Encoded PowerShell" in printed


def test_a_query_gets_its_bounds_and_its_rows(demo_home: Path) -> None:
    with soc_tui.open_workspace("demo", analyst="offline") as logs:
        answer = logs.query("DeviceLogonEvents | project TimeGenerated, DeviceName")

    assert answer.rows.column_names == ("TimeGenerated", "DeviceName")
    assert answer.rows.count == len(answer.rows.to_pandas()) > 0
    assert "ago(24h)" in answer.hunt.kql
    assert answer.hunt.notes


def test_a_refused_query_raises_with_the_verdict(demo_home: Path) -> None:
    with (
        soc_tui.open_workspace("demo", analyst="offline") as logs,
        pytest.raises(soc_tui.RefusedError) as refused,
    ):
        logs.query("Secrets | take 1")

    verdict = refused.value.verdict
    assert verdict is not None
    assert verdict.level is Level.REFUSE
    assert [line.rule for line in verdict.refusals] == ["table"]


def test_judge_says_the_same_and_runs_nothing(demo_home: Path) -> None:
    with soc_tui.open_workspace("demo", analyst="offline") as logs:
        assert not logs.judge("Secrets | take 1").allowed
        assert logs.judge(POWERSHELL).allowed
    assert History(data_dir() / "history.sqlite3").summaries() == ()


def test_hunts_are_in_the_history(demo_home: Path) -> None:
    with soc_tui.open_workspace("demo", analyst="offline") as logs:
        hunt = logs.hunt(logs.query(POWERSHELL))

    kept = History(data_dir() / "history.sqlite3").load(hunt.id)
    assert kept.status is Status.FOUND
    assert kept.findings == hunt.findings


def test_no_rows_make_no_hunt_and_cost_nothing(model: OpenAIServer) -> None:
    with soc_tui.open_workspace("demo") as logs:
        answer = logs.query("DeviceProcessEvents | where FileName == 'no such file' | take 1")
        hunt = logs.hunt(answer)

    assert answer.rows.count == 0
    assert hunt.status is Status.NO_ROWS
    assert not hunt.findings
    assert model.requests == []


def test_words_that_ask_for_no_logs_have_a_reply_and_no_query(demo_home: Path) -> None:
    with soc_tui.open_workspace("demo", analyst="offline") as logs:
        planned = logs.plan("what is T1059?")

        assert planned.reply is not None
        assert "T1059" in planned.reply.text
        with pytest.raises(soc_tui.SocError, match="No query"):
            logs.query(planned)


def test_what_a_step_says_is_logged(demo_home: Path, caplog: pytest.LogCaptureFixture) -> None:
    bad = demo_home / "config" / "rules" / "bad.yml"
    bad.parent.mkdir(parents=True)
    bad.write_text("title: [", encoding="utf-8")
    with soc_tui.open_workspace("demo", analyst="offline") as logs:
        logs.hunt(logs.query(POWERSHELL))

    assert "bad.yml" in "".join(record.getMessage() for record in caplog.records)
    assert {record.name for record in caplog.records} == {"soc_tui"}


# -- money --


def test_nothing_is_sent_to_a_model_unless_its_price_is_accepted(model: OpenAIServer) -> None:
    with soc_tui.open_workspace("demo") as logs:
        answer = logs.query(POWERSHELL)
        with pytest.raises(soc_tui.RefusedError, match="max_usd"):
            logs.plan("suspicious powershell")
        with pytest.raises(soc_tui.RefusedError, match="max_usd"):
            logs.hunt(answer)
        with pytest.raises(soc_tui.RefusedError, match="max_usd"):
            logs.hunt(answer, max_usd=Decimal("0.0000001"))

    assert model.requests == []


def test_an_accepted_price_hunts(model: OpenAIServer) -> None:
    with soc_tui.open_workspace("demo") as logs:
        answer = logs.query(POWERSHELL)
        quote = logs.quote(answer)
        assert model.requests == []
        assert quote.price_most is not None
        hunt = logs.hunt(answer, max_usd=quote.price_most)

    assert hunt.findings
    assert hunt.usage is not None
    assert hunt.usage.price is not None
    assert hunt.usage.price <= quote.price_most


def test_threads_may_hunt_at_once(demo_home: Path) -> None:
    with (
        soc_tui.open_workspace("demo", analyst="offline") as logs,
        ThreadPoolExecutor(3) as threads,
    ):
        answers = list(threads.map(logs.query, [POWERSHELL] * 3))
        hunts = list(threads.map(logs.hunt, answers))

    assert len({hunt.id for hunt in hunts}) == 3
    assert len({len(hunt.findings) for hunt in hunts}) == 1


def test_what_was_accepted_once_does_not_hold_for_the_next_call(model: OpenAIServer) -> None:
    with soc_tui.open_workspace("demo") as logs:
        planned = logs.plan("suspicious powershell in the last 7 days", max_usd=1)
        sent = len(model.requests)
        answer = logs.query(planned)
        with pytest.raises(soc_tui.RefusedError):
            logs.hunt(answer)

    assert len(model.requests) == sent > 0


def test_an_unknown_price_needs_a_word_of_its_own(
    model: OpenAIServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SOC_TUI_MODEL", "local-model")
    with soc_tui.open_workspace("demo") as logs:
        answer = logs.query(POWERSHELL)
        with pytest.raises(soc_tui.RefusedError, match="unknown"):
            logs.hunt(answer, max_usd=100)
        assert model.requests == []
        assert logs.hunt(answer, max_usd=math.inf).findings


def test_a_model_that_fails_raises(model: OpenAIServer) -> None:
    model.next(*[unauthorized()] * 5)
    with soc_tui.open_workspace("demo") as logs:
        answer = logs.query(POWERSHELL)
        with pytest.raises(soc_tui.SocError) as failed:
            logs.hunt(answer, max_usd=1)

    assert model.api_key not in str(failed.value)


# -- surroundings --


async def test_it_works_in_a_notebook_s_running_loop(demo_home: Path) -> None:
    assert asyncio.get_running_loop().is_running()
    with soc_tui.open_workspace("demo", analyst="offline") as logs:
        assert logs.query("DeviceLogonEvents | take 3").rows.count == 3


def test_a_closed_workspace_says_so(demo_home: Path) -> None:
    logs = soc_tui.open_workspace("demo", analyst="offline")
    logs.close()
    logs.close()

    assert "closed" in repr(logs)
    with pytest.raises(soc_tui.SocError, match="closed"):
        logs.query(POWERSHELL)


def test_a_workspace_that_is_not_there_says_so(home: Path) -> None:
    with pytest.raises(soc_tui.SocError, match=r"nowhere\.duckdb"):
        soc_tui.open_workspace(home / "nowhere.duckdb", analyst="offline")


def test_every_public_name_is_there_and_listed() -> None:
    assert all(getattr(soc_tui, name) is not None for name in soc_tui.__all__)
    assert set(soc_tui.__all__) <= set(dir(soc_tui))
    with pytest.raises(AttributeError, match="no attribute 'tuii'"):
        soc_tui.tuii  # type: ignore[attr-defined]  # noqa: B018


@pytest.mark.parametrize(
    ("statement", "heavy"),
    [
        ("import soc_tui", {"asyncio", "pandas", "textual", "duckdb", "pyarrow", "soc_tui.api"}),
        ("import soc_tui; soc_tui.open_workspace", {"pandas", "textual", "duckdb", "openai"}),
    ],
)
def test_heavy_libraries_wait_for_their_use(statement: str, heavy: set[str]) -> None:
    script = f"import sys; {statement}; print(sorted(sys.modules))"
    ran = subprocess.run(
        [sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, check=True
    )

    assert heavy.isdisjoint(ast.literal_eval(ran.stdout))
