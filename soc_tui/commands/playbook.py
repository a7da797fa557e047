"""`soc-tui playbook`: saved hunts with parameters."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from soc_tui.commands.history import load_hunt
from soc_tui.commands.hunt import Order, hunt
from soc_tui.commands.terminal import Terminal, error_lines, paragraph
from soc_tui.config.settings import Settings
from soc_tui.files.playbook_folder import (
    Shelf,
    delete_playbook,
    load_shelf,
    rename_playbook,
    save_playbook,
)
from soc_tui.files.playbooks import chosen_by_value, fill, made_from, offered
from soc_tui.model.errors import SocError
from soc_tui.model.playbook import Playbook


def list_playbooks() -> bool:
    """Print all playbooks; False when a file could not be read."""
    terminal = Terminal()
    shelf = load_shelf()
    width = max((len(one.name) for one in shelf.playbooks), default=0)
    for one in shelf.playbooks:
        parameters = " ".join(f"{made.name}={made.default}" for made in one.parameters)
        terminal.write([f"{one.name:<{width}}  {one.title}", f"{'':<{width}}  {parameters}"])
    _tell_problems(terminal, shelf)
    return not shelf.problems


def show_playbook(name: str) -> None:
    """Print one playbook. Raises SocError when there is none of that name."""
    terminal = Terminal()
    terminal.write(_lines(load_shelf().find(name), terminal.width))


def save_hunt(
    name: str, hunt_id: str, *, given: Sequence[str], title: str = "", over: bool = False
) -> None:
    """Save the query of a hunt under a name.

    Args:
        given: Parameters as NAME=VALUE, the value standing in the query's filters; the likely ones
            when empty.
        over: Replace one of the same name.

    Raises:
        SocError: no such hunt, no such value in its query, the name is taken or none.
    """
    wanted = _pairs(given)
    past = load_hunt(hunt_id)
    found = offered(past.kql)
    chosen = (
        chosen_by_value(found, past.kql, wanted)
        if wanted
        else tuple((one, one.name) for one in found if one.likely)
    )
    playbook = made_from(past, name, chosen, title=title)
    path = save_playbook(playbook, over=over)
    terminal = Terminal()
    terminal.write(_lines(playbook, terminal.width))
    terminal.tell([f"Saved: {path}"])
    if left := [f"{one.name}={one.value}" for one in found if one not in [c for c, _ in chosen]]:
        terminal.tell([f"Could also be parameters: {'  '.join(left)}"])


def run_playbook(
    settings: Settings, name: str, *, given: Sequence[str], as_json: bool, yes: bool
) -> int:
    """Run a playbook as `soc-tui hunt --kql` runs a query; returns its exit code.

    Args:
        given: Values as NAME=VALUE; the defaults for the others.

    Raises:
        SocError: no such playbook or parameter, or a value that is none of its kind.
    """
    filled = fill(load_shelf().find(name), _pairs(given))
    return hunt(settings, Order(filled.request, as_json=as_json, yes=yes, playbook=filled))


def rename(name: str, to: str) -> None:
    """Give one of the user's own another name. Raises SocError."""
    Terminal().tell([f"Renamed: {rename_playbook(name, to)}"])
    Terminal().tell([f"Past hunts keep the old name: soc-tui history search playbook:{name}"])


def delete(name: str) -> None:
    """Delete one of the user's own. Raises SocError."""
    Terminal().tell([f"Deleted: {delete_playbook(name)}"])


def _pairs(given: Sequence[str]) -> dict[str, str]:
    pairs: dict[str, str] = {}
    for text in given:
        name, sign, value = text.partition("=")
        if not sign or not name.strip():
            raise SocError(f"{text} is not NAME=VALUE.", "", "For example: host=win-08")
        if name in pairs:
            raise SocError(f"{name} is given twice.")
        pairs[name.strip()] = value
    return pairs


def _tell_problems(terminal: Terminal, shelf: Shelf) -> None:
    for problem in shelf.problems:
        terminal.tell(["Left out:", *error_lines(problem)])


def _lines(playbook: Playbook, width: int) -> Iterator[str]:
    whose = "built in" if playbook.shipped else "yours"
    yield f"{playbook.name}: {playbook.title} ({whose})"
    if playbook.description:
        yield from paragraph(playbook.description, width, 2)
    if playbook.origin:
        yield f"From hunt: {playbook.origin}"
    yield ""
    if playbook.parameters:
        yield "Parameters"
        for one in playbook.parameters:
            words = f"  {one.description}" if one.description else ""
            yield f"  {one.name} ({one.kind.value}) = {one.default}{words}"
        yield ""
    yield "Query"
    yield from (f"  {line.expandtabs(4)}" for line in playbook.kql.splitlines())
    yield ""
