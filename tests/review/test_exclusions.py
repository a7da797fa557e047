"""What is left out of findings: only what every cited row falls under, and only until its day."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from pathlib import Path

import pytest

from soc_tui.analysts import Merged
from soc_tui.config.exclusions_file import add_exclusion, exclusions_path, load_exclusions
from soc_tui.hunting.finding_events import Arrivals, LeavesOut
from soc_tui.model.errors import ConfigError
from soc_tui.model.events import FindingArrived
from soc_tui.model.exclusion import Exclusion
from soc_tui.model.finding import Evidence, Finding, Quotation
from soc_tui.model.hunt import Status
from soc_tui.review.exclusions import DAYS, excluded, offers
from tests.history.hunts import example_finding, example_hunt

TODAY = dt.date(2026, 11, 30)
TITLE = "Encoded PowerShell command"


def found(*rows: tuple[str, str, str], title: str = f"{TITLE}: srv-01") -> Finding:
    evidence = tuple(
        Evidence(
            f"r{number}",
            (
                Quotation("DeviceName", host),
                Quotation("AccountName", account),
                Quotation("ProcessCommandLine", command),
            ),
        )
        for number, (host, account, command) in enumerate(rows, 1)
    )
    return replace(example_finding(), title=title, evidence=evidence, iocs=())


BACKUP = ("srv-01", "svc-backup", "powershell -enc QQBBAA==")
OTHER = ("srv-01", "maria", "powershell -enc SQBFAFgA")


@pytest.mark.parametrize(
    ("exclusion", "rows", "holds"),
    [
        (Exclusion(TITLE), (BACKUP, OTHER), True),
        (Exclusion(TITLE.upper()), (BACKUP,), True),
        (Exclusion(f"{TITLE}: srv-01"), (BACKUP,), True),
        (Exclusion("Encoded"), (BACKUP,), False),
        (Exclusion(TITLE, entity="SRV-01"), (BACKUP, OTHER), True),
        (Exclusion(TITLE, entity="svc-backup"), (BACKUP,), True),
        (Exclusion(TITLE, entity="svc-backup"), (BACKUP, OTHER), False),
        (Exclusion(TITLE, entity="srv-0"), (BACKUP,), False),
        (Exclusion(TITLE, command="-ENC qqbbaa=="), (BACKUP,), True),
        (Exclusion(TITLE, command="-enc QQBBAA=="), (BACKUP, OTHER), False),
        (Exclusion(TITLE, entity="srv-01", command="x"), (BACKUP,), False),
        (Exclusion(TITLE, entity="srv-01"), (), False),
        (Exclusion(TITLE, until=TODAY), (BACKUP,), True),
        (Exclusion(TITLE, until=TODAY - dt.timedelta(days=1)), (BACKUP,), False),
    ],
)
def test_it_holds_of_every_row_or_not(
    exclusion: Exclusion, rows: tuple[tuple[str, str, str], ...], *, holds: bool
) -> None:
    assert bool(excluded(found(*rows), (exclusion,), TODAY)) is holds


def test_what_is_offered_is_narrow_first_ends_and_holds() -> None:
    first, *rest = offers(found(BACKUP), TODAY)
    assert (first.title, first.command) == (TITLE, BACKUP[2])
    assert first.entity in {"srv-01", "svc-backup"}
    assert rest[-1] == Exclusion(TITLE, until=TODAY + dt.timedelta(days=DAYS))
    assert {one.entity for one in offers(found(BACKUP, OTHER), TODAY)} == {"srv-01", ""}


def test_what_is_left_out_is_counted_and_told() -> None:
    arrivals = Arrivals(None, LeavesOut((Exclusion(TITLE, entity="svc-backup"),), TODAY))
    before = replace(example_hunt(), status=Status.HUNTING, findings=())
    hunt = arrivals.event(before, found(BACKUP)).hunt
    assert (hunt.findings, hunt.excluded) == ((), 1)
    assert "Left out, as an exclusion says" in hunt.notes[-1]
    event = arrivals.event(hunt, found(OTHER))
    assert isinstance(event, FindingArrived)
    assert event.finding.id == "f2"
    # One that was left out and grows by another row comes up in the place of what it absorbs.
    grown = arrivals.event(event.hunt, Merged(found(BACKUP, OTHER), 0, (1,))).hunt
    assert [finding.id for finding in grown.findings] == ["f1"]


def test_two_that_were_left_out_and_become_one_leave_the_others_alone() -> None:
    arrivals = Arrivals(None, LeavesOut((Exclusion(TITLE, entity="svc-backup"),), TODAY))
    hunt = replace(example_hunt(), status=Status.HUNTING, findings=())
    for finding in (found(BACKUP), found(BACKUP), found(OTHER)):
        hunt = arrivals.event(hunt, finding).hunt
    merged = arrivals.event(hunt, Merged(found(BACKUP, BACKUP), 0, (1,))).hunt
    assert [finding.id for finding in merged.findings] == ["f3"]


def test_the_file_keeps_what_is_written_by_hand(home: Path) -> None:
    assert load_exclusions() == ()
    one = Exclusion(TITLE, "srv-01", 'say "hi" \\ there', TODAY, "Backup.")
    add_exclusion(one)
    path = exclusions_path()
    assert path.stat().st_mode & 0o777 == 0o600
    path.write_text(f"{path.read_text()}\n# mine\n[[exclusion]]\ntitle = 'Other'\n")
    add_exclusion(Exclusion("Third"))
    assert load_exclusions() == (one, Exclusion("Other"), Exclusion("Third"))
    assert "# mine" in path.read_text()


@pytest.mark.parametrize(
    "text",
    [
        "[[exclusion]]\ntitle = 3\n",
        "[[exclusion]]\nentity = 'a'\n",
        "[[exclusion]]\ntitle = 'a'\nuntil = 'soon'\n",
        "[[exclusion]]\ntitle = 'a'\nhost = 'b'\n",
        "exclusion = 'a'\n",
        "not toml",
        "a = " + "[" * 5000,
    ],
)
def test_a_bad_file_is_said_with_its_place(home: Path, text: str) -> None:
    exclusions_path().parent.mkdir(parents=True, exist_ok=True)
    exclusions_path().write_text(text)
    with pytest.raises(ConfigError, match=r"exclusions\.toml"):
        load_exclusions()
    with pytest.raises(ConfigError):
        add_exclusion(Exclusion("x"))
    assert exclusions_path().read_text() == text
