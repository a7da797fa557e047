"""What of a hunt goes into the audit log."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

from soc_tui.hunting.audited import entry_of
from soc_tui.model.coverage import Unseen
from soc_tui.model.errors import SocError
from soc_tui.model.events import HuntStarted, Noticed, QueryStarted, SpendRecorded, StepFailed
from soc_tui.model.hunt import Hunt
from soc_tui.model.quote import Quote, Usage

QUOTE = Quote("gpt-5-mini", 900, 100, Decimal("0.01"), Unseen(7, 6), masked_cells=2)
HUNT = Hunt("h1", dt.datetime.now(dt.UTC), "find it", "demo", "auto", kql="T", quote=QUOTE)
TOLD = {"hunt": "h1", "workspace": "demo", "analyst": "auto"}


def test_queries_sends_and_failures_are_logged() -> None:
    usage = Usage("gpt-5-mini", 900, 50, price=Decimal("0.0093"))
    events = (QueryStarted(HUNT), HuntStarted(HUNT), SpendRecorded(HUNT, usage))
    query, hunt, sent = map(entry_of, events)
    failed = entry_of(StepFailed(HUNT, SocError("No answer.")))
    assert query == ("query", {**TOLD, "kql": "T"})
    assert hunt and hunt[1]["rows"] == 6 and hunt[1]["masked_cells"] == 2
    assert sent and sent[1]["price"] == "$0.0093" and sent[1]["tokens_in"] == 900
    assert failed == ("failed", {**TOLD, "problem": "No answer."})


def test_what_costs_nothing_and_notices_are_not() -> None:
    assert entry_of(Noticed(HUNT, "a wait")) is None
    assert entry_of(SpendRecorded(HUNT, Usage("offline", calls=0))) is None
