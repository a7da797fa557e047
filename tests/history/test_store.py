import contextlib
import errno
import json
import os
import shutil
import sqlite3
import stat
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings

from soc_tui.history import digests
from soc_tui.history.codec import decode, encode
from soc_tui.history.filters import HistoryFilter
from soc_tui.history.schema import MIGRATIONS
from soc_tui.history.session import Session
from soc_tui.history.store import History
from soc_tui.model.errors import HistoryError
from soc_tui.model.finding import TriageState
from soc_tui.model.grounded import NOT_KNOWN
from soc_tui.model.hunt import Hunt, Status
from tests.history.hunts import HUNT, example_finding, example_hunt, search


@pytest.fixture
def history(tmp_path: Path) -> Iterator[History]:
    store = History(tmp_path / "data" / "history.sqlite3")
    yield store
    store.close()


@given(HUNT)
def test_codec_gives_the_hunt_back_through_json(hunt: Hunt) -> None:
    assert decode(Hunt, json.loads(json.dumps(encode(hunt)))) == hunt


def test_codec_reads_records_with_fewer_and_more_fields() -> None:
    data = encode(example_hunt())
    del data["problem"]
    data["of the future"] = 1
    assert decode(Hunt, data) == example_hunt()


@pytest.mark.parametrize(("name", "value"), [("status", "?"), ("notes", "x"), ("row_count", True)])
def test_codec_rejects_what_is_not_a_hunt(name: str, value: object) -> None:
    with pytest.raises((ValueError, TypeError)):
        decode(Hunt, {**encode(example_hunt()), name: value})


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(HUNT)
def test_store_gives_the_hunt_back(history: History, hunt: Hunt) -> None:
    with contextlib.suppress(HistoryError):
        history.delete(hunt.id)
    history.save(hunt)
    assert history.load(hunt.id) == hunt


def test_constructor_touches_no_file_and_first_use_makes_private_ones(tmp_path: Path) -> None:
    path = tmp_path / "data" / "history.sqlite3"
    history = History(path)
    assert not path.parent.exists()
    old = os.umask(0)
    try:
        history.save(example_hunt())
    finally:
        os.umask(old)
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
    for file in path.parent.iterdir():
        assert stat.S_IMODE(file.stat().st_mode) == 0o600, file
    history.close()


def test_summaries_are_newest_first_without_findings(history: History) -> None:
    for number in (2, 1, 3):
        history.save(example_hunt(number, example_finding()))
    assert [hunt.id[-4:] for hunt in history.summaries()] == ["0003", "0002", "0001"]
    assert [hunt.findings for hunt in history.summaries(limit=2)] == [(), ()]


def test_hunts_without_rows_or_findings_are_recorded(history: History) -> None:
    nothing = replace(example_hunt(1), status=Status.NO_ROWS, row_count=0)
    history.save(nothing)
    history.save(example_hunt(2))
    assert history.load(nothing.id).status is Status.NO_ROWS
    assert history.summaries()[0].status is Status.NO_FINDINGS


def test_queries_that_were_run_are_kept_once_the_last_one_first(history: History) -> None:
    hunt = replace(example_hunt(1), status=Status.QUERYING)
    for kql in ("A", "B", "A | take 1", "B"):
        history.save(replace(hunt, kql=kql))
    history.save(replace(hunt, kql="never run", status=Status.PLANNED))
    assert history.queries() == ("B", "A | take 1", "A")
    assert history.queries(limit=1) == ("B",)
    history.delete(hunt.id)
    assert history.queries() == ()


def test_an_older_file_brings_its_queries_along(history: History) -> None:
    history.path.parent.mkdir()
    with sqlite3.connect(history.path) as con:
        for statements in MIGRATIONS[:3]:
            for statement in statements:
                con.execute(statement)
        con.execute("PRAGMA user_version = 3")
        for number, (kql, rows) in enumerate((("A", 1), ("B", None), ("A", 0), ("C", 0))):
            con.execute(
                "INSERT INTO hunts (id, created, request, workspace, analyst, status, kql, "
                "row_count, finding_count, elapsed_seconds, problem, body) "
                "VALUES (?, ?, '', '', '', '', ?, ?, 0, 0, '', '')",
                (str(number), f"2026-11-2{number}", kql, rows),
            )
    con.close()
    assert history.queries() == ("C", "A")


