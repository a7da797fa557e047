"""Playbooks as TOML files: built-in ones, overridden by the user's own."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from soc_tui.config.files import write_private
from soc_tui.config.paths import playbooks_dir
from soc_tui.guardrails.toml_files import Place, known_keys, read_toml, value
from soc_tui.kql.syntax.tree import UNREADABLE
from soc_tui.kql.writing.parameters import WANTED, let_literals, written
from soc_tui.model.errors import ConfigError, SocError
from soc_tui.model.inert import inert
from soc_tui.model.nearest_name import did_you_mean
from soc_tui.model.playbook import (
    NAME_FORM,
    PARAMETER_FORM,
    Parameter,
    ParameterKind,
    Playbook,
    check_name,
)

_SHIPPED = Path(__file__).parent / "shipped_playbooks"
_KEYS = frozenset({"title", "description", "request", "kql", "origin", "parameters"})
_PARAMETER_KEYS = frozenset({"kind", "description"})
_LARGEST_BYTES = 1 << 20


class TakenError(SocError):
    """There is a playbook of that name already."""


@dataclass(frozen=True, slots=True)
class Shelf:
    """All playbooks, by name, and what is wrong with the files that are left out."""

    playbooks: tuple[Playbook, ...]
    problems: tuple[ConfigError, ...] = ()

    def find(self, name: str) -> Playbook:
        """The playbook of that name.

        Raises:
            SocError: there is none; its own problem when its file is bad.
        """
        for playbook in self.playbooks:
            if playbook.name == name:
                return playbook
        for problem in self.problems:
            if f"{name}.toml" in problem.what:
                raise problem
        raise SocError(
            f"No playbook {inert(name, 60)}.",
            "",
            did_you_mean(name, (one.name for one in self.playbooks), 1)
            or "soc-tui playbook list shows all.",
        )


def load_shelf(folder: Path | None = None) -> Shelf:
    """Read all playbooks. A bad file is a problem, and left out; ours stays in its place.

    Args:
        folder: Of the user's own; `playbooks_dir()` when None. It need not exist.
    """
    found: dict[str, Playbook] = {}
    problems: list[ConfigError] = []
    for place, shipped in ((_SHIPPED, True), (folder or playbooks_dir(), False)):
        try:
            paths = sorted(place.glob("*.toml"))
        except OSError as error:
            problems.append(ConfigError(f"{place} cannot be read.", f"{error.strerror}."))
            continue
        for path in paths:
            try:
                found[path.stem] = read_playbook(path, shipped=shipped)
            except ConfigError as error:
                problems.append(error)
    return Shelf(tuple(found[name] for name in sorted(found)), tuple(problems))


def read_playbook(path: Path, *, shipped: bool = False) -> Playbook:
    """The playbook in a file. Raises ConfigError that names the place."""
    where = Place(str(path))
    if not NAME_FORM.fullmatch(path.stem):
        raise where.error(
            "its name is not a valid playbook name.",
            "Use lowercase letters, digits and - in the name.",
        )
    try:
        too_large = path.stat().st_size > _LARGEST_BYTES
    except OSError as error:
        raise where.error(f"cannot be read: {error.strerror}.", "Check the file.") from error
    if too_large:
        raise where.error(f"has over {_LARGEST_BYTES:,} bytes.")
    table = read_toml(path)
    known_keys(table, _KEYS, where)
    texts = {key: value(table, key, str, "", where) for key in _KEYS - {"parameters"}}
    if not texts["kql"].strip():
        raise where.at("kql").error("there is no query.")
    described = value(table, "parameters", dict, {}, where)
    return Playbook(
        name=path.stem,
        title=" ".join(texts["title"].split()) or path.stem,
        kql=texts["kql"].strip("\n"),
        request=" ".join(texts["request"].split()),
        description=" ".join(texts["description"].split()),
        parameters=_parameters(texts["kql"], described, where),
        origin=texts["origin"],
        shipped=shipped,
    )


def save_playbook(playbook: Playbook, folder: Path | None = None, *, over: bool = False) -> Path:
    """Write a playbook to its file, 0600, whole or not at all.

    Args:
        over: Replace one of the same name.

    Raises:
        TakenError: there is one of that name already.
        ConfigError: it cannot be written, or could not be read again.
    """
    import tomli_w

    path = _path(playbook.name, folder)
    if path.exists() and not over:
        raise _taken(playbook.name)
    table: dict[str, Any] = {"title": playbook.title}
    for key in ("description", "request", "origin"):
        if text := getattr(playbook, key):
            table[key] = text
    table["kql"] = playbook.kql.replace("\r\n", "\n") + "\n"
    if playbook.parameters:
        table["parameters"] = {one.name: _described(one) for one in playbook.parameters}
    _parameters(playbook.kql, table.get("parameters", {}), Place(str(path)))
    text = tomli_w.dumps(_storable(table), multiline_strings=True)
    write_private(path, text.encode("utf-8"))
    return path


def rename_playbook(name: str, to: str, folder: Path | None = None) -> Path:
    """Rename one of the user's own. Past hunts keep the name they ran under.

    Raises:
        TakenError: there is one of that name already.
        SocError: the new name is no name, or the playbook is not the user's own.
    """
    check_name(to)
    path, target = _path(name, folder), _path(to, folder)
    try:
        # A link takes no other's place, as a rename would.
        target.hardlink_to(path)
        path.unlink()
    except FileNotFoundError:
        raise _not_own(name, folder) from None
    except FileExistsError:
        raise _taken(to) from None
    except OSError as error:
        raise ConfigError(
            f"{path} cannot be renamed.", f"{error.strerror}.", "Check the folder's permissions."
        ) from error
    return target


def delete_playbook(name: str, folder: Path | None = None) -> Path:
    """Delete one of the user's own. Raises SocError."""
    path = _path(name, folder)
    try:
        path.unlink()
    except FileNotFoundError:
        raise _not_own(name, folder) from None
    except OSError as error:
        raise ConfigError(
            f"{path} cannot be deleted.", f"{error.strerror}.", "Check the folder's permissions."
        ) from error
    return path


