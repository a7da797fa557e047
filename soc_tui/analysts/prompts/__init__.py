"""What the models are told: text files with a version, filled in with `string.Template` names."""

from __future__ import annotations

import functools
from dataclasses import dataclass
from importlib import resources
from string import Template

_VERSION = "version: "


@dataclass(frozen=True, slots=True)
class Prompt:
    """A prompt file. The version changes whenever its words do."""

    name: str
    version: int
    template: str

    def render(self, **values: str) -> str:
        """The text with every `$name` replaced; a missing value is a KeyError."""
        return Template(self.template).substitute(values)


@functools.cache
def load(name: str) -> Prompt:
    """The prompt `<name>.txt` of this package."""
    text = resources.files(__name__).joinpath(f"{name}.txt").read_text(encoding="utf-8")
    first, _, template = text.partition("\n")
    return Prompt(name, int(first.removeprefix(_VERSION)), template.strip())
