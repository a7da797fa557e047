"""One entry of the key map, and the bindings that Textual makes of it."""

import re
from dataclasses import dataclass, replace

from textual.binding import Binding

BindingList = list[Binding | tuple[str, str] | tuple[str, str, str]]


@dataclass(frozen=True, slots=True)
class Key:
    """One entry: keys (comma-separated twins), action, label in the footer, meaning in the help.

    `id` is its name in the setting `[keys]`; by default made from scope and action.
    """

    keys: str
    action: str
    label: str
    meaning: str
    footer: bool = True
    id: str = ""


def scope(name: str, *keys: Key) -> tuple[Key, ...]:
    """Keys that work together; their ids begin with the name: `rows.sort`, `main.show_ask`."""
    return tuple(replace(key, id=f"{name}.{key.id or _words(key.action)}") for key in keys)


def bindings(keys: tuple[Key, ...]) -> BindingList:
    """Textual bindings of some keys; of twins the footer shows the first."""
    return [
        Binding(
            twin,
            key.action,
            key.label,
            tooltip=key.meaning,
            show=key.footer and number == 0,
            priority=_first(key),
            id=key.id,
        )
        for key in keys
        for number, twin in enumerate(key.keys.split(","))
    ]


def _first(key: Key) -> bool:
    """Function keys and their twins work wherever the focus is, and what a line would take."""
    return key.id in {"quote.accept", "playbooks.delete", "notes.save"} or (
        key.id.startswith("main.") and key.keys.startswith("f")
    )


def _words(action: str) -> str:
    bare = action.removeprefix("app.").removeprefix("screen.")
    return re.sub(r"\W+", "_", bare).strip("_")
