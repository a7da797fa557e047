import datetime as dt
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from soc_tui.history.filters import NAMES, HistoryFilter, parse_filter
from soc_tui.history.store import History
from soc_tui.model.coverage import Unseen
from soc_tui.model.finding import Evidence, Ioc, Mitre, Quotation, Severity, TriageState
from soc_tui.model.hunt import Status
from soc_tui.model.plan import Plan
from soc_tui.model.receipt import Extent, Receipt, TableReceipt
from soc_tui.model.typed_filter import not_named
from tests.history.hunts import example_finding, example_hunt

NOW = dt.datetime(2026, 11, 25, 12, tzinfo=dt.UTC)
DAY = dt.datetime(2026, 11, 20, tzinfo=dt.UTC)


def test_names_and_words() -> None:
    wanted = parse_filter(
        'state:new Severity:high technique:t1059 host:WIN-07 after:2026-11-20 workspace:"My Place" '
        "odd http://evil.example",
        NOW,
    )
    assert wanted == HistoryFilter(
        words=("odd", "http://evil.example"),
        states=(TriageState.NEW,),
        severities=(Severity.HIGH,),
        techniques=("T1059",),
        hosts=("win-07",),
        workspaces=("my place",),
        after=DAY,
    )


def test_days() -> None:
    assert parse_filter("after:7d", NOW).after == NOW - dt.timedelta(days=7)
    on = parse_filter("on:2026-11-20", NOW)
    assert (on.after, on.before) == (DAY, DAY + dt.timedelta(days=1))
    assert parse_filter("before:2026-11-20T10:00+02:00", NOW).before == DAY.replace(hour=8)
    assert "is not a date" in parse_filter("after:soon", NOW).problems[0]
    for odd in ("on:9999-12-31", "after:0001-01-01T00:00+05:00"):
        assert "is not a date" in parse_filter(odd, NOW).problems[0]


def test_states_of_two_words_and_beginnings() -> None:
    assert parse_filter("state:true-positive", NOW).states == (TriageState.TRUE_POSITIVE,)
    assert parse_filter("state:fal", NOW).states == (TriageState.FALSE_POSITIVE,)
    assert parse_filter("status:no-f", NOW).statuses == (Status.NO_FINDINGS,)
    assert "known: new, investigating, true-positive" in parse_filter("state:odd", NOW).problems[0]


def test_a_name_that_nothing_goes_by_is_told() -> None:
    assert not_named("serverity:high user:bob user:eve state:new", NAMES) == (
        "serverity: searched as words (severity:?)",
        "user: searched as words",
    )
    words = "https://evil.example C:\\Windows C:tmp 10.0.0.1:443 win-07:22 odd: sta"
    assert not not_named(words, NAMES)


def test_what_is_not_finished_asks_for_nothing_yet() -> None:
    assert parse_filter("state:", NOW) == HistoryFilter()
    assert parse_filter('workspace:"', NOW) == HistoryFilter()


@pytest.fixture
def history(tmp_path: Path) -> Iterator[History]:
    with closing(History(tmp_path / "history.sqlite3")) as opened:
        yield opened


@given(st.text(max_size=60) | st.from_regex(r'((state|host|after|on):"?[^ ]{0,6} ?){1,3}'))
def test_any_text_is_read(text: str) -> None:
    parse_filter(text, NOW)


def filled(history: History) -> None:
    low = replace(
        example_finding("Port scan"),
        severity=Severity.LOW,
        mitre=(Mitre("Discovery", "T1046"), Mitre("Execution", "T1059")),
        evidence=(Evidence("r1", (Quotation("DeviceName", "WIN-07.corp.example"),)),),
        state=TriageState.CLOSED,
    )
    high = replace(example_finding("Beacon"), iocs=(Ioc("host", "srv[1]"),))
    plan = Plan("DeviceEvents", (), 24, "", device_name="win-99")
    history.save(replace(example_hunt(1, low), created=DAY))
    history.save(replace(example_hunt(2, high, request="beacons"), workspace="Prod"))
    history.save(replace(example_hunt(3, request="sign-ins"), plan=plan))


