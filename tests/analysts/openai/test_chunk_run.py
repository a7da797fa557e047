"""Rows that do not fit into one call: split along time, hunted within the rate, joined."""

from __future__ import annotations

import asyncio
import datetime as dt
import re
from dataclasses import dataclass, field, replace
from decimal import Decimal
from itertools import pairwise
from typing import Any

import pytest

from soc_tui.analysts import HuntItem, Merged, Notice, Progress, Waiting
from soc_tui.analysts.openai.hunt import PreparedOpenAIHunt
from soc_tui.model.errors import AnalystError, RefusedError
from soc_tui.model.finding import Finding
from soc_tui.model.limits import Limits, ModelSpec
from soc_tui.model.quote import Usage
from soc_tui.model.rows import Rows
from tests.analysts.openai.cases import ENCODED, MODELS, AnalystFactory, rows_of, task_of
from tests.wire import openai_faults as wire
from tests.wire.openai_faults import Failure
from tests.wire.openai_http import prompt_tokens
from tests.wire.openai_server import OpenAIServer
from tests.wire.scripted_model import HuntRequest, finding
from tests.wire.token_meter import TokenMeter

MINI = Limits(allowed_models=("gpt-5-mini",))
BIG = Limits(allowed_models=("gpt-4.1",))  # 30,000 tokens per minute at tier 1


