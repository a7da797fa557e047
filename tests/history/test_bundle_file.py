"""A bundle gives back what went in, and a hostile one is refused in words."""

from __future__ import annotations

import datetime as dt
import io
import json
import tracemalloc
import zipfile
from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from soc_tui.history import bundle_file
from soc_tui.history.bundle_file import Bundle, pack, unpack
from soc_tui.history.bundle_trial import try_out
from soc_tui.model.catalog import Column, KqlType
from soc_tui.model.errors import HistoryError
from soc_tui.model.exchange import Exchange
from soc_tui.model.hunt import Hunt
from soc_tui.model.inert import inert
from soc_tui.model.rows import Rows
from tests.history.hunts import HUNT, TEXT, example_finding, example_hunt

NOW = dt.datetime(2026, 11, 25, 8, 30, tzinfo=dt.UTC)
NO_LIMIT = 1 << 40
COLUMNS = tuple(Column(kind.value, kind) for kind in KqlType)
ROWS = Rows(
    pa.table(
        {
            "bool": pa.array([True, None]),
            "datetime": pa.array([NOW, None], pa.timestamp("us", "UTC")),
            "decimal": pa.array([Decimal("1.50"), None]),
            "dynamic": pa.array(['{"a": [1]}', None]),
            "guid": pa.array(["0f", None]),
            "int": pa.array([7, None], pa.int32()),
            "long": pa.array([2**60, None]),
            "real": pa.array([0.5, float("inf")]),
            "string": pa.array(["\x1b[2J\u202e", ""]),
            "timespan": pa.array([dt.timedelta(days=-1, microseconds=3), None], pa.duration("us")),
        }
    ),
    COLUMNS,
    partial="over 64 MB",
    elapsed_seconds=1.5,
)
HUNTED = replace(example_hunt(1, example_finding()), rows=ROWS, row_count=2)
EXCHANGE = st.builds(
    Exchange, st.datetimes(timezones=st.just(dt.UTC)), st.floats(0, 100), TEXT, TEXT, TEXT
)


def written(path: Path, data: bytes) -> Path:
    path.write_bytes(data)
    return path


@settings(deadline=None, max_examples=50)
@given(hunt=HUNT, exchanges=st.lists(EXCHANGE, max_size=3), again=st.booleans())
def test_a_bundle_gives_back_what_went_in(
    tmp_path_factory: pytest.TempPathFactory,
    hunt: Hunt,
    exchanges: list[Exchange],
    again: bool,
) -> None:
    told = (*exchanges, *(exchanges if again else ()))
    bundle = Bundle(replace(hunt, rows=ROWS), told, "0.1.0")
    path = tmp_path_factory.mktemp("bundle") / "b.zip"
    found = unpack(written(path, pack(bundle, NO_LIMIT)))
    assert found == bundle
    assert found.hunt.rows is not None
    assert found.hunt.rows.table.equals(ROWS.table)
    assert (found.hunt.rows.columns, found.hunt.rows.partial) == (COLUMNS, "over 64 MB")
    assert found.hunt.rows.elapsed_seconds == 1.5


def test_a_request_sent_again_is_kept_once(tmp_path: Path) -> None:
    sent = Exchange(NOW, 1.0, "x" * 100_000, problem="429")
    answered = replace(sent, problem="", answer="{}")
    path = written(tmp_path / "b.zip", pack(Bundle(HUNTED, (sent, answered)), NO_LIMIT))
    with zipfile.ZipFile(path) as archive:
        assert archive.getinfo("messages.jsonl").file_size < 110_000
    assert unpack(path).exchanges == (sent, answered)


def test_the_parts_are_what_other_tools_can_read(tmp_path: Path) -> None:
    path = written(tmp_path / "b.zip", pack(Bundle(HUNTED), NO_LIMIT))
    with zipfile.ZipFile(path) as archive:
        assert pq.read_table(io.BytesIO(archive.read("rows.parquet"))).num_rows == 2
        assert json.loads(archive.read("bundle.json"))["hunt"]["request"] == "odd powershell"


def test_over_its_limit_the_rows_are_left_out_and_it_says_so(tmp_path: Path) -> None:
    wide = pa.table({"string": [f"{number:064d}" for number in range(10_000)]})
    hunt = replace(HUNTED, rows=Rows(wide, (Column("string", KqlType.STRING),)))
    found = unpack(written(tmp_path / "b.zip", pack(Bundle(hunt), 20_000)))
    assert found.hunt == HUNTED
    assert found.hunt.rows is None
    assert "exceeds its limit of 0.0 MiB" in found.left_out
    with pytest.raises(HistoryError, match=r"bundles\.max_mb"):
        pack(Bundle(hunt), 100)


def parts() -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(pack(Bundle(HUNTED), NO_LIMIT))) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def changed(**values: object) -> bytes:
    return json.dumps(json.loads(parts()["bundle.json"]) | values).encode()


def parquet(table: pa.Table, **how: object) -> bytes:
    sink = io.BytesIO()
    pq.write_table(table, sink, **{"compression": "NONE", "use_dictionary": False, **how})
    return sink.getvalue()