def test_triage_survives_saving_again(history: History) -> None:
    hunt = example_hunt(1, example_finding(), example_finding("Other", 2))
    history.save(hunt)
    history.set_state(hunt.id, "f1", TriageState.TRUE_POSITIVE)
    history.set_notes(hunt.id, "f1", "called the owner \udc80\x00")
    history.save(replace(hunt, findings=()))
    history.save(hunt)
    first, second = history.load(hunt.id).findings
    assert first.state is TriageState.TRUE_POSITIVE
    assert first.notes == "called the owner \udc80\x00"
    assert second.state is TriageState.NEW


def test_triage_does_not_pass_to_another_finding_of_the_same_id(history: History) -> None:
    hunt = example_hunt(1, example_finding())
    history.save(hunt)
    history.set_state(hunt.id, "f1", TriageState.BENIGN)
    history.save(replace(hunt, findings=(example_finding("Something else"),)))
    assert history.load(hunt.id).findings[0].state is TriageState.NEW


def test_states_can_be_queried(history: History) -> None:
    hunt = example_hunt(1, example_finding())
    history.save(hunt)
    history.set_state(hunt.id, "f1", TriageState.BENIGN)
    history.save(hunt)
    with sqlite3.connect(history.path) as con:
        found = con.execute("SELECT state, mitre, severity FROM findings").fetchall()
        price = con.execute("SELECT price_usd, finding_count FROM hunts").fetchall()
    con.close()
    assert found == [("benign", "T1059.001", "high")]
    assert price == [("0.0123", 1)]


def test_search_looks_in_requests_kql_and_findings(history: History) -> None:
    history.save(example_hunt(1, example_finding()))
    history.save(example_hunt(2, request="failed sign-ins"))

    def ids(text: str) -> list[str]:
        return [hunt.id[-1] for hunt in search(history, text)]

    assert ids("sign-ins") == ["2"]
    assert ids("203.0.113.7") == ["1"]
    assert ids("T1059") == ["1"]
    assert ids("DeviceProc") == ["2", "1"]
    assert ids("power encoded") == ["1"]
    assert ids("") == ["2", "1"]
    for hostile in ('"', "NEAR(", "* OR *", "a\x00b", "\udc80", "'; DROP TABLE hunts", "-"):
        assert ids(hostile) == []


def test_search_forgets_deleted_and_replaced_words(history: History) -> None:
    hunt = example_hunt(1)
    history.save(hunt)
    history.save(replace(hunt, request="beacons"))
    assert search(history, "powershell") == ()
    history.delete(hunt.id)
    assert search(history, "beacons") == ()
    assert history.summaries() == ()


def test_unknown_hunts_and_findings_are_named(history: History) -> None:
    history.save(example_hunt(1))
    for call in (
        lambda: history.load("nope"),
        lambda: history.delete("nope"),
        lambda: history.set_state(example_hunt(1).id, "f9", TriageState.BENIGN),
        lambda: history.set_notes("nope", "f1", ""),
    ):
        with pytest.raises(HistoryError, match="No such"):
            call()


def test_a_damaged_file_is_set_aside_with_its_date_and_a_new_one_begins(tmp_path: Path) -> None:
    path = tmp_path / "history.sqlite3"
    for times in (1, 2):
        path.write_bytes(b"not a database at all" * 100)
        history = History(path)
        history.save(example_hunt())
        history.close()
        assert "is kept as history.sqlite3.damaged-2" in history.told
        aside = [*tmp_path.glob("*.damaged-*")]
        assert len(aside) == times
        assert all(one.read_bytes().startswith(b"not a database") for one in aside)


