"""The audit log holds what happened, in one chain; what is changed in it is told by its line."""

from __future__ import annotations

import json
import threading
from pathlib import Path

import pytest

from soc_tui.config import audit_log


def written(folder: Path, count: int = 5) -> list[str]:
    for number in range(count):
        kql = f'T | where A == "{number}" // \u23ce \ud800'
        audit_log.record("query", {"hunt": f"h{number}", "kql": kql}, folder)
    return (folder / audit_log.FILE_NAME).read_text("utf-8").splitlines()


def test_entries_hold_and_are_the_owners(tmp_path: Path) -> None:
    last = json.loads(written(tmp_path)[-1])
    assert audit_log.verify(tmp_path) == audit_log.Verified(5, last["hash"])
    assert last["what"] == "query" and last["hunt"] == "h4" and last["who"]
    assert (tmp_path / audit_log.FILE_NAME).stat().st_mode & 0o077 == 0


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (lambda lines: lines[:2] + lines[3:], "line 3: a line before it is missing"),
        (lambda lines: [*lines[:2], lines[2].replace("h2", "h9"), *lines[3:]], "line 3: the line"),
        (lambda lines: [*lines[:2], lines[2][:40], *lines[3:]], "line 3: it is no entry"),
        (lambda lines: [lines[1], lines[0], *lines[2:]], "line 1: a line before it"),
        (lambda lines: [*lines[:4], "[]", lines[4]], "line 5: it is no entry"),
    ],
)
def test_a_broken_chain_is_told_with_its_line(tmp_path: Path, change: object, told: str) -> None:
    lines = written(tmp_path)
    changed = change(lines)  # type: ignore[operator]
    (tmp_path / audit_log.FILE_NAME).write_text("\n".join(changed) + "\n", "utf-8")
    assert told in audit_log.verify(tmp_path).broken
    written(tmp_path, 1)
    assert told in audit_log.verify(tmp_path).broken


def test_the_chain_goes_on_in_a_new_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(audit_log, "MOST_BYTES", 700)
    for _ in range(9):
        audit_log.record("sent", {"model": "m" * 80}, tmp_path)
    assert len(list(tmp_path.glob("audit-*.jsonl"))) >= 2
    assert audit_log.verify(tmp_path).entries == 9
    (tmp_path / "audit-0002.jsonl").unlink()
    assert "missing" in audit_log.verify(tmp_path).broken


def test_parallel_writers_make_one_chain(tmp_path: Path) -> None:
    writers = [threading.Thread(target=written, args=(tmp_path, 20)) for _ in range(4)]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join()
    assert audit_log.verify(tmp_path).entries == 80
    assert audit_log.verify(tmp_path).broken == ""
