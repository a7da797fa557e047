"""The record of spend: sums by day and session, estimates until the real usage comes."""

import datetime as dt
import stat
import subprocess
import sys
import threading
from collections.abc import Iterator
from dataclasses import replace
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from soc_tui.history.ledger import Entry, Ledger, Settled
from soc_tui.history.session import Session
from soc_tui.model.budget import Spent
from soc_tui.model.errors import HistoryError, RefusedError
from soc_tui.model.limits import Limits
from soc_tui.model.quote import Usage

NOW = dt.datetime(2026, 11, 25, 23, 59, tzinfo=dt.UTC)
USAGE = Usage("gpt-5-mini", tokens_in=1_000, tokens_out=100, price=Decimal("0.25"))


@pytest.fixture
def ledger(tmp_path: Path) -> Iterator[Ledger]:
    opened = Ledger(tmp_path / "data" / "ledger.sqlite3")
    yield opened
    opened.close()


def entry(
    price: str | None = "0.25", *, at: dt.datetime = NOW, session: str = "s1", calls: int = 1
) -> Entry:
    cost = None if price is None else Decimal(price)
    return Entry(at, session, "h1", "hunting", replace(USAGE, price=cost, calls=calls))


def day(ledger: Ledger, at: dt.datetime = NOW, session: str = "s1") -> Spent:
    return ledger.budget(Limits(), at, session).day


def session(ledger: Ledger, name: str = "s1") -> Spent:
    return ledger.budget(Limits(), NOW, name).session


def test_day_and_session_are_summed_apart(ledger: Ledger) -> None:
    ledger.record(entry("0.10"))
    ledger.record(entry("0.20", session="s2"))
    ledger.record(entry("0.40", at=NOW + dt.timedelta(minutes=1)))
    assert day(ledger).usd == Decimal("0.30")
    assert session(ledger).usd == Decimal("0.50")
    assert day(ledger, NOW + dt.timedelta(minutes=1)).usd == Decimal("0.40")
    assert session(ledger, "s3") == Spent()


def test_the_day_is_that_of_utc(ledger: Ledger) -> None:
    east = dt.timezone(dt.timedelta(hours=9))
    ledger.record(entry("0.10", at=NOW.astimezone(east)))
    assert day(ledger).usd == Decimal("0.10")


@settings(max_examples=25)
@given(st.lists(st.decimals(min_value=0, max_value=100, places=8), max_size=20))
def test_small_prices_add_up_exactly(
    tmp_path_factory: pytest.TempPathFactory, prices: list[Decimal]
) -> None:
    ledger = Ledger(tmp_path_factory.mktemp("ledger") / "ledger.sqlite3")
    for price in prices:
        ledger.record(entry(str(price)))
    assert day(ledger).usd == sum(prices, Decimal(0))
    ledger.close()


def test_it_survives_a_restart_and_is_private(ledger: Ledger) -> None:
    ledger.record(entry("0.10"))
    ledger.close()
    code = (
        "import datetime as dt, sys\nfrom pathlib import Path\n"
        "from soc_tui.history.ledger import Ledger\nfrom soc_tui.model.limits import Limits\n"
        "now = dt.datetime.fromisoformat(sys.argv[2])\n"
        "print(Ledger(Path(sys.argv[1])).budget(Limits(), now, 's2').day.usd)"
    )
    argv = [sys.executable, "-c", code, str(ledger.path), NOW.isoformat()]
    ran = subprocess.run(argv, capture_output=True, text=True, check=True)
    assert ran.stdout.strip() == "0.10"
    assert stat.S_IMODE(ledger.path.stat().st_mode) == 0o600


def test_what_runs_counts_by_the_most_it_may_take_then_by_what_it_took(ledger: Ledger) -> None:
    ledger.reserve(entry("0.20"), Decimal("0.50"), Limits())
    assert day(ledger).usd == Decimal("0.50")
    ledger.record(entry("0.13"))
    assert day(ledger).usd == Decimal("0.13")
    ledger.end("s1", "h1", cancelled=False)
    assert day(ledger).usd == Decimal("0.13")


def test_each_answered_call_takes_the_place_of_its_share(ledger: Ledger) -> None:
    ledger.reserve(entry("0.40", calls=4), Decimal("0.80"), Limits())
    ledger.record(entry("0.05"))
    assert day(ledger).usd == Decimal("0.65")
    ledger.record(entry("0.05", calls=2))
    assert day(ledger).usd == Decimal("0.30")
    ledger.end("s1", "h1", cancelled=True)
    assert day(ledger).usd == Decimal("0.20")  # two records of 0.05, and one of four calls at 0.40


@pytest.fixture
def other(ledger: Ledger) -> Iterator[Ledger]:
    """The ledger of another run of the program."""
    opened = Ledger(ledger.path, Session(ledger.path.with_name("runs")))
    yield opened
    opened.close()