def test_a_newer_file_is_told_and_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "history.sqlite3"
    con = sqlite3.connect(path)
    con.execute("PRAGMA user_version = 99")
    con.close()
    with pytest.raises(HistoryError, match="newer"):
        History(path).save(example_hunt())


def test_a_file_of_the_first_version_is_brought_up_to_date(history: History) -> None:
    history.path.parent.mkdir()
    with sqlite3.connect(history.path) as con:
        for statement in MIGRATIONS[0]:
            con.execute(statement)
        con.execute("PRAGMA user_version = 1")
    con.close()
    hunt = replace(example_hunt(), parent="20261124T101500-00000000")
    history.save(hunt)
    assert history.load(hunt.id) == hunt
    with sqlite3.connect(history.path) as con:
        assert con.execute("SELECT parent FROM hunts").fetchall() == [(hunt.parent,)]
    con.close()


def test_another_programs_database_is_not_touched(tmp_path: Path) -> None:
    path = tmp_path / "history.sqlite3"
    con = sqlite3.connect(path)
    con.execute("CREATE TABLE bookmarks (url)")
    con.close()
    with pytest.raises(HistoryError, match="another program"):
        History(path).save(example_hunt())


@pytest.mark.parametrize(
    ("damage", "read"),
    [
        ("UPDATE hunts SET body = '{}'", History.summaries),
        ("UPDATE hunts SET created = '2026-13-01'", lambda h: h.trends(HistoryFilter())),
        ("UPDATE findings SET body = '[]'", lambda h: h.load(example_hunt().id)),
        ("UPDATE triage SET state = 'odd'", lambda h: h.load(example_hunt().id)),
        ("UPDATE triage SET notes = '{'", lambda h: h.save(example_hunt(1, example_finding()))),
    ],
)
def test_a_record_of_wrong_shape_is_told(
    history: History, damage: str, read: Callable[[History], object]
) -> None:
    hunt = example_hunt(1, example_finding())
    history.save(hunt)
    history.set_notes(hunt.id, "f1", "odd")
    with sqlite3.connect(history.path) as con:
        digests.teach(con)
        assert con.execute(damage).rowcount == 1
    con.close()
    with pytest.raises(HistoryError, match="record"):
        read(history)


@pytest.mark.parametrize(
    ("damage", "listed"),
    [
        ("hunts SET price_usd = 'much'", 1),
        ("hunts SET created = 'yesterday'", 1),
        ("hunts SET status = 'odd'", 1),
        ("hunts SET row_count = 'many'", 1),
        ("hunts SET body = '{'", 2),  # what a list shows stands beside it
        ("hunts SET body = json_set(body, '$.unseen', 7)", 2),
        ("findings SET body = '{'", 2),
    ],
)
def test_one_damaged_record_does_not_hide_the_others(
    history: History, damage: str, listed: int
) -> None:
    for number in (1, 2):
        history.save(example_hunt(number, example_finding()))
    place = "id" if damage.startswith("hunts") else "hunt_id"
    with sqlite3.connect(history.path) as con:
        digests.teach(con)
        con.execute(f"UPDATE {damage} WHERE {place} = ?", (example_hunt(1).id,))
    con.close()
    found = history.listing(HistoryFilter())
    assert (len(found.hunts), found.damaged, found.total) == (listed, 2 - listed, 2)
    history.listing(HistoryFilter(hosts=("win-07",)))
    history.delete(example_hunt(1).id)
    assert history.listing(HistoryFilter()).damaged == 0


def test_a_damaged_name_in_the_file_is_told(history: History) -> None:
    history.save(example_hunt())
    history.close()
    data = history.path.read_bytes()
    broken = data.replace(b"hunts_by_time", b"\xd2unts_by_time").replace(b"id DESC)", b"id DESC(")
    history.path.write_bytes(broken)
    with pytest.raises(HistoryError, match="damaged"):
        history.summaries()


