"""What is told while an import goes on."""

import gzip
from pathlib import Path

import pytest

from soc_tui.model.errors import FileImportError
from soc_tui.workspaces.local.duckdb_job import Job
from soc_tui.workspaces.local.log_import.import_progress import ImportProgress
from soc_tui.workspaces.local.log_import.load import import_files


def test_a_statement_is_told_in_bytes_of_its_file_and_what_is_done_never_gets_less() -> None:
    told: list[tuple[str, float]] = []
    progress = ImportProgress(lambda text, share: told.append((text, share)), Job())
    progress.files(200_000_000)
    for name in ("a.csv", "b.csv"):
        progress.file(name, 100_000_000)
        progress.stage("Reading", 0.8)
        for part in (-0.01, 0.25, 0.5, 0.1):
            progress.statement(part)
        progress.stage("Finding the types of", 1.0)
        progress.statement(0.5)
        progress.file_done()
    progress.sources(2)
    progress.checking("T")
    progress.statement(0.9)
    progress.storing()
    progress.statement(0.5)
    progress.done()
    texts, shares = [text for text, _ in told], [share for _, share in told]
    assert any(text.startswith("Reading b.csv: 50 of 100 MB, ") for text in texts)
    assert "Finding the types of a.csv: 50%" in texts
    assert shares[texts.index("Storing T: 50%")] == pytest.approx(0.625)
    assert shares == sorted(shares)
    assert shares[-1] == 1.0
    assert shares[texts.index("Finding the types of b.csv: 50%")] == pytest.approx(0.475)


def test_an_import_can_be_stopped_while_it_unpacks(tmp_path: Path) -> None:
    path, job = tmp_path / "a.csv.gz", Job()
    path.write_bytes(gzip.compress(b"a,b\n" + b"1,2\n" * 1_000_000))
    told: list[str] = []

    def progress(text: str, share: float) -> None:
        told.append(text)
        job.stop()

    with pytest.raises(FileImportError, match="stopped"):
        import_files(tmp_path / "w.duckdb", None, [path], progress=progress, job=job)
    assert told == ["Unpacking a.csv: 1 MB"]
    assert list(tmp_path.iterdir()) == [path]