def many_rows(count: int, suspicious: int = 10) -> Rows:
    lines = [f"chrome.exe --type=renderer --client-id={i * 7_919 % 10_007}" for i in range(count)]
    for i in range(3, count, count // suspicious):
        lines[i] = ENCODED
    return rows_of(lines)


@dataclass
class Heard:
    """All that a hunt yielded."""

    findings: list[Finding] = field(default_factory=list)
    merged: list[Merged] = field(default_factory=list)
    progress: list[Progress] = field(default_factory=list)
    usages: list[Usage] = field(default_factory=list)
    notices: list[Notice] = field(default_factory=list)
    problem: AnalystError | None = None

    def add(self, item: HuntItem) -> None:
        match item:
            case Finding():
                self.findings.append(item)
            case Merged():
                self.merged.append(item)
            case Progress():
                self.progress.append(item)
            case Usage():
                self.usages.append(item)
            case Notice():
                self.notices.append(item)


async def heard_of(prepared: PreparedOpenAIHunt) -> Heard:
    heard = Heard()
    try:
        async for item in prepared.run():
            heard.add(item)
    except AnalystError as error:
        heard.problem = error
    return heard


def rows_sent(server: OpenAIServer) -> list[str]:
    return [row_id for one in server.requests for row_id, _ in HuntRequest(one.body).rows()]


async def test_a_hundred_thousand_rows_finish_and_no_minute_is_over_the_limit(
    analyst_of: AnalystFactory,
) -> None:
    sent: list[str] = []

    def hunt(request: HuntRequest) -> list[dict[str, Any]]:
        rows = list(request.rows())
        sent.extend(row_id for row_id, _ in rows)
        hits = (row for row in rows if row[1]["ProcessCommandLine"] == ENCODED)
        return [finding("Encoded", row_id, "ProcessCommandLine", ENCODED) for row_id, _ in hits]

    meter = TokenMeter(200_000, minute=0.25)
    with OpenAIServer(meter=meter, hunt=hunt) as server:
        analyst = analyst_of(
            server, limits=MINI, tier="1", minute_seconds=0.25, timeout_seconds=120
        )
        prepared = await analyst.prepare(task_of(many_rows(100_000)))
        heard = await heard_of(prepared)
    quote = prepared.quote
    assert heard.problem is None
    assert len(sent) == len(set(sent)) == 100_000
    assert quote.chunks == len(server.requests) == heard.progress[-1].done > 5
    assert meter.refused == 0
    assert meter.busiest <= 200_000
    assert quote.unseen == heard.progress[-1].unseen
    absorbed = {at for merged in heard.merged for at in merged.absorbed}
    assert len(heard.findings) - len(absorbed) == 1
    assert len(heard.merged[-1].finding.evidence) == 10
    assert heard.merged[-1].finding.grounded
    assert sum(usage.tokens_in for usage in heard.usages) == pytest.approx(
        quote.tokens_in, rel=0.02
    )


async def test_the_quote_is_of_all_chunks(analyst_of: AnalystFactory) -> None:
    with OpenAIServer() as server:
        prepared = await analyst_of(server, limits=BIG, tier="1").prepare(task_of(many_rows(5_000)))
        assert server.requests == []
    quote = prepared.quote
    assert quote.chunks >= 3
    assert quote.tokens_out_assumed == 500 * quote.chunks
    assert quote.price == (quote.tokens_in * 2 + quote.tokens_out_assumed * 8) / Decimal(1_000_000)
    assert quote.price_most is not None and quote.price_most > quote.price
    most_out = int((quote.price_most * 1_000_000 - quote.tokens_in * 2) / 8)
    assert quote.minutes == pytest.approx((quote.tokens_in + most_out) / 30_000, rel=0.01)
    assert f"in {quote.chunks} chunks along time at 30,000 tokens a minute" in quote.reason
    assert any("read separately" in warning for warning in quote.warnings)
    assert quote.context_share is not None and quote.context_share < 0.1


@pytest.mark.parametrize("context", [4_096, 8_192])
async def test_a_small_context_is_split_with_room_for_the_answers(
    analyst_of: AnalystFactory, context: int
) -> None:
    models = {"small": ModelSpec("small", context)}
    with OpenAIServer() as server:
        analyst = analyst_of(server, model="small", models=models, limits=Limits(max_price=None))
        heard = await heard_of(await analyst.prepare(task_of(many_rows(600))))
        sent = [request.body for request in server.requests]
        rows = rows_sent(server)
    assert heard.problem is None
    assert len(rows) == len(set(rows)) == 600
    assert len(sent) > 1
    for body in sent:
        assert prompt_tokens(body) + body["max_completion_tokens"] <= context
        assert body["max_completion_tokens"] >= context // 4


async def test_each_chunk_is_told_which_part_it_is(analyst_of: AnalystFactory) -> None:
    with OpenAIServer() as server:
        analyst = analyst_of(server, limits=BIG, tier="1", minute_seconds=0.05)
        prepared = await analyst.prepare(task_of(many_rows(4_000)))
        await heard_of(prepared)
        sent = [HuntRequest(one.body) for one in server.requests]
    total = prepared.quote.chunks
    assert total == len(sent) > 1
    told = re.findall(r"Part (\d+) of (\d+) along time: ", "".join(one.text for one in sent))
    assert sorted(told) == [(str(number), str(total)) for number in range(1, total + 1)]
    assert all("of 4,000 rows (all " in one.text for one in sent)
    times = [[cells["Timestamp"] for _, cells in one.rows()] for one in sent]
    spans = sorted((min(span), max(span)) for span in times)
    assert all(end < start for (_, end), (start, _) in pairwise(spans))
    assert len({one.body["messages"][0]["content"] for one in server.requests}) == 1


async def test_progress_tells_what_is_unseen_so_far(analyst_of: AnalystFactory) -> None:
    with OpenAIServer() as server:
        analyst = analyst_of(server, limits=BIG, tier="1", minute_seconds=0.05)
        heard = await heard_of(await analyst.prepare(task_of(many_rows(4_000))))
    cut = [progress.unseen.rows_cut for progress in heard.progress]
    assert [progress.done for progress in heard.progress] == list(range(len(cut)))
    assert cut[0] == 4_000
    assert cut[-1] == 0
    assert cut == sorted(cut, reverse=True)


async def test_one_call_tells_no_chunks(analyst_of: AnalystFactory) -> None:
    with OpenAIServer() as server:
        prepared = await analyst_of(server).prepare(task_of(many_rows(100)))
        heard = await heard_of(prepared)
        text = HuntRequest(server.requests[0].body).text
    assert heard.progress == []
    assert (prepared.quote.chunks, prepared.quote.minutes) == (1, None)
    assert "Part " not in text


async def test_cancelling_keeps_what_has_arrived(analyst_of: AnalystFactory) -> None:
    rows = many_rows(4_000)
    with OpenAIServer() as server:
        analyst = analyst_of(server, limits=BIG, tier="1", minute_seconds=600)
        prepared = await analyst.prepare(task_of(rows))
        heard, first = Heard(), asyncio.Event()

        async def listen() -> None:
            async for item in prepared.run():
                heard.add(item)
                if isinstance(item, Progress) and item.done:
                    first.set()

        task = asyncio.create_task(listen())
        await asyncio.wait_for(first.wait(), 20)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        assert len(server.requests) == 1
        others = asyncio.all_tasks() - {asyncio.current_task()}
    assert not others
    assert len(heard.findings) == 1
    assert heard.progress[-1].unseen.rows_sent + heard.progress[-1].unseen.rows_cut == 4_000
    assert any(isinstance(notice, Waiting) for notice in heard.notices)


async def test_a_chunk_that_fails_leaves_the_others(analyst_of: AnalystFactory) -> None:
    with OpenAIServer() as server:
        server.next(lambda reply: reply, wire.filtered_prompt())
        analyst = analyst_of(server, limits=BIG, tier="1", minute_seconds=0.05)
        prepared = await analyst.prepare(task_of(many_rows(4_000)))
        heard = await heard_of(prepared)
    total = prepared.quote.chunks
    assert heard.problem is not None
    assert heard.problem.what == f"1 of {total} chunks were not hunted."
    assert "content filter" in heard.problem.why
    assert heard.progress[-1].done == total - 1
    assert 0 < heard.progress[-1].unseen.rows_cut < 4_000
    assert heard.findings


async def test_after_three_failures_in_a_row_no_more_chunks_are_begun(
    analyst_of: AnalystFactory,
) -> None:
    with OpenAIServer() as server:
        server.next(*[wire.unauthorized()] * 40)
        analyst = analyst_of(server, limits=BIG, tier="1", minute_seconds=0.1)
        prepared = await analyst.prepare(task_of(many_rows(12_000)))
        heard = await heard_of(prepared)
        assert len(server.requests) < prepared.quote.chunks
    assert heard.problem is not None
    assert "did not accept the API key" in heard.problem.why


@pytest.mark.parametrize("failure", [wire.too_long(), wire.too_large(9_000, 12_000)])
async def test_a_call_that_is_too_long_after_all_is_split(
    analyst_of: AnalystFactory, failure: Failure
) -> None:
    rows = many_rows(40)
    with OpenAIServer() as server:
        server.next(failure)
        prepared = await analyst_of(server, minute_seconds=0.2).prepare(task_of(rows))
        heard = await heard_of(prepared)
        assert len(server.requests) == 3
        sent = rows_sent(server)
    assert heard.problem is None
    assert sorted(sent[40:]) == sorted(sent[:40])
    assert len(heard.findings) == 1
    assert len(heard.merged[-1].finding.evidence) == 10
    assert (heard.progress[-1].done, heard.progress[-1].total) == (2, 2)
    assert heard.progress[-1].unseen == prepared.quote.unseen


async def test_a_limit_lower_than_known_is_learned_and_kept(analyst_of: AnalystFactory) -> None:
    meter = TokenMeter(20_000, minute=0.3)
    with OpenAIServer(meter=meter) as server:
        analyst = analyst_of(server, limits=MINI, tier="1", minute_seconds=0.3)
        await heard_of(await analyst.prepare(task_of(many_rows(20))))
        prepared = await analyst.prepare(task_of(many_rows(3_000)))
        heard = await heard_of(prepared)
    assert heard.problem is None
    assert prepared.quote.chunks > 3
    assert meter.refused == 0
    assert meter.busiest <= 20_000


async def test_a_model_that_nobody_knows_is_split_to_the_limit_that_the_service_tells(
    analyst_of: AnalystFactory,
) -> None:
    meter = TokenMeter(9_000, minute=0.2)
    with OpenAIServer(meter=meter) as server:
        analyst = analyst_of(server, model="local-model", minute_seconds=0.2)
        prepared = await analyst.prepare(task_of(many_rows(800)))
        assert prepared.quote.chunks == 1
        heard = await heard_of(prepared)
        sent = rows_sent(server)
    assert heard.problem is None
    assert heard.progress[-1].done == heard.progress[-1].total > 1
    assert set(sent) == {f"r{i}" for i in range(1, 801)}
    assert meter.busiest <= 9_000


async def test_rows_that_the_service_takes_in_no_call_are_told(analyst_of: AnalystFactory) -> None:
    with OpenAIServer() as server:
        server.next(*[wire.too_long()] * 40)
        heard = await heard_of(await analyst_of(server).prepare(task_of(many_rows(10, 2))))
    assert heard.problem is not None
    assert "exceed the context of gpt-5-mini" in str(heard.problem)
    assert heard.progress[-1].unseen.rows_cut == 10


async def test_retry_after_holds_all_chunks(analyst_of: AnalystFactory) -> None:
    with OpenAIServer() as server:
        server.next(wire.rate_limited("0.6"))
        analyst = analyst_of(server, limits=BIG, tier="1", minute_seconds=0.01)
        begun = asyncio.get_running_loop().time()
        heard = await heard_of(await analyst.prepare(task_of(many_rows(4_000))))
        taken = asyncio.get_running_loop().time() - begun
    assert heard.problem is None
    assert taken > 0.6
    assert [round(n.seconds, 1) for n in heard.notices if isinstance(n, Waiting)] == [0.6]


async def test_the_price_cap_holds_for_all_chunks_together(analyst_of: AnalystFactory) -> None:
    rows = many_rows(5_000)
    with OpenAIServer() as server:
        analyst = analyst_of(server, limits=replace(BIG, max_price=Decimal("0.3")), tier="1")
        quote = (await analyst.prepare(task_of(rows))).quote
        assert quote.price_most is not None and quote.price is not None
        assert quote.price < quote.price_most <= Decimal("0.3")
        dear = analyst_of(server, limits=replace(BIG, max_price=Decimal("0.1")), tier="1")
        with pytest.raises(RefusedError, match=r"gpt-4.1 would take \$0\.\d+ for all rows"):
            await dear.prepare(task_of(rows))
        assert server.requests == []


async def test_a_row_that_fits_no_call_is_refused(analyst_of: AnalystFactory) -> None:
    wide = rows_of([" ".join(f"{i * 7_919 % 10_007}" for i in range(400))] * 2)
    names = [f"Field{i}" for i in range(60)]
    cells = wide.table.column("ProcessCommandLine")
    table = wide.table
    columns = wide.columns
    for name in names:
        table = table.append_column(name, cells)
        columns = (*columns, replace(columns[3], name=name))
    with OpenAIServer() as server, pytest.raises(RefusedError, match="A single row is too long"):
        await analyst_of(server, limits=BIG, tier="1").prepare(task_of(Rows(table, columns)))


async def test_a_model_that_is_shut_down_gets_no_chunks(
    analyst_of: AnalystFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    gone = replace(
        MODELS["gpt-5-mini"], tokens_per_minute={"1": 30_000}, shutdown=dt.date(2020, 1, 1)
    )
    monkeypatch.setitem(MODELS, "gpt-5-mini", gone)
    with OpenAIServer() as server:
        prepared = await analyst_of(server, tier="1").prepare(task_of(many_rows(5_000)))
    assert prepared.quote.chunks > 1
    assert prepared.quote.model == "gpt-4.1"


async def test_chunks_of_unknown_price_warn_under_a_limit_of_the_day(
    analyst_of: AnalystFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    free = replace(MODELS["gpt-4.1"], input_price=None, output_price=None)
    monkeypatch.setitem(MODELS, "gpt-4.1", free)
    limits = Limits(max_day_spend=Decimal(1))
    with OpenAIServer() as server:
        analyst = analyst_of(server, model="gpt-4.1", limits=limits, tier="1")
        quote = (await analyst.prepare(task_of(many_rows(5_000)))).quote
    assert quote.chunks > 1
    assert quote.price is None
    assert any("cannot be counted against the daily limit" in text for text in quote.warnings)
