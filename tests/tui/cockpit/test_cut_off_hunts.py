"""A hunt that was cut off is offered at the start, and gone on with by keyboard."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from pathlib import Path

import pytest

from soc_tui.history.bundle_file import Bundle
from soc_tui.history.bundle_folder import BundleFolder
from soc_tui.history.store import History
from soc_tui.model.hunt import Hunt, Status
from soc_tui.model.row_spans import Span
from soc_tui.tui.dialogs.choice import ChoiceScreen
from soc_tui.tui.dialogs.quote import QuoteScreen
from tests.history.hunts import example_finding, example_hunt
from tests.hunting.cut_off_hunt import rows
from tests.tui.hands import LARGE, SMALL, WAYS, running

ROWS, READ = 60, 40


def seed(home: Path) -> Hunt:
    """A hunt that was cut off an hour ago, and an older one."""
    held = rows(ROWS)
    hunt = replace(
        example_hunt(1, example_finding()),
        created=dt.datetime.now(dt.UTC) - dt.timedelta(hours=1),
        request="odd [b]powershell[/b] \x1b[2J on the servers",
        status=Status.INTERRUPTED,
        row_count=held.count,
        rows=held,
        read=(Span(0, READ),),
    )
    history = History(home / "data" / "history.sqlite3")
    history.save(hunt)
    older = replace(hunt, id=f"{hunt.id[:-1]}0", created=hunt.created - dt.timedelta(days=1))
    history.save(replace(older, read=(), row_count=None, findings=()))
    history.close()
    BundleFolder(home / "data" / "bundles", 50).save(Bundle(hunt, (), "test"))
    return hunt


def status_of(home: Path, hunt: Hunt) -> Status:
    history = History(home / "data" / "history.sqlite3")
    try:
        return history.load(hunt.id).status
    finally:
        history.close()


@pytest.mark.parametrize("environment", [WAYS[1]], indirect=True)
@pytest.mark.parametrize("size", [SMALL, LARGE], ids=["80x24", "140x45"])
async def test_it_goes_on_with_the_rows_that_are_left(
    home: Path, environment: dict[str, str], size: tuple[int, int]
) -> None:
    hunt = seed(home)
    async with running(environment, size) as hands:
        await hands.until(lambda: isinstance(hands.app.screen, ChoiceScreen), "the offer")
        said = hands.said
        assert "A hunt was cut off: odd [b]powershell[/b]" in said
        assert f"{ROWS - READ} of {ROWS} rows are not read yet" in said
        assert "1 other too" in said
        assert "\x1b" not in said
        await hands.press("1")
        await hands.until(lambda: isinstance(hands.app.screen, QuoteScreen), "the quote")
        await hands.press("escape")  # declined: it is offered again
        await hands.until(lambda: hands.app.screen is hands.main, "no dialog")
        await hands.idle()
        assert status_of(home, hunt) is Status.INTERRUPTED
        await hands.press("f6")
        await hands.until(lambda: isinstance(hands.app.screen, QuoteScreen), "the quote")
        await hands.press("enter")
        await hands.until(lambda: status_of(home, hunt) is Status.FOUND, "the end")
    history = History(home / "data" / "history.sqlite3")
    ended = history.load(hunt.id)
    history.close()
    assert ended.findings[0].id == hunt.findings[0].id
    assert len(ended.findings) == 3  # one from before, two in the last 20 rows


async def test_one_that_is_left_is_not_offered_again(home: Path) -> None:
    hunt = seed(home)
    async with running({}, SMALL) as hands:
        await hands.until(lambda: isinstance(hands.app.screen, ChoiceScreen), "the offer")
        await hands.press("3")
        await hands.until(lambda: status_of(home, hunt) is Status.CANCELLED, "cancelled")