def _taken(name: str) -> TakenError:
    return TakenError(f"The playbook {name} already exists.", "", "Choose another name.")


def _not_own(name: str, folder: Path | None) -> SocError:
    """Why one that is none of the user's own cannot be changed. Raises SocError: there is none."""
    load_shelf(folder).find(name)
    return SocError(
        f"Playbook {name} is built in.",
        "Only your own playbooks can be deleted or renamed.",
        f"Save your own as {name} to override it.",
    )


def _path(name: str, folder: Path | None) -> Path:
    if not NAME_FORM.fullmatch(name):  # never a path out of the folder
        raise SocError(f"No playbook {inert(name, 60)}.", "", "soc-tui playbook list")
    return (folder or playbooks_dir()) / f"{name}.toml"


def _described(parameter: Parameter) -> dict[str, str]:
    kind = {"kind": parameter.kind.value}
    return kind | ({"description": parameter.description} if parameter.description else {})


def _storable(found: Any) -> Any:
    """Text that is UTF-8: half a character, which a request may hold, becomes a question mark."""
    if isinstance(found, dict):
        return {name: _storable(below) for name, below in found.items()}
    return found.encode("utf-8", "replace").decode("utf-8")


def _parameters(kql: str, described: Mapping[str, Any], where: Place) -> tuple[Parameter, ...]:
    try:
        literals = let_literals(kql)
    except UNREADABLE as error:
        raise where.at("kql").error(f"is not valid KQL: {error}.") from error
    found = []
    for name in described:
        at = where.at("parameters").at(name)
        if not PARAMETER_FORM.fullmatch(name):
            raise where.at("parameters").error(
                f"{inert(name, 40)!a} is not a valid parameter name.",
                "Use letters, digits and _ in the name.",
            )
        table = value(described, name, dict, {}, where.at("parameters"))
        known_keys(table, _PARAMETER_KEYS, at)
        kind = _kind(value(table, "kind", str, "text", at), at)
        held = literals.get(name)
        if held is None:
            raise at.error(f'the query has no statement let {name} = "value";')
        if not held.suits(kind) or written(kind, held.value) is None:
            raise at.error(f"the value of the query's let {name} is not {WANTED[kind]}.")
        words = " ".join(value(table, "description", str, "", at).split())
        found.append(Parameter(name, kind, held.value, words))
    return tuple(found)


def _kind(text: str, at: Place) -> ParameterKind:
    try:
        return ParameterKind(text)
    except ValueError:
        kinds = ", ".join(kind.value for kind in ParameterKind)
        raise at.at("kind").error(
            f"{inert(text, 40)!r} is not a kind.", f"Kinds: {kinds}."
        ) from None