def test_chunks_go_out_one_by_one_from_what_is_reserved(ledger: Ledger) -> None:
    ledger.reserve(entry("0.40", calls=4), Decimal("0.80"), Limits(), sent=False)
    ledger.send(entry("0.10"), Decimal("0.30"))
    assert day(ledger).usd == Decimal("0.80")
    ledger.record(entry("0.05"))
    assert day(ledger).usd == Decimal("0.55")
    ledger.send(entry("0.10"), Decimal("0.20"))
    ledger.unsend(entry("0.10"))  # turned away: nothing is charged
    assert day(ledger).usd == Decimal("0.35")
    ledger.record(entry("0.05"))  # one that was not said to be sent
    ledger.send(entry("0.10"), Decimal("0.30"))
    ledger.send(entry("0.20"), Decimal("0.30"))  # more than was reserved: it counts by itself
    assert day(ledger).usd == Decimal("0.70")
    ledger.end("s1", "h1", cancelled=True)
    assert day(ledger).usd == Decimal("0.40")  # two of 0.05, and what was sent by its estimate


@pytest.mark.parametrize("price", ["0.10", None])
def test_what_a_dead_run_left_open_is_settled(
    ledger: Ledger, other: Ledger, price: str | None
) -> None:
    run = Session(ledger.path.with_name("runs"))
    mine = Ledger(ledger.path, run)
    known = price is not None
    four = replace(entry(price), session=run.id, usage=replace(entry(price).usage, calls=4))
    one = replace(entry(price), session=run.id)
    mine.reserve(four, Decimal("0.80") if known else None, Limits(), sent=False)
    mine.send(one, Decimal("0.20") if known else None)
    assert other.settle() == Settled()  # it lives
    run.close()
    settled = other.settle()
    assert (settled.sent, settled.freed_calls) == (1, 3)
    kept = Spent(Decimal("0.10")) if known else Spent(unknown_calls=1)
    assert settled.kept == kept == day(ledger)
    said = "counted as $0.1000 (estimated)" if known else "counted as an unknown price"
    assert said in settled.text()
    assert other.settle().text() == ""
    assert ledger.settle() == Settled()  # it knows of no runs
    mine.close()


def test_calls_that_failed_are_forgotten(ledger: Ledger) -> None:
    ledger.reserve(entry("0.20"), Decimal("0.50"), Limits())
    ledger.end("s1", "h1", cancelled=False)
    assert day(ledger) == Spent()


def test_an_end_leaves_other_hunts_and_sessions_alone(ledger: Ledger) -> None:
    ledger.reserve(entry("0.20"), Decimal("0.50"), Limits())
    ledger.reserve(entry("0.20", session="s2"), Decimal("0.50"), Limits())
    ledger.reserve(replace(entry("0.20"), hunt_id="h2"), Decimal("0.50"), Limits())
    ledger.end("s1", "h1", cancelled=False)
    assert day(ledger).usd == Decimal("1.00")


def test_unknown_prices_are_counted_as_calls(ledger: Ledger) -> None:
    ledger.reserve(entry(None), None, Limits())
    assert day(ledger) == Spent(unknown_calls=1)
    ledger.record(entry(None, calls=2))
    assert day(ledger) == Spent(unknown_calls=2)


def test_a_reservation_over_a_hard_limit_is_refused_with_figures(ledger: Ledger) -> None:
    limits = Limits(max_day_spend=Decimal(1))
    ledger.record(entry("0.90"))
    with pytest.raises(RefusedError, match=r"\$0\.9000 is spent.*\$0\.1000 over the daily limit"):
        ledger.reserve(entry("0.05"), Decimal("0.20"), limits)
    assert day(ledger).usd == Decimal("0.90")
    ledger.reserve(entry("0.05"), Decimal("0.10"), limits)


def test_sessions_at_once_do_not_pass_a_limit_together(ledger: Ledger) -> None:
    limits = Limits(max_day_spend=Decimal(1))
    begun = []

    def begin(name: str) -> None:
        own = Ledger(ledger.path)
        try:
            own.reserve(entry("0.20", session=name), Decimal("0.30"), limits)
            begun.append(name)
        except RefusedError:
            pass
        finally:
            own.close()

    threads = [threading.Thread(target=begin, args=(f"s{n}",)) for n in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(begun) == 3
    assert day(ledger).usd == Decimal("0.90")


def test_totals_by_day_and_by_model(ledger: Ledger) -> None:
    for back in (2, 1, 0):
        ledger.record(entry("0.10", at=NOW - dt.timedelta(days=back)))
    ledger.record(replace(entry(), usage=Usage("llama", tokens_in=5, price=None, calls=3)))
    ledger.reserve(entry("0.20"), Decimal("0.50"), Limits())
    newest, before = ledger.days(2)
    assert (newest.name, before.name) == ("2026-11-25", "2026-11-24")
    assert newest.spent == Spent(Decimal("0.60"), 3)
    assert newest.estimated == Decimal("0.50")
    assert newest.calls == 5
    mini, llama = ledger.models(NOW.date())
    assert (mini.name, mini.spent.usd, mini.tokens_in) == ("gpt-5-mini", Decimal("0.60"), 2_000)
    assert (llama.name, llama.spent) == ("llama", Spent(unknown_calls=3))


def test_a_damaged_amount_is_told(ledger: Ledger) -> None:
    ledger.record(entry())
    with ledger._file.opened() as con:
        con.execute("UPDATE calls SET price_usd = 'much'")
    with pytest.raises(HistoryError, match="damaged"):
        ledger.days(1)


def test_a_damaged_file_is_told(ledger: Ledger) -> None:
    ledger.path.parent.mkdir(parents=True)
    ledger.path.write_bytes(b"no database" * 100)
    with pytest.raises(HistoryError, match=r"spend ledger .* cannot be read"):
        ledger.record(entry())
