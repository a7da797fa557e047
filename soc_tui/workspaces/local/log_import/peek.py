"""What a file holds, told by its start: for the choice of a table before an import."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from soc_tui.config.temporaries import owned_folder
from soc_tui.workspaces.local.log_import.column_types import column_names
from soc_tui.workspaces.local.log_import.encodings import as_utf8
from soc_tui.workspaces.local.log_import.file_kinds import FileKind
from soc_tui.workspaces.local.log_import.formats.event_record import event_in
from soc_tui.workspaces.local.log_import.inputs import open_up
from soc_tui.workspaces.local.log_import.normalise.source import SourceLibrary
from soc_tui.workspaces.local.log_import.read_log import sample_of

_TABLES = (FileKind.CSV, FileKind.JSON, FileKind.PARQUET)


@dataclass(frozen=True, slots=True)
class Peek:
    """What was seen.

    Attributes:
        name: Of the first file that is read.
        columns: Names of its columns as an import would name them; empty where they cannot be told
            without reading all of it.
        types: What its rows call their table, in a column Type.
        splits: Its events go to tables of their own, which their source names.
    """

    name: str
    columns: tuple[str, ...] = ()
    types: frozenset[str] = frozenset()
    splits: bool = False


def peek_into(path: Path, library: SourceLibrary) -> Peek:
    """What the first file that is meant holds. Heavy imports. Blocks.

    Raises:
        FileImportError: there is no such file, or it is of no kind that can be imported.
    """
    with owned_folder("soc-tui-peek-") as folder:
        inputs = folder / "inputs"
        inputs.mkdir()
        file = open_up([path], inputs).files[0]
        if file.kind not in _TABLES:
            return Peek(file.path.name, splits=True)
        text = file.path
        if file.kind is not FileKind.PARQUET:
            text, _ = as_utf8(file.path, folder / "text")
        sample = sample_of(file, text)
        splits = any(event_in(one) is not None or library.of(one, "record") for one in sample)
        columns = column_names(list(dict.fromkeys(key for one in sample for key in one)))
        types = frozenset(str(one.get("Type", "")) for one in sample)
        return Peek(file.path.name, tuple(columns), types, splits)
