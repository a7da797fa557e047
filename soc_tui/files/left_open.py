"""What was open when the app was left. A file in the state folder, 0600."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from soc_tui.config.files import write_private
from soc_tui.config.paths import state_dir
from soc_tui.model.errors import ConfigError
from soc_tui.rows.arranging import Arrangement, Facet, View


@dataclass(frozen=True, slots=True)
class LeftOpen:
    """What was open.

    Attributes:
        workspace: Name of the workspace; it is brought back there only.
        kql: The text in the editor.
        hunt_id: Of the hunt that the text goes on with; empty for none in the history.
        view: How its rows were looked at; None without rows.
    """

    workspace: str
    kql: str
    hunt_id: str = ""
    view: View | None = None


def keep_left_open(left: LeftOpen | None) -> None:
    """Keep it for the next start; None forgets what was kept. Raises ConfigError."""
    path = _file()
    if left is not None:
        write_private(path, json.dumps(asdict(left)).encode())
        return
    try:
        path.unlink(missing_ok=True)
    except OSError as error:
        raise ConfigError(f"{path} could not be deleted.", f"{error}.", "Delete it.") from error


def read_left_open() -> LeftOpen | None:
    """What was kept; None for nothing. Raises ConfigError: the file is damaged."""
    path = _file()
    try:
        data = json.loads(path.read_bytes())
        view = data["view"]
        return LeftOpen(
            workspace=_text(data["workspace"]),
            kql=_text(data["kql"]),
            hunt_id=_text(data["hunt_id"]),
            view=_view(view) if view else None,
        )
    except FileNotFoundError:
        return None
    except (OSError, ValueError, TypeError, LookupError, AttributeError, RecursionError) as error:
        raise ConfigError(
            "What was open last could not be read.",
            f"{path} is damaged ({type(error).__name__}).",
            "The app opens without it; the history (F8) has the hunts.",
        ) from error


def _file() -> Path:
    return state_dir() / "left_open.json"


def _view(data: dict[str, Any]) -> View:
    kept = data["arrangement"]
    arrangement = Arrangement(
        text=_text(kept["text"]),
        sort_by=_text(kept["sort_by"]),
        descending=bool(kept["descending"]),
        columns=tuple(map(_text, kept["columns"])),
        frozen=int(kept["frozen"]),
        facets=tuple(
            Facet(_text(one["column"]), _text(one["value"]), bool(one["keep"]))
            for one in kept["facets"]
        ),
        folded=tuple(map(_text, kept["folded"])),
    )
    return View(arrangement, max(0, int(data["row"])), max(0, int(data["column"])))


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise TypeError(value)
    return value
