"""Hypothesis strategies for hunts."""

import datetime as dt
from dataclasses import replace
from decimal import Decimal

from hypothesis import strategies as st

from soc_tui.history.filters import HistoryFilter
from soc_tui.history.store import History
from soc_tui.model.coverage import Unseen
from soc_tui.model.finding import (
    Checks,
    Confidence,
    Evidence,
    Finding,
    Ioc,
    Mitre,
    Quotation,
    Remark,
    Severity,
    TechniqueCheck,
    TriageState,
)
from soc_tui.model.hunt import Hunt, Status, Turn
from soc_tui.model.plan import Operator, Plan, Predicate, Reply
from soc_tui.model.quote import Quote, Usage
from soc_tui.model.receipt import Extent, Receipt, TableReceipt, TableRules
from soc_tui.model.verdict import Level, Place, Verdict, VerdictLine

# A high surrogate before a low one is one character in JSON, so only low ones are made.
TEXT = st.text(alphabet=st.characters(codec="utf-8") | st.just("\udc80"), max_size=12)
TEXTS = st.lists(TEXT, max_size=2).map(tuple)
COUNT = st.integers(0, 2**40)
SHARE = st.floats(0, 10)
PRICE = st.none() | st.decimals(0, 1000, places=6)

UNSEEN = st.builds(
    Unseen,
    COUNT,
    COUNT,
    COUNT,
    COUNT,
    TEXTS,
    COUNT,
    st.none() | TEXT,
    st.none() | COUNT,
    TEXT,
    COUNT,
    COUNT,
    TEXTS,
    COUNT,
    COUNT,
    TEXTS,
    st.booleans(),
)
MAYBE_COUNT, MOMENT = st.none() | COUNT, st.none() | st.datetimes(timezones=st.just(dt.UTC))
EXTENT = st.builds(
    Extent,
    st.none() | st.booleans(),
    MAYBE_COUNT,
    MOMENT,
    MOMENT,
    MAYBE_COUNT,
    TEXT,
    TEXTS,
    MOMENT,
    MOMENT,
)
TABLE_RULES = st.builds(TableRules, MAYBE_COUNT, COUNT, COUNT, TEXTS, TEXTS, TEXTS, TEXTS)
TABLE_RECEIPT = st.builds(
    TableReceipt, TEXT, EXTENT, st.none() | TABLE_RULES, st.booleans(), MAYBE_COUNT
)
RECEIPT = st.builds(
    Receipt,
    st.lists(TABLE_RECEIPT, max_size=2).map(tuple),
    MOMENT,
    COUNT,
    COUNT,
    COUNT,
    COUNT,
    st.booleans(),
)
QUOTE = st.builds(
    Quote,
    TEXT,
    COUNT,
    COUNT,
    PRICE,
    UNSEEN,
    TEXT,
    st.none() | SHARE,
    st.none() | SHARE,
    COUNT,
    TEXTS,
    st.booleans(),
)
USAGE = st.builds(Usage, TEXT, COUNT, COUNT, COUNT, PRICE, COUNT)
PREDICATE = st.builds(Predicate, TEXTS, st.sampled_from(Operator), TEXTS)
PLAN = st.builds(
    Plan,
    TEXT,
    TEXTS,
    SHARE,
    TEXT,
    TEXT,
    TEXT,
    TEXT,
    st.booleans(),
    predicates=st.lists(PREDICATE, max_size=2).map(tuple),
    follows_up=st.booleans(),
    kql=TEXT,
)
REPLY = st.builds(Reply, TEXT, st.booleans(), TEXTS)
TURN = st.builds(Turn, TEXT, st.none() | PLAN, TEXT, st.none() | COUNT, st.none() | REPLY, TEXT)
PLACE = st.builds(Place, COUNT, COUNT, COUNT)
VERDICT = st.builds(
    Verdict,
    st.lists(
        st.builds(VerdictLine, TEXT, st.sampled_from(Level), TEXT, st.none() | PLACE, TEXT),
        max_size=2,
    ).map(tuple),
    TEXT,
)
EVIDENCE = st.builds(
    Evidence, TEXT, st.lists(st.builds(Quotation, TEXT, TEXT), max_size=2).map(tuple)
)
FINDING = st.builds(
    Finding,
    title=TEXT,
    description=TEXT,
    confidence=st.sampled_from(Confidence),
    severity=st.sampled_from(Severity),
    mitre=st.lists(st.builds(Mitre, TEXT, TEXT, TEXT, TEXT, TEXT, TEXT), max_size=2).map(tuple),
    iocs=st.lists(st.builds(Ioc, TEXT, TEXT), max_size=2).map(tuple),
    evidence=st.lists(EVIDENCE, max_size=2).map(tuple),
    recommendations=TEXTS,
    tags=TEXTS,
    notes=TEXT,
    grounded=st.booleans(),
    doubts=TEXTS,
    state=st.sampled_from(TriageState),
    checks=st.builds(Checks, st.booleans(), st.booleans(), st.sampled_from(TechniqueCheck)),
)
FINDINGS = st.lists(FINDING, max_size=2).map(
    lambda items: tuple(replace(item, id=f"f{n}") for n, item in enumerate(items, 1))
)
HUNT = st.builds(
    Hunt,
    id=st.sampled_from(("20261124T101530-00000001", "20261124T101530-00000002")),
    created=st.datetimes(timezones=st.just(dt.UTC)),
    request=TEXT,
    workspace=TEXT,
    analyst=TEXT,
    status=st.sampled_from(Status),
    plan=st.none() | PLAN,
    kql=TEXT,
    notes=TEXTS,
    verdict=st.none() | VERDICT,
    row_count=st.none() | COUNT,
    partial=TEXT,
    quote=st.none() | QUOTE,
    usage=st.none() | USAGE,
    unseen=st.none() | UNSEEN,
    receipt=st.none() | RECEIPT,
    findings=FINDINGS,
    elapsed_seconds=SHARE,
    problem=TEXT,
    reply=st.none() | REPLY,
    versions=TEXTS,
    parent=TEXT,
    repeats=TEXT,
    playbook=TEXT,
    remarks=st.lists(st.builds(Remark, TEXT, TEXT, TEXT, TEXT, TEXTS), max_size=1).map(tuple),
    earlier=st.lists(TURN, max_size=1).map(tuple),
)


