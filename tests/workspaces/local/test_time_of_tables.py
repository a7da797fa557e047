"""Another column may tell when an event was; nothing is lost by it."""

from pathlib import Path

import duckdb
import pytest

from soc_tui.model.errors import FileImportError
from soc_tui.workspaces.local.log_import.load import import_files
from soc_tui.workspaces.local.time_of_tables import OF_THE_FILE, read_times, take_time

ROWS = "2026-05-02 10:00,2026-05-01 08:30,a\n2026-05-03 10:00,,b\n"


def imported(folder: Path, header: str) -> Path:
    file, case = folder / "door.csv", folder / "case.duckdb"
    file.write_text(f"{header},BookedTime,Door\n{ROWS}")
    import_files(case, "T", [file])
    return case


@pytest.mark.parametrize("own", ["EventTime", "TimeGenerated", "Timestamp"])
def test_another_column_is_taken_and_the_first_one_again(tmp_path: Path, own: str) -> None:
    case = imported(tmp_path, own)
    (before,) = read_times(case)
    assert (before.table, before.column, before.others) == ("T", own, ("BookedTime",))
    assert take_time(case, "T", "BookedTime") == 1
    kept = OF_THE_FILE if own == "TimeGenerated" else own
    (after,) = read_times(case)
    assert (after.column, after.others) == ("BookedTime", (kept,))
    with duckdb.connect(str(case), read_only=True) as con:
        times = con.execute("SELECT CAST(TimeGenerated AS VARCHAR) FROM T").fetchall()
    assert times == [("2026-05-01 08:30:00",), (None,)]
    assert take_time(case, "T", kept) == 0
    (again,) = read_times(case)
    assert (again.column, again.others) == (kept, ("BookedTime",))


def test_a_file_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    (tmp_path / "case.duckdb").write_text("no database, but some text that is long enough" * 99)
    with pytest.raises(FileImportError, match=r"case\.duckdb"):
        read_times(tmp_path / "case.duckdb")
