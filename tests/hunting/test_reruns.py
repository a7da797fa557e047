import os
import zipfile
from dataclasses import replace
from pathlib import Path

import pyarrow as pa
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from soc_tui.history.bundle_file import Bundle
from soc_tui.history.bundle_folder import BundleFolder
from soc_tui.history.store import History
from soc_tui.hunting.hunt_keeper import Keeper
from soc_tui.hunting.reruns import compare_runs, doubts, hunted, repeated, runs, same_query
from soc_tui.model.catalog import Column, KqlType
from soc_tui.model.coverage import Unseen
from soc_tui.model.errors import HistoryError
from soc_tui.model.finding import Evidence, Quotation
from soc_tui.model.hunt import Hunt, Status
from soc_tui.model.rows import Rows
from tests.history.hunts import example_finding, example_hunt


def found(title: str, command: str, row: str, time: str) -> Hunt:
    cells = (Quotation("TimeGenerated", time), Quotation("ProcessCommandLine", command))
    finding = replace(example_finding(title), iocs=(), evidence=(Evidence(row, cells),), mitre=())
    return example_hunt(1, finding)


def test_the_same_row_in_another_answer_is_the_same_and_its_number_says_nothing() -> None:
    earlier = found("One name", "powershell -enc AAAA", "r1", "2026-11-24T08:00:00Z")
    again = found("Another name", "powershell -enc AAAA", "r50", "2026-11-24T08:00:00Z")
    assert len(compare_runs(earlier, again).same) == 1
    other = found("Another name", "whoami /all", "r1", "2026-11-24T08:00:00Z")
    compared = compare_runs(earlier, other)
    assert (len(compared.same), len(compared.gone), len(compared.new)) == (0, 1, 1)


def test_thousands_of_findings_are_compared_without_trying_every_pair() -> None:
    findings = tuple(
        replace(
            example_finding(f"Finding {number}", number),
            iocs=(),
            evidence=(Evidence("r1", (Quotation("ProcessCommandLine", f"command {number}"),)),),
        )
        for number in range(3_000)
    )
    hunt = example_hunt(1, *findings)
    assert len(compare_runs(hunt, hunt).same) == 3_000
    renamed = tuple(replace(one, title="Other") for one in findings[1:])
    compared = compare_runs(hunt, example_hunt(2, *renamed))
    assert compared.same == tuple(zip(findings[1:], renamed, strict=True))
    assert (compared.gone, compared.new) == (findings[:1], ())


def test_other_runs_are_those_linked_and_those_of_the_same_question() -> None:
    hunt = example_hunt(1)
    again = replace(example_hunt(2, request="reworded"), repeats=hunt.id)
    third = replace(example_hunt(3, request="again"), repeats=hunt.id)
    same = example_hunt(4, request=" Odd  PowerShell ")
    other = replace(example_hunt(5, request="sign-ins"), kql="SigninLogs | take 5")
    everything = (hunt, again, third, same, other)
    assert [*runs(hunt, everything)] == [again, third, same]
    assert [*runs(again, everything)] == [hunt, third]
    by_hand, by_hand_again = replace(hunt, request=""), replace(same, request="")
    assert [*runs(by_hand, (by_hand_again, other))] == [by_hand_again]


def test_a_second_run_is_told_whose_it_is() -> None:
    old = replace(example_hunt(1, example_finding()), parent="p")
    fresh = repeated(example_hunt(2), old)
    assert (fresh.repeats, fresh.parent, fresh.findings) == (old.id, "p", ())
    assert fresh.notes == (f"Run again: hunt {old.id}.",)


async def test_a_deleted_hunt_leaves_no_bundle(tmp_path: Path) -> None:
    history, bundles = History(tmp_path / "h.sqlite3"), BundleFolder(tmp_path / "bundles", 1)
    hunt = example_hunt(1)
    history.save(hunt)
    bundles.save(Bundle(hunt))
    keeper = Keeper(history, bundles)
    await keeper.delete(hunt.id)
    assert bundles.load(hunt.id) is None
    with pytest.raises(HistoryError, match="No such hunt"):
        await keeper.delete(hunt.id)
    history.close()


