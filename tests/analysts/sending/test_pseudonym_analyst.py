"""What leaves for a model holds no name; findings come back with them and hold on the true rows."""

from __future__ import annotations

import json
from dataclasses import replace

from soc_tui.analysts import ExplainRequest, FindingQuestion, KnownNames
from soc_tui.analysts.pseudonyms.row_names import Chosen
from soc_tui.analysts.sending.masking_analyst import MaskingAnalyst
from soc_tui.analysts.sending.pseudonym_analyst import PseudonymAnalyst
from soc_tui.analysts.sending.pseudonym_bundle import with_pseudonyms
from soc_tui.model.exchange import Exchange
from soc_tui.model.finding import Finding
from soc_tui.model.hunt import Hunt
from soc_tui.model.limits import Limits
from soc_tui.model.plan import Plan
from tests.analysts.openai.cases import (
    CATALOG,
    ENCODED,
    NOW,
    AnalystFactory,
    plan_request,
    rows_of,
    task_of,
)
from tests.history.hunts import example_hunt
from tests.wire.openai_server import OpenAIServer

KEY = b"k" * 32
ALL = Chosen(users=True, hosts=True, addresses=True, mail=True)
LINES = [f"{ENCODED} \\\\WS-01\\c$ 10.1.2.3 # for Ws-01", f"{ENCODED} whoami on WS-01"]
KQL = "DeviceProcessEvents | where DeviceName =~ 'ws-01'"
NAMES = ("ws-01", "10.1.2.3", r"j\u00fcrgen", "jürgen")


async def test_a_hunt_sends_no_name_and_its_findings_hold_on_the_true_rows(
    analyst_of: AnalystFactory,
) -> None:
    tape: list[Exchange] = []
    rows = rows_of(LINES)
    with OpenAIServer() as server:
        analyst = MaskingAnalyst(PseudonymAnalyst(analyst_of(server), ALL, KEY))
        task = replace(task_of(rows, record=tape.append), kql=KQL, request="what ran on ws-01")
        prepared = await analyst.prepare(task)
        shown = prepared.prompts()
        findings = [item async for item in prepared.run() if isinstance(item, Finding)]
        sent = json.dumps([request.body for request in server.requests])
        question = FindingQuestion(
            "is WS-01 owned?", findings[0], "x", KQL, "T", rows, CATALOG, Limits(), NOW
        )
        await analyst.discuss(question)
        asked = json.dumps([request.body for request in server.requests])
    for name in NAMES:
        assert name not in (sent + asked + repr(tape) + repr(shown)).casefold()
    assert "host-" in shown[0]
    assert prepared.quote.pseudonym_cells == 4
    assert len(findings) == 2
    assert all(finding.grounded for finding in findings)
    cited = [one for finding in findings for one in finding.evidence]
    quoted = {one.text for evidence in cited for one in evidence.quotations}
    assert quoted == set(LINES)


async def test_requests_and_queries_too(analyst_of: AnalystFactory) -> None:
    with OpenAIServer() as server:
        analyst = PseudonymAnalyst(analyst_of(server), ALL, KEY)
        asked = plan_request("what did jürgen run on WS-01 from 10.1.2.3")
        known = KnownNames(frozenset({"ws-01"}), frozenset({"jürgen"}))
        answer = await analyst.plan(replace(asked, known=known))
        explained = await analyst.explain(ExplainRequest(KQL, CATALOG))
        bodies = json.dumps([request.body for request in server.requests])
    for name in NAMES:
        assert name not in bodies.casefold()
    assert isinstance(answer.outcome, Plan)
    assert answer.outcome.device_name == "WS-01"
    assert "host-" not in repr(explained.explanation)


def test_a_bundle_is_handed_on_without_names() -> None:
    rows = rows_of(LINES)
    hunt = replace(
        example_hunt(1), request="jürgen on ws-01", kql=KQL, rows=rows, row_count=rows.count
    )
    spoken = json.dumps({"messages": [{"content": json.dumps({"host": "WS-01", "u": "10.1.2.3"})}]})
    tape = (Exchange(at=NOW, seconds=1.0, request=spoken, answer="WS-01 it is"),)
    told, exchanges = with_pseudonyms(hunt, tape, ALL, KEY)
    assert isinstance(told, Hunt)
    assert told.rows is not None
    whole = f"{told} {exchanges} {told.rows.table.to_pydict()}".casefold()
    assert "ws-01" not in whole
    assert "10.1.2.3" not in whole
    assert told.id == hunt.id
    assert told.rows.columns == rows.columns
