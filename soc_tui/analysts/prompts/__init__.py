"""Prompts for the models: versioned text files with `string.Template` placeholders."""

from __future__ import annotations

import functools
import hashlib
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from importlib import resources
from string import Template

_VERSION = "version: "
_TEXTS = (".txt", ".toml")
_GUIDANCE = ("tables", "seldom_tables")


@dataclass(frozen=True, slots=True)
class Prompt:
    """A prompt file. The version changes whenever its words do.

    Attributes:
        name: The file's name without its ending.
        text: Its words, with `$names` to fill in.
    """

    name: str
    version: int
    text: str

    @property
    def label(self) -> str:
        """What a hunt records of it: the version, and a digest that no edit leaves unchanged."""
        return f"{self.version}+{hashlib.sha256(self.text.encode()).hexdigest()[:8]}"

    def render(self, **values: str) -> str:
        """The text with every `$name` replaced; a missing value is a KeyError."""
        return Template(self.text).substitute(values)


@functools.cache
def load(name: str) -> Prompt:
    """The prompt `<name>.txt` of this package."""
    first, _, text = _read(f"{name}.txt").partition("\n")
    return Prompt(name, int(first.removeprefix(_VERSION)), text.strip())


@functools.cache
def every() -> tuple[Prompt, ...]:
    """All prompts and the guidance on tables, by name."""
    files = (file.name for file in resources.files(__name__).iterdir())
    names = sorted(name.rpartition(".")[0] for name in files if name.endswith(_TEXTS))
    return tuple(_guidance_file(name) if name in _GUIDANCE else load(name) for name in names)


def labels() -> dict[str, str]:
    """Name and label of each prompt, as a hunt records them."""
    return {prompt.name: prompt.label for prompt in every()}


def guidance(table: str) -> str:
    """What is normal and what is suspicious in a table; empty for one that nothing is known of."""
    known = _guidance().get(table)
    if known is None:
        return ""
    return f"Usual in {table}: {known['normal']}\nWorth a look: {known['suspicious']}"


def _read(file: str) -> str:
    return resources.files(__name__).joinpath(file).read_text(encoding="utf-8")


@functools.cache
def _guidance() -> Mapping[str, Mapping[str, str]]:
    tables: dict[str, dict[str, str]] = {}
    for name in _GUIDANCE:
        tables |= tomllib.loads(_read(f"{name}.toml"))["tables"]
    return {
        name: {key: " ".join(text.split()) for key, text in _own(about, tables).items()}
        for name, about in tables.items()
    }


def _own(about: Mapping[str, str], tables: Mapping[str, Mapping[str, str]]) -> Mapping[str, str]:
    return tables[about["like"]] if "like" in about else about


def _guidance_file(name: str) -> Prompt:
    text = _read(f"{name}.toml")
    return Prompt(name, tomllib.loads(text)["version"], text)
