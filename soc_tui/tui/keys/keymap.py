"""The key map in effect: the keys of `keys/`, changed by the setting `[keys]`.

    [keys]
    "main.run_query" = "f5,ctrl+r"
    "rows.sort" = "o"

What cannot work is refused, naming the setting: an action that is not there, a key that no
terminal sends over SSH, one key for two actions.
"""

from __future__ import annotations

import re
import string
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from textual.binding import Binding
from textual.dom import DOMNode

from soc_tui.model.errors import ConfigError
from soc_tui.model.nearest_name import did_you_mean
from soc_tui.tui.keys import ALL
from soc_tui.tui.keys.cockpit import MAIN
from soc_tui.tui.keys.key import Key

BY_ID = {key.id: key for keys in ALL.values() for key in keys}


def _name_of(sign: str) -> str:
    """Textual's name of the key that types a sign."""
    if sign == ",":  # stands between keys in a binding
        return "comma"
    (binding,) = Binding.make_bindings([Binding(sign, "")])
    return binding.key


_SIGNS = {_name_of(sign): sign for sign in string.punctuation}
_NAMED = {
    *("enter", "escape", "tab", "shift+tab", "space", "backspace", "delete", "insert"),
    *("home", "end", "pageup", "pagedown", "up", "down", "left", "right"),
    *(f"{held}+{key}" for held in ("ctrl", "shift") for key in ("up", "down", "left", "right")),
    *("ctrl+home", "ctrl+end", "ctrl+pageup", "ctrl+pagedown"),
}
# Control characters other than letters: 0x00, 0x1c to 0x1f.
_CONTROL = {
    *("ctrl+space", "ctrl+@", "ctrl+backslash", "ctrl+right_square_bracket"),
    *("ctrl+circumflex_accent", "ctrl+underscore", "ctrl+slash"),
}
_SENT = {
    *_NAMED,
    *_CONTROL,
    *(f"f{number}" for number in range(1, 13)),
    *(f"ctrl+{letter}" for letter in string.ascii_lowercase),
}
_SAME_BYTE = {"ctrl+i": "tab", "ctrl+m": "enter", "ctrl+j": "enter", "ctrl+h": "backspace"}
_TAKEN = {
    "ctrl+c": "Textual",
    "ctrl+z": "the editor (undo)",
    "ctrl+q": "soc_tui (quit, always)",
    "ctrl+p": "soc_tui (palette, always)",
}
_NAMED_IN_TEXT = re.compile(r"\bF\d+\b|\bCtrl\+\w\b")
_ID_IN_TEXT = re.compile(r"\{(\w+\.\w+)\}")
# Here letters are typed, so that they cannot be keys.
_TYPED = ("main", "request", "editor", "path", "notes", "playbooks", "playbook_form", "importing")
# These stand on the cockpit, where the keys of `main` have to get through.
_COCKPIT = ("request", "editor", "verdict", "rows", "findings", "timeline", "history")
_MENU = "edit_menu"


@dataclass(frozen=True, slots=True)
class KeyMap:
    """Which keys do what, as Textual names them. `changed` holds twins separated by commas."""

    changed: Mapping[str, str] = field(default_factory=dict)

    def keys(self, key: Key) -> tuple[str, ...]:
        """The keys of an entry; the first is the one to show."""
        return tuple(self.changed.get(key.id, key.keys).split(","))

    def first(self, key: Key) -> str:
        """The key of an entry as it is shown in short: `f5`, `/`."""
        return shown(self.keys(key)[0])

    def named(self, identifier: str) -> str:
        """The key of an action as a sentence names it: `F5`, `Ctrl+R`, `m`."""
        name = self.first(BY_ID[identifier])
        return name if len(name) == 1 else name.title()

    def worded(self, text: str) -> str:
        """An app text with its default keys (F5, Ctrl+D) replaced by those in effect."""
        text = self.filled(text)
        return _NAMED_IN_TEXT.sub(lambda match: self._now(match[0]), text) if self.changed else text

    def filled(self, text: str) -> str:
        """A text with the key of an action where its id stands in braces: `{findings.merge}`."""
        return _ID_IN_TEXT.sub(
            lambda match: self.named(match[1]) if match[1] in BY_ID else match[0], text
        )

    def _now(self, name: str) -> str:
        entry = next((key for key in MAIN if name.lower() in key.keys.split(",")), None)
        return self.named(entry.id) if entry and entry.id in self.changed else name

    def hints(self, keys: Iterable[Key], width: int | None = None) -> str:
        """What a pane says of its own keys: `t triage  e evidence`; as many as fit the width."""
        told = ""
        for key in keys:
            more = f"{told}  {self.first(key)} {key.label.lower()}".lstrip()
            if width is not None and len(more) > width:
                break
            told = more
        return told

    def both(self, key: Key) -> str:
        """The key and its first twin as help names them: `f2 or ctrl+t`."""
        return " or ".join(shown(twin) for twin in self.keys(key)[:2])

    def toml(self) -> str:
        """The whole map in the form of the setting, each scope under its heading."""
        lines = ["[keys]"]
        for heading, keys in ALL.items():
            lines += ["", f"# {heading}"]
            lines += [
                f'"{key.id}" = "{",".join(map(_written, self.keys(key)))}"  # {key.meaning}'
                for key in keys
            ]
        return "\n".join(lines) + "\n"


