"""The saved screen layout: sizes, hidden panes, tab and theme. Stored in a file."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, fields
from pathlib import Path

from soc_tui.config.files import write_private
from soc_tui.config.paths import state_dir
from soc_tui.model.errors import ConfigError

CONVERSATION_COLUMNS = (24, 120)
QUERY_PERCENT = (15, 85)
TABS = ("results", "findings", "timeline", "history")


@dataclass(frozen=True, slots=True)
class Look:
    """The layout.

    Attributes:
        conversation: Width of the conversation, columns; 0 for what suits the terminal.
        query: Height of the query's pane, percent of the column that it shares with the rows; 0 for
            what suits the terminal.
        hidden: Whether the conversation shows only while it is in use.
        zoomed: Whether one pane shows alone.
        tab: The tab in front.
        theme: Chosen inside the app; empty when the setting holds.
        theme_set: The setting `theme` at that time. When it has changed since, it holds again.
    """

    conversation: int = 0
    query: int = 0
    hidden: bool = False
    zoomed: bool = False
    tab: str = "results"
    theme: str = ""
    theme_set: str = ""


def look_file() -> Path:
    """Where it is kept."""
    return state_dir() / "look.json"


def read_look(path: Path) -> Look:
    """The look that was kept; the usual one when there is none.

    Raises:
        ConfigError: the file is damaged.
    """
    try:
        values = json.loads(path.read_bytes())
        if not isinstance(values, dict):
            raise TypeError("it contains no table")
        return _checked({item.name: values[item.name] for item in fields(Look)})
    except FileNotFoundError:
        return Look()
    except (OSError, ValueError, TypeError, KeyError) as error:
        raise ConfigError(
            "The saved layout could not be read.",
            f"{path} is damaged ({type(error).__name__}).",
            "The default layout is used; your next change rewrites the file.",
        ) from error


def write_look(look: Look, path: Path) -> None:
    """Keep the look, mode 0600. Raises ConfigError: the file cannot be written."""
    write_private(path, json.dumps(asdict(look), indent=1).encode())


def _checked(values: dict[str, object]) -> Look:
    usual = asdict(Look())
    for name, value in values.items():
        if type(value) is not type(usual[name]):
            raise TypeError(name)
    look = Look(**values)  # type: ignore[arg-type]
    limits = ((look.conversation, CONVERSATION_COLUMNS), (look.query, QUERY_PERCENT))
    if look.tab not in TABS or not all(
        size == 0 or low <= size <= high for size, (low, high) in limits
    ):
        raise ValueError("out of range")
    return look