SHORT = pa.table({"string": ["x"] * 10})
TWICE = [{"name": "a", "type": "string"}] * 2
TWICE_READ = parquet(pa.Table.from_arrays([pa.array(["x"])] * 2, names=["a", "a"]))


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"../../etc/passwd": b"x"}, "it holds ../../etc/passwd"),
        ({"/etc/passwd": b"x"}, "it holds /etc/passwd"),
        ({"\x1b[2J": b"x"}, "it holds \\x1b[2J"),
        ({"bundle.json": None}, "not a soc-tui bundle"),
        ({"bundle.json": b"{"}, "damaged"),
        ({"bundle.json": b"[" * 100_000}, "damaged"),
        ({"bundle.json": b"\xff\xfe"}, "damaged"),
        ({"bundle.json": b"[]"}, "not a soc-tui bundle"),
        ({"bundle.json": changed(format="other")}, "not a soc-tui bundle"),
        ({"bundle.json": changed(version=99)}, "newer soc-tui"),
        ({"bundle.json": changed(version=None)}, "newer soc-tui"),
        ({"bundle.json": changed(hunt={})}, "damaged"),
        ({"bundle.json": changed(hunt=7)}, "damaged"),
        ({"bundle.json": changed(rows={"columns": 7})}, "damaged"),
        ({"bundle.json": changed(rows={"columns": []})}, "do not match its column list"),
        ({"rows.parquet": None}, "damaged"),
        ({"rows.parquet": b"PAR1 nonsense PAR1"}, "its rows"),
        ({"rows.parquet": parquet(SHORT)}, "do not match its column list"),
        ({"bundle.json": changed(rows={"columns": TWICE}), "rows.parquet": TWICE_READ}, "named a"),
        ({"rows.parquet": parquet(SHORT, compression="ZSTD")}, "not written by soc-tui"),
        ({"rows.parquet": parquet(SHORT, use_dictionary=True)}, "not written by soc-tui"),
        ({"messages.jsonl": b"7\n"}, "damaged"),
        ({"messages.jsonl": b'{"request": 3}\n'}, "damaged"),
        ({"messages.jsonl": b'{"request": "x"}\n'}, "damaged"),
    ],
)
def test_a_hostile_bundle_is_refused(
    tmp_path: Path, changes: dict[str, bytes | None], why: str
) -> None:
    path = tmp_path / "evil.zip"
    with zipfile.ZipFile(path, "w") as archive:
        for name, data in (parts() | changes).items():
            if data is not None:
                archive.writestr(name, data)
    with pytest.raises(HistoryError, match=r"evil\.zip cannot be replayed") as refused:
        unpack(path)
    assert why in str(refused.value)
    assert [found.name for found in tmp_path.iterdir()] == ["evil.zip"]


@pytest.mark.parametrize("name", ["bundle.json", "messages.jsonl", "rows.parquet"])
def test_a_zip_bomb_is_not_unpacked(
    tmp_path: Path, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(bundle_file._MOST, name, 100_000)
    path = tmp_path / "bomb.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for other, data in parts().items():
            archive.writestr(other, bytes(200 << 20) if other == name else data)
    tracemalloc.start()
    with pytest.raises(HistoryError, match=f"Its {name} has over"):
        unpack(path)
    assert tracemalloc.get_traced_memory()[1] < 10 << 20
    tracemalloc.stop()


def test_more_cells_than_an_answer_can_have_are_not_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bundle_file, "_MOST_CELLS", 19)
    path = written(tmp_path / "b.zip", pack(Bundle(HUNTED), NO_LIMIT))
    with pytest.raises(HistoryError, match="It has too many rows: 2 of 10 columns"):
        unpack(path)


@pytest.mark.parametrize(
    ("make", "why"),
    [
        (lambda path: None, "The file does not exist"),
        (lambda path: path.mkdir(), "The file does not exist"),
        (lambda path: path.write_bytes(b""), "damaged"),
        (lambda path: path.write_bytes(b"PK\x05\x06" + bytes(18)), "not a soc-tui bundle"),
    ],
)
def test_a_file_that_is_no_bundle(tmp_path: Path, make: Callable[[Path], object], why: str) -> None:
    make(tmp_path / "b.zip")
    with pytest.raises(HistoryError) as refused:
        unpack(tmp_path / "b.zip")
    assert why in str(refused.value)


def test_what_takes_the_reader_down_is_refused(tmp_path: Path) -> None:
    # A column with nulls that says it has none: pyarrow 26 ends the process that looks at it.
    good = parquet(SHORT)
    bad = good.replace(b"\x25\x02\x18\x06string", b"\x25\x00\x18\x06string")
    assert bad != good
    path = tmp_path / "evil.zip"
    with zipfile.ZipFile(path, "w") as archive:
        for name, data in (parts() | {"rows.parquet": bad}).items():
            archive.writestr(name, data)
    with pytest.raises(HistoryError, match=r"evil\.zip cannot be replayed"):
        try_out(path)


def test_trying_out_raises_what_reading_raises(tmp_path: Path) -> None:
    path = written(tmp_path / "b.zip", pack(Bundle(HUNTED), NO_LIMIT))
    try_out(path)
    with pytest.raises(HistoryError, match=r"b2\.zip cannot be replayed.*damaged"):
        try_out(written(tmp_path / "b2.zip", b"PK"))


WHOLE = pack(Bundle(HUNTED, (Exchange(NOW, 1, "{}", "{}"),)), NO_LIMIT)


@settings(deadline=None, max_examples=200)
@given(st.data())
def test_any_damage_is_a_clear_error_or_none(
    tmp_path_factory: pytest.TempPathFactory, data: st.DataObject
) -> None:
    whole = bytearray(WHOLE)
    for _ in range(data.draw(st.integers(1, 4))):
        whole[data.draw(st.integers(0, len(whole) - 1))] = data.draw(st.integers(0, 255))
    path = tmp_path_factory.mktemp("damaged") / "b.zip"
    try:
        unpack(written(path, bytes(whole)))
    except HistoryError as error:
        assert inert(str(error)) == str(error)