@pytest.mark.parametrize(
    ("text", "numbers"),
    [
        ("", "321"),
        ("state:new", "2"),
        ("state:new severity:low", ""),  # of one and the same finding
        ("state:closed severity:low", "1"),
        ("technique:T1059", "21"),
        ("technique:T1059.001", "2"),
        ("technique:T1046", "1"),
        ("technique:1059", ""),
        ("host:win-07", "1"),
        ("host:win-9", "3"),
        ("host:srv[1]", "2"),
        ("host:*", ""),
        ("host:win-07 host:srv", "21"),
        ("workspace:prod", "2"),
        ("after:2026-11-21", "32"),
        ("before:2026-11-21", "1"),
        ("on:2026-11-20", "1"),
        ("status:no-findings", "3"),
        ("beac state:new", "2"),
        ('"port scan"', "1"),
        ('"scan port"', ""),
        ("- !", ""),
    ],
)
def test_found(history: History, text: str, numbers: str) -> None:
    filled(history)
    found = history.find(parse_filter(text, NOW))
    assert "".join(hunt.id[-1] for hunt in found) == numbers


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.text(max_size=20))
def test_no_text_is_sql(history: History, text: str) -> None:
    wanted = HistoryFilter((text,), techniques=(text,), hosts=(text,), workspaces=(text,))
    assert history.find(wanted) == ()


def test_trends(history: History) -> None:
    filled(history)
    found = history.trends(HistoryFilter())
    assert [(day.day.isoformat(), day.hunts, day.findings) for day in found.days] == [
        ("2026-11-20", 1, 1),
        ("2026-11-24", 2, 1),
    ]
    assert found.techniques == (("T1046", 1), ("T1059", 1), ("T1059.001", 1))
    assert found.states == (("closed", 1), ("new", 1))
    assert history.trends(parse_filter("workspace:prod", NOW)).techniques == (("T1059.001", 1),)


def test_a_listing_says_what_the_records_say(tmp_path: Path) -> None:
    two = replace(
        example_hunt(2, example_finding(number=1), example_finding("Other", 2)),
        repeats=example_hunt(1).id,
        playbook="p",
        partial="time-out",
        unseen=Unseen(10, 9, rows_cut=1, partial="time-out"),
        receipt=Receipt((TableReceipt("Gone", Extent(False), rows=0),), NOW, 10),
    )
    three = replace(example_hunt(3, request="sign-ins"), usage=None, row_count=None)
    with closing(History(tmp_path / "history.sqlite3")) as history:
        for hunt in (example_hunt(1), two, three):
            history.save(hunt)
        listing = history.listing(HistoryFilter())
        assert (listing.fitting, listing.total) == (3, 3)
        for listed, hunt in zip(listing.hunts, (three, two, example_hunt(1)), strict=True):
            for name in ("id", "created", "request", "kql", "workspace", "analyst", "status"):
                assert getattr(listed, name) == getattr(hunt, name)
            said = "" if hunt.row_count is None else hunt.coverage.summary()
            assert listed.coverage == said
            assert (listed.repeats, listed.playbook) == (hunt.repeats, hunt.playbook)
            assert (listed.row_count, listed.findings) == (hunt.row_count, len(hunt.findings))
            cost = (hunt.usage.price, hunt.usage.calls) if hunt.usage else None
            assert (listed.usage and (listed.usage.price, listed.usage.calls)) == cost
        cut = history.listing(parse_filter("powershell", NOW), limit=1)
        assert ([one.id for one in cut.hunts], cut.fitting, cut.total) == ([two.id], 2, 3)
        assert history.listing(parse_filter("workspace:de", NOW)).fitting == 3
        assert history.listing(parse_filter("workspace:d*", NOW)).fitting == 0