async def test_the_oldest_bundles_make_room_and_their_hunts_say_so(tmp_path: Path) -> None:
    history, folder = History(tmp_path / "h.sqlite3"), tmp_path / "bundles"
    hunts = [replace(example_hunt(number), row_count=3) for number in range(1, 6)]
    for hunt in hunts:
        history.save(hunt)
        BundleFolder(folder, 1).save(Bundle(hunt))
    for age, path in enumerate(sorted(folder.iterdir(), reverse=True)):
        os.utime(path, (1_000_000 - age, 1_000_000 - age))
    size = max(path.stat().st_size for path in folder.iterdir())
    bundles = BundleFolder(folder, 1, 3.5 * size / (1 << 20))
    bundles.save(Bundle(hunts[0]))  # the newest now
    assert {path.stem for path in folder.iterdir()} == {hunts[at].id for at in (0, 3, 4)}
    keeper = Keeper(history, bundles)
    assert "make room" in (await keeper.reopen(hunts[1].id)).problem
    assert (await keeper.reopen(hunts[4].id)).problem == ""
    history.close()


def test_a_bundle_over_the_whole_limit_is_kept_alone(tmp_path: Path) -> None:
    bundles = BundleFolder(tmp_path, 1, 0.000001)
    for number in (1, 2):
        bundles.save(Bundle(example_hunt(number)))
    assert [path.stem for path in tmp_path.iterdir()] == [example_hunt(2).id]


def test_what_makes_a_run_doubtful_is_said() -> None:
    whole = example_hunt(1, example_finding())
    assert doubts(whole) == ()
    unseen = Unseen(rows_total=10, rows_sent=6, rows_cut=4)
    assert len(doubts(replace(whole, status=Status.CANCELLED, partial="cut", unseen=unseen))) == 3
    assert doubts(replace(example_hunt(2), status=Status.QUERIED)) == (
        "it was not hunted (queried)",
    )
    assert hunted(Status.NO_FINDINGS, 0)
    assert hunted(Status.FAILED, 1)
    assert not hunted(Status.FAILED, 0)
    assert same_query(whole, replace(whole, kql="DeviceProcessEvents\n| take 10"))
    assert not same_query(whole, replace(whole, kql="DeviceProcessEvents | take 11"))


OURS, OTHER = Ed25519PrivateKey.generate(), Ed25519PrivateKey.generate()


@pytest.mark.parametrize(
    ("key", "changed", "said"),
    [
        (OURS, False, "made here"),
        (OTHER, False, "made by the key"),
        (None, False, "unsigned"),
        (OURS, True, "changed since it was signed"),
    ],
)
async def test_who_made_the_bundle_of_a_past_hunt_is_said(
    tmp_path: Path, key: Ed25519PrivateKey | None, changed: bool, said: str
) -> None:
    history, folder = History(tmp_path / "h.sqlite3"), tmp_path / "bundles"
    rows = Rows(pa.table({"User": ["alice"]}), (Column("User", KqlType.STRING),))
    hunt = replace(example_hunt(), rows=rows, row_count=1)
    history.save(hunt)
    BundleFolder(folder, 1, key=(lambda: key) if key else None).save(Bundle(hunt))
    (path,) = folder.iterdir()
    if changed:
        with zipfile.ZipFile(path) as whole:
            parts = {name: whole.read(name) for name in whole.namelist()}
        parts["bundle.json"] += b"\n"
        with zipfile.ZipFile(path, "w") as whole:
            for name, data in parts.items():
                whole.writestr(name, data)
    opened = await Keeper(history, BundleFolder(folder, 1, key=lambda: OURS)).reopen(hunt.id)
    assert said in opened.made
    assert opened.made_here is (said == "made here")
    assert opened.hunt.rows is not None
    history.close()


async def test_without_a_bundle_nobody_made_it(tmp_path: Path) -> None:
    history, hunt = History(tmp_path / "h.sqlite3"), example_hunt()
    history.save(hunt)
    assert (await Keeper(history, BundleFolder(tmp_path / "none", 1)).reopen(hunt.id)).made == ""
    history.close()