def example_finding(title: str = "Encoded PowerShell", number: int = 1) -> Finding:
    return Finding(
        title=title,
        description="powershell.exe ran an encoded command.",
        confidence=Confidence.HIGH,
        severity=Severity.HIGH,
        mitre=(Mitre("Execution", "T1059", "T1059.001", "PowerShell"),),
        iocs=(Ioc("ip", "203.0.113.7"),),
        evidence=(Evidence("r1", (Quotation("ProcessCommandLine", "powershell -enc AAAA"),)),),
        recommendations=("Isolate the host.",),
        grounded=True,
        checks=Checks(rows=True, words=True, technique=TechniqueCheck.KNOWN),
        id=f"f{number}",
    )


def example_hunt(number: int = 1, *findings: Finding, request: str = "odd powershell") -> Hunt:
    return Hunt(
        id=f"20261124T1015{number:02d}-0000{number:04d}",
        created=dt.datetime(2026, 11, 24, 10, 15, number, tzinfo=dt.UTC),
        request=request,
        workspace="demo",
        analyst="offline",
        status=Status.FOUND if findings else Status.NO_FINDINGS,
        kql="DeviceProcessEvents | take 10",
        row_count=10,
        usage=Usage("gpt", 100, 20, price=Decimal("0.0123")),
        findings=findings,
    )


def search(history: History, text: str) -> tuple[Hunt, ...]:
    """The hunts that hold all words of a text."""
    return history.find(HistoryFilter(words=tuple(text.split())))
