"""The names of users, hosts and domains that rows hold, by their columns. Pure."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from typing import Any

from soc_tui.analysts.pseudonyms.names import SHORTEST, Kind, Pseudonyms, is_common
from soc_tui.model.catalog import Column, KqlType
from soc_tui.model.rows import Rows
from soc_tui.rows.changed_cells import changed_cells

_END = r"(?:_[sdg])?\Z"
_USERS = re.compile(
    r"(?:account_?(?:name|upn)?|user_?name|user_?principal_?name|user|upn|logon_?name|caller"
    r"|identity|initiated_?by|sam_?account_?name|display_?name|run_?as|owner|actor|mailbox"
    r"|user_?id|login)" + _END,
    re.IGNORECASE,
)
_HOSTS = re.compile(
    r"(?:device_?name|computer(?:_?name)?|host_?name|host|work_?station(?:_?name)?|server_?name"
    r"|machine(?:_?name)?|remote_?device|fqdn|vm)" + _END,
    re.IGNORECASE,
)
_DOMAINS = re.compile(
    r"(?:account|user|subject_?|target_?|dns|nt|ad|)_?domain(?:_?name)?" + _END, re.IGNORECASE
)
_GUID = re.compile(r"\{?[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}\}?", re.IGNORECASE)
_SHORT_HOST = re.compile(r"[^\W_](?:[\w-]*[^\W_])?")
_ADDRESS = re.compile(r"[\d.]+|[0-9a-f:]*:[0-9a-f:.]*", re.IGNORECASE)
_TEXTS = frozenset({KqlType.STRING, KqlType.DYNAMIC})


@dataclass(frozen=True, slots=True)
class Chosen:
    """What is replaced by pseudonyms.

    Attributes:
        columns: Columns whose cells are replaced whole, by name.
    """

    users: bool = False
    hosts: bool = False
    addresses: bool = False
    mail: bool = False
    columns: frozenset[str] = frozenset()

    def __bool__(self) -> bool:
        return self.users or self.hosts or self.addresses or self.mail or bool(self.columns)


@dataclass(frozen=True, slots=True)
class HiddenRows:
    """Rows as they may be sent, and how many cells differ."""

    rows: Rows
    cells: int = 0


def learn_names(rows: Rows, chosen: Chosen, pseudonyms: Pseudonyms) -> None:
    """Tell the pseudonyms every name that the columns of the rows hold."""
    for position, column in enumerate(rows.columns):
        kind = _kind(column, chosen)
        if kind is None or column.type not in _TEXTS:
            continue
        for cell in _distinct(rows.table.column(position)):
            for part, name in names_in(cell, kind):
                if (part is Kind.USER and not chosen.users) or (
                    part is Kind.HOST and not chosen.hosts
                ):
                    continue
                pseudonyms.learn(part, [name])


def hidden_rows(rows: Rows, chosen: Chosen, pseudonyms: Pseudonyms) -> HiddenRows:
    """The rows with pseudonyms in the places of names. Each distinct cell is read once."""
    learn_names(rows, chosen, pseudonyms)
    table, cells = rows.table, 0
    for position, column in enumerate(rows.columns):
        if column.type not in _TEXTS:
            continue
        change: Callable[[str], str] = pseudonyms.hide
        if column.name in chosen.columns:
            change = _whole(pseudonyms, Kind.VALUE)
        elif (kind := _kind(column, chosen)) in {Kind.USER, Kind.HOST}:
            change = _short_too(pseudonyms, kind)
        found, count = changed_cells(table.column(position), change)
        if count:
            table = table.set_column(position, table.schema.field(position), found)
            cells += count
    return HiddenRows(replace(rows, table=table) if cells else rows, cells)


def names_in(cell: str, kind: Kind) -> Iterator[tuple[Kind, str]]:
    """The names that a cell of such a column is made of, with what each is of.

    `CONTOSO\\jdoe`, `jdoe@contoso.com`, `ws-01.contoso.local` and `WS-01$` each say two things.
    """
    text = cell.strip().strip("\\")
    if not text or _GUID.fullmatch(text) or len(text) > 256 or "\n" in text or "{" in text:
        return
    domain, slash, name = text.rpartition("\\")
    if slash:
        if is_common(domain.casefold()):
            return
        yield Kind.DOMAIN, domain
        text = name
    name, at, domain = text.partition("@")
    if at and domain:
        if "." in domain:
            yield Kind.DOMAIN, domain
        text = name
    if kind is Kind.DOMAIN:
        yield Kind.DOMAIN, text
        return
    if text.endswith("$"):  # the account of a machine
        kind, text = Kind.HOST, text[:-1]
    if kind is Kind.HOST:
        if _ADDRESS.fullmatch(text):
            return
        short, dot, suffix = text.partition(".")
        if dot and _SHORT_HOST.fullmatch(short):
            if "." in suffix or suffix.isalpha():
                yield Kind.DOMAIN, suffix
            yield Kind.HOST, short
            return
    if text:
        yield kind, text


def _kind(column: Column, chosen: Chosen) -> Kind | None:
    name = column.name
    if (chosen.users or chosen.mail) and _USERS.search(name):
        return Kind.USER
    if chosen.hosts and _HOSTS.search(name):
        return Kind.HOST
    if (chosen.users or chosen.hosts) and _DOMAINS.search(name):
        return Kind.DOMAIN
    return None


def _whole(pseudonyms: Pseudonyms, kind: Kind) -> Callable[[str], str]:
    return lambda text: pseudonyms.cell(text, kind)


def _short_too(pseudonyms: Pseudonyms, kind: Kind) -> Callable[[str], str]:
    """Names too short to be looked for in texts are names here."""

    def change(text: str) -> str:
        short = len(text.strip()) < SHORTEST
        return pseudonyms.cell(text, kind) if short else pseudonyms.hide(text)

    return change


def _distinct(cells: Any) -> Iterable[str]:
    import pyarrow as pa
    import pyarrow.compute as pc

    if not pa.types.is_string(cells.type):
        return ()
    return [value for value in pc.unique(cells).to_pylist() if value]
