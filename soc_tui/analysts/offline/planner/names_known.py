"""Hosts and accounts of a request that no row holds, with the nearest known. Pure."""

from __future__ import annotations

from collections.abc import Iterator

from soc_tui.analysts import KnownNames
from soc_tui.analysts.offline.planner.filters import shown
from soc_tui.analysts.offline.planner.mentions import Mentions
from soc_tui.model.nearest_name import nearest_names


def unknown_names(named: Mentions, known: KnownNames) -> Iterator[tuple[str, str]]:
    """The names that no row holds, and the nearest known of each (empty when none is like it)."""
    hosts = {short for name in known.hosts for short in (name.lower(), name.lower().split(".")[0])}
    for host in named.hosts if hosts else ():
        if host.lower() not in hosts and host.lower().split(".")[0] not in hosts:
            yield host, _nearest(host, known.hosts)
    accounts = {
        short
        for name in known.accounts
        for short in (name.lower(), name.lower().split("@")[0], name.lower().split("\\")[-1])
    }
    for account in named.accounts if accounts else ():
        parts = account.lower().replace("@", " ").replace(".", " ").split()
        if account.lower() not in accounts and not any(
            parts[0] in name.replace("@", ".").split(".") for name in accounts
        ):
            yield account, _nearest(account, known.accounts)


def sentence(unknown: tuple[tuple[str, str], ...]) -> str:
    """What is said of them; empty when all names are known."""
    return " ".join(
        f"No row known here holds “{shown(name)}”{f': did you mean {near}?' if near else '.'}"
        for name, near in unknown
    )


def _nearest(name: str, known: frozenset[str]) -> str:
    short = {one.split(".")[0] if "@" not in one else one for one in known}
    return next(iter(nearest_names(name, known | short, 1)), "")
