"""Past hunts as lines: they fit, stand under their names, and hostile text is inert."""

import datetime as dt
from dataclasses import replace
from decimal import Decimal

import pytest
from rich.cells import cell_len

from soc_tui.model.hunt import Status
from soc_tui.model.listing import Listed
from soc_tui.model.quote import Usage
from soc_tui.tui.panes.history_lines import detail, heading, hunt_line

NOW = dt.datetime(2026, 11, 25, tzinfo=dt.UTC)
HOSTILE = "\x1b[2J[bold]x[/bold] \u202e" + "語" * 5000
ONE = Listed(
    id="h1",
    created=dt.datetime(2026, 11, 24, 10, 15, tzinfo=dt.UTC),
    request="odd powershell",
    kql="T | take 5",
    workspace="demo",
    analyst="offline",
    status=Status.NO_FINDINGS,
    row_count=123_456,
    findings=12,
    problem="",
    playbook="",
    repeats="",
    usage=Usage("gpt", price=Decimal("0.0123")),
)
OTHERS = (
    replace(ONE, request=HOSTILE, row_count=12_345_678, findings=99_999),
    replace(ONE, request="", usage=None, row_count=None),
    replace(ONE, usage=Usage("gpt", price=Decimal("12345.6789"))),
    replace(ONE, usage=Usage("gpt", price=None)),
    replace(ONE, usage=Usage("offline", calls=0)),
)


@pytest.mark.parametrize("width", [20, 50, 76, 90, 120])
def test_a_line_fits_its_width(width: int) -> None:
    for hunt in (ONE, *OTHERS):
        line = hunt_line(hunt, width, NOW).plain
        assert cell_len(line) <= width
        assert "\x1b" not in line


def test_columns_stand_under_their_names() -> None:
    for width in (76, 90):
        names, line = heading(width).plain, hunt_line(ONE, width, NOW).plain
        assert line.index("no findings") == names.index("Status")
        assert line.index("odd powershell") == names.index("Request")
        for name, figure in (("Rows", "123,456"), ("Price", "$0.0123"), ("Find", "12 ")):
            end = names.index(name) + len(names[names.index(name) :].split()[0])
            assert line[:end].endswith(figure.strip())
        for other in OTHERS:
            line = hunt_line(other, width, NOW).plain
            assert line[names.index("Request") - 1] == " "
    assert 76 - heading(76).plain.index("Request") >= 28


def test_figures_that_are_unknown_free_or_none_are_told_apart() -> None:
    told = [hunt_line(hunt, 120, NOW).plain.split()[-3:] for hunt in OTHERS[1:]]
    assert [words[0] for words in told[1:]] == ["$12,346", "unknown", "free"]
    assert hunt_line(OTHERS[1], 120, NOW).plain.split()[5:7] == ["-", "-"]
    assert "KQL: T | take 5" in hunt_line(OTHERS[1], 120, NOW).plain
    queried = hunt_line(replace(ONE, status=Status.QUERIED, findings=0), 120, NOW)
    assert queried.plain.split()[2:4] == ["queried", "-"], "it was not looked through yet"


def test_a_time_of_another_year_says_the_year_where_it_is_narrow() -> None:
    old = replace(ONE, created=ONE.created.replace(year=2024))
    assert hunt_line(ONE, 76, NOW).plain.startswith("11-24 10:15 ")
    assert hunt_line(old, 76, NOW).plain.startswith("2024-11-24  ")
    assert hunt_line(old, 90, NOW).plain.startswith("2024-11-24 10:15 ")


def test_the_detail_is_inert_and_says_whose_run_it_is() -> None:
    told = detail(replace(ONE, request=HOSTILE, repeats="h0", playbook="weekly", problem=HOSTILE))
    assert "\x1b" not in told.plain
    assert len(told.plain) < 1200
    assert "playbook weekly · rerun of h0" in told.plain