def key_map(setting: Mapping[str, str]) -> KeyMap:
    """The map with what a setting changes: keys (comma-separated twins) of action ids.

    Raises:
        ConfigError: the setting cannot work; names it and says why.
    """
    changed = {identifier: _keys(identifier, keys) for identifier, keys in setting.items()}
    # What two have by default may stay: Escape cancels, and leaves what is open.
    result = KeyMap({identifier: ",".join(keys) for identifier, keys in changed.items()})
    for identifier, keys in changed.items():
        for key in keys:
            for other in _rivals(identifier):
                both = key in BY_ID[identifier].keys.split(",") and key in other.keys.split(",")
                if key in result.keys(other) and not both:
                    raise _error(
                        identifier,
                        f"{shown(key)} is already the key of {other.id} ({other.meaning}).",
                        f"Use another key, or rebind {other.id} another one too.",
                    )
    return result


def shown(key: str) -> str:
    """A key as displayed: `ctrl+\\`, `/`."""
    held, _, last = key.rpartition("+")
    last = _SIGNS.get(last, last)
    return f"{held}+{last}" if held else last


def _keys(identifier: str, setting: str) -> tuple[str, ...]:
    if identifier not in BY_ID:
        why = f"Unknown action. {did_you_mean(identifier, BY_ID, 1)}".rstrip()
        raise _error(identifier, why, "`soc-tui config keys` shows all.")
    keys = tuple(_textual(part.strip()) for part in _parts(setting))
    if not keys or not all(keys):
        raise _error(identifier, "No key is given.", 'Give one or more: "f5,ctrl+r".')
    for key in keys:
        problem = _problem(identifier.partition(".")[0], key)
        if problem and key not in BY_ID[identifier].keys.split(","):
            raise _error(
                identifier,
                f"{shown(key)} cannot be used: {problem}.",
                "Use F1 to F12, Ctrl with a letter or, outside text fields, a letter or symbol.",
            )
    return keys


def _parts(setting: str) -> list[str]:
    return [","] if setting.strip() == "," else setting.split(",")


def _textual(key: str) -> str:
    """Textual's name of a key as a person writes it: `Ctrl+R`, `?`."""
    if key == "ctrl+@":  # so Textual calls the byte 0, and so it stays
        return key
    *held, last = key.split("+") if key not in ("+", "ctrl++") else [*key[:-1].split("+")[:-1], "+"]
    last = _name_of(last) if len(last) == 1 else last.lower()
    if held:
        last = last.lower()
    return "+".join([*(word.lower() for word in held), last])


def _problem(scope: str, key: str) -> str:
    """Why a key cannot work in a scope; empty when it can."""
    sign = key in _SIGNS or (len(key) == 1 and key.isascii() and key.isalnum())
    reasons = {
        f"terminals send the same code for it as for {_SAME_BYTE.get(key)}": key in _SAME_BYTE,
        f"{_TAKEN.get(key)} takes it": key in _TAKEN,
        "the menu takes one letter or symbol": scope == _MENU and not sign,
        "it types text there": scope in _TYPED and (sign or key == "space"),
        "panes and lists need it": scope == "main" and key in _NAMED - {"escape"},
        "terminals do not reliably send it over SSH": not sign and key not in _SENT,
    }
    return next((reason for reason, holds in reasons.items() if holds), "")


def _rivals(identifier: str) -> Iterator[Key]:
    """Other entries that would take the key away, or lose it."""
    scope = identifier.partition(".")[0]
    scopes = {scope}
    if scope == "main":
        scopes |= set(_COCKPIT)
    elif scope in _COCKPIT:
        scopes.add("main")
    for key in BY_ID.values():
        if key.id != identifier and key.id.partition(".")[0] in scopes:
            yield key


def _error(identifier: str, why: str, next_step: str) -> ConfigError:
    return ConfigError(f'The setting keys."{identifier}" cannot be used.', why, next_step)


def _written(key: str) -> str:
    text = shown(key)
    return {"\\": "\\\\", '"': '\\"', ",": "comma"}.get(text, text.replace("\\", "\\\\"))


def worded(node: DOMNode, text: str) -> str:
    """An app text with the keys in effect in the node's app."""
    return in_effect(node.app).worded(text)


def in_effect(app: object) -> KeyMap:
    """The key map of an app; of one without any, the default."""
    return getattr(app, "key_map", None) or KeyMap()
