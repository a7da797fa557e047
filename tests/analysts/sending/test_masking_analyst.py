"""What leaves for a model holds no secret; findings hold against the masked rows."""

from __future__ import annotations

import json
from dataclasses import replace

from soc_tui.analysts import ExplainRequest, HuntTask, RepairRequest
from soc_tui.analysts.sending.masking_analyst import MaskingAnalyst
from soc_tui.model.exchange import Exchange
from soc_tui.model.finding import Finding
from soc_tui.model.limits import Limits
from tests.analysts.openai.cases import (
    CATALOG,
    ENCODED,
    NOW,
    AnalystFactory,
    plan_request,
    rows_of,
    task_of,
)
from tests.wire.openai_server import OpenAIServer

PASSWORD = "Tulip!7731"
KQL = f'DeviceProcessEvents | where ProcessCommandLine has "net user bob {PASSWORD}"'


def secret_task(tape: list[Exchange]) -> HuntTask:
    rows = rows_of([f"{ENCODED} net user bob {PASSWORD} /add", f"{ENCODED} whoami"])
    return replace(task_of(rows, record=tape.append), kql=KQL, request=f"curl -u b:{PASSWORD} h")


async def test_a_hunt_sends_no_secret_and_its_findings_hold(analyst_of: AnalystFactory) -> None:
    tape: list[Exchange] = []
    with OpenAIServer() as server:
        analyst = MaskingAnalyst(analyst_of(server))
        prepared = await analyst.prepare(secret_task(tape))
        shown = prepared.prompts()
        items = [item async for item in prepared.run()]
        sent = [message["content"] for message in server.requests[0].body["messages"]]
    assert (prepared.quote.masked_cells, prepared.quote.masked_secrets) == (1, 1)
    assert PASSWORD not in json.dumps(sent) + repr(tape) + repr(items)
    assert "net user bob [secret-1: password] /add" in sent[1]
    assert shown == ("\n\n".join(sent),)
    quoting = [item for item in items if isinstance(item, Finding) and "secret-1" in repr(item)]
    assert quoting and all(finding.grounded for finding in quoting)


async def test_a_secret_in_words_and_queries_is_masked_and_comes_back(
    analyst_of: AnalystFactory,
) -> None:
    with OpenAIServer() as server:
        analyst = MaskingAnalyst(analyst_of(server))
        await analyst.plan(plan_request(f"who ran net user bob {PASSWORD}"))
        explained = await analyst.explain(ExplainRequest(KQL, CATALOG))
        misspelt = KQL.replace("Line", "Lin")
        problem = "No 'ProcessCommandLin'"
        repaired = await analyst.repair(
            RepairRequest("", misspelt, problem, CATALOG, Limits(), NOW)
        )
        bodies = json.dumps([request.body for request in server.requests])
    assert len(server.requests) >= 3
    assert PASSWORD not in bodies
    assert "[secret-" not in repr((explained.explanation, repaired.kql))
