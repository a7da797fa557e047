"""The word lists beside this file, read once."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any


@dataclass(frozen=True, slots=True)
class Concept:
    """A claim that one word can make.

    Attributes:
        name: What is claimed, for the doubt.
        says: Finds the claim in a finding's text.
        shown: Finds what bears it out in the rows' text; None when only the very words do.
    """

    name: str
    says: re.Pattern[str]
    shown: re.Pattern[str] | None


@cache
def words(name: str) -> frozenset[str]:
    """One list of `vocabulary.toml`, in lower case."""
    return frozenset(_read("vocabulary.toml")[name].split())


def lines(name: str) -> tuple[str, ...]:
    """One array of `vocabulary.toml`."""
    return tuple(_read("vocabulary.toml")[name])


@cache
def phrases(name: str) -> re.Pattern[str]:
    """The patterns of that name in `phrases.toml` as one; case does not matter."""
    listed = _read("phrases.toml")[name]
    return any_of([listed] if isinstance(listed, str) else listed)


@cache
def concepts() -> tuple[Concept, ...]:
    """All entries of `concepts.toml`."""
    return tuple(
        Concept(
            one["name"],
            re.compile(rf"\b(?:{'|'.join(one['says'])})", re.IGNORECASE),
            any_of(one["shown"]) if one["shown"] else None,
        )
        for one in _read("concepts.toml")["claim"]
    )


def any_of(patterns: Iterable[str]) -> re.Pattern[str]:
    """Finds what any of the patterns finds, in any letter case."""
    return re.compile("|".join(f"(?:{one})" for one in patterns), re.IGNORECASE | re.MULTILINE)


@cache
def _read(name: str) -> dict[str, Any]:
    return tomllib.loads(files(__package__).joinpath(name).read_text("utf-8"))