def test_a_locked_file_is_told(history: History, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("soc_tui.history.sqlite_file._BUSY_SECONDS", 0.05)
    history.save(example_hunt())
    history.close()
    other = sqlite3.connect(history.path, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    with pytest.raises(HistoryError, match="in use"):
        history.save(example_hunt(2))
    other.execute("ROLLBACK")
    other.close()
    history.save(example_hunt(2))
    assert len(history.summaries()) == 2


@pytest.mark.parametrize(("free", "told"), [(0, "The disk is full"), (1 << 30, "disk I/O error")])
def test_a_disk_too_full_to_open_the_file_is_told_as_full(
    history: History, monkeypatch: pytest.MonkeyPatch, free: int, told: str
) -> None:
    error = sqlite3.OperationalError("disk I/O error")
    error.sqlite_errorcode = sqlite3.SQLITE_IOERR_SHMSIZE  # as a tmpfs without room answers
    monkeypatch.setattr(shutil, "disk_usage", lambda _: shutil._ntuple_diskusage(1, 1, free))
    with pytest.raises(HistoryError, match=told), history._file.opened():
        raise error


def test_no_room_for_the_lock_of_a_session_is_told_as_full(
    history: History, monkeypatch: pytest.MonkeyPatch
) -> None:
    def begin(_: Session) -> str:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(Session, "begin", begin)
    with pytest.raises(HistoryError, match="full"):
        history.save(replace(example_hunt(), status=Status.HUNTING))
    assert not history.summaries()


def test_a_full_disk_is_told_and_nothing_is_half_written(history: History) -> None:
    history.save(example_hunt(1, example_finding()))
    with history._file.opened() as con:
        pages = con.execute("PRAGMA page_count").fetchone()[0]
        con.execute(f"PRAGMA max_page_count = {pages}")
    with pytest.raises(HistoryError, match="full"):
        history.save(example_hunt(2, request="x" * 200_000))
    assert [hunt.id for hunt in history.summaries()] == [example_hunt(1).id]


def test_a_folder_that_cannot_be_made_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(HistoryError, match="permissions"):
        History(tmp_path / "file" / "history.sqlite3").summaries()


def test_threads_share_one_history(history: History) -> None:
    def save(number: int) -> None:
        for _ in range(5):
            history.save(example_hunt(number, example_finding()))

    threads = [threading.Thread(target=save, args=(number,)) for number in range(1, 9)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(history.summaries()) == 8


def test_two_processes_share_one_file(history: History) -> None:
    code = (
        "import sys; from pathlib import Path; from soc_tui.history.store import History\n"
        "from tests.history.hunts import example_hunt\n"
        "h = History(Path(sys.argv[1]))\n"
        "for n in range(30, 40): h.save(example_hunt(n))\n"
    )
    other = subprocess.Popen([sys.executable, "-c", code, str(history.path)])
    for number in range(1, 11):
        history.save(example_hunt(number))
    assert other.wait(30) == 0
    assert len(history.summaries()) == 20


def test_findings_merged_by_a_human_are_loaded_so_and_split_again(history: History) -> None:
    first = replace(example_finding(), state=TriageState.BENIGN, notes="known script")
    second = example_finding("Other", 2)
    apart = example_hunt(1, first, second)
    history.save(apart)
    whole = replace(first, id="f1+f2", state=TriageState.NEW, parts=(first, second))
    history.arrange(replace(apart, findings=(whole,)))
    assert history.load(apart.id).findings == (whole,)
    history.set_state(apart.id, "f1+f2", TriageState.CLOSED)
    history.arrange(apart)
    assert history.load(apart.id).findings == (first, second)
    # The same merge made again has the state it is shown with, not that of the first time.
    history.arrange(replace(apart, findings=(whole,)))
    assert history.load(apart.id).findings == (whole,)


def test_a_finding_recorded_before_the_three_checks_says_that_they_are_not_known(
    history: History,
) -> None:
    history.save(example_hunt(1, replace(example_finding(), checks=None)))
    (read,) = history.load(example_hunt(1).id).findings
    assert not read.grounded
    assert read.checks is None
    assert read.doubts == (NOT_KNOWN,)
