"""Hosts and accounts that logs are known to hold: of the last rows, and of logs on this machine."""

from __future__ import annotations

import asyncio
import logging
import re
from collections.abc import Iterable, Mapping

from soc_tui.analysts import KnownNames
from soc_tui.model.catalog import Catalog
from soc_tui.model.errors import SocError
from soc_tui.model.rows import Rows
from soc_tui.workspaces import OnThisMachine, Workspace

HOSTS = ("DeviceName", "Computer")
ACCOUNTS = ("AccountName", "AccountUpn", "UserPrincipalName", "Caller")
_TABLES = ("DeviceProcessEvents", "DeviceLogonEvents", "SigninLogs", "SecurityEvent", "Syslog")
_MAY_NAME = re.compile(
    r"\w@\w|[A-Za-z]-?\d|[A-Za-z]\.[A-Za-z]|\b(?:hosts?|machines?|devices?|users?|accounts?)\b",
    re.I,
)
_MOST, _SECONDS = 5_000, 2.0
_LOG = logging.getLogger(__name__)


class NameSource:
    """Looks names up once, in the background; what is not there in time is not waited for."""

    def __init__(self, workspace: Workspace, catalog: Catalog) -> None:
        self._workspace = workspace
        self._catalog = catalog
        self._looked_up: asyncio.Task[KnownNames] | None = None

    async def names(self, request: str, rows: Rows | None) -> KnownNames:
        """The names in these rows, and those of the workspace where looking them up is free.

        None for a request without anything like a name.
        """
        if not _MAY_NAME.search(request):
            return KnownNames()
        seen = names_in(rows)
        if not isinstance(self._workspace, OnThisMachine):
            return seen
        if self._looked_up is None:
            self._looked_up = asyncio.create_task(self._look_up())
        done, _ = await asyncio.wait({self._looked_up}, timeout=_SECONDS)
        if not done or self._looked_up.cancelled():
            return KnownNames()  # rows alone would call every other name unknown
        found = self._looked_up.result()
        return KnownNames(found.hosts | seen.hosts, found.accounts | seen.accounts)

    def close(self) -> None:
        """Look no further."""
        if self._looked_up is not None:
            self._looked_up.cancel()

    async def _look_up(self) -> KnownNames:
        hosts: set[str] = set()
        accounts: set[str] = set()
        try:
            there = await self._workspace.schema()
            for table in (one for one in _TABLES if one in there and self._catalog.table(one)):
                columns = {column.name for column in there[table]}
                for name in columns.intersection(HOSTS):
                    hosts |= await self._distinct(table, name)
                for name in columns.intersection(ACCOUNTS):
                    accounts |= await self._distinct(table, name)
        except SocError as error:
            _LOG.info("names were not looked up: %s", error)
            return KnownNames()
        return KnownNames(frozenset(hosts), frozenset(accounts))

    async def _distinct(self, table: str, column: str) -> set[str]:
        rows = await self._workspace.query(f"{table} | distinct {column} | take {_MOST}")
        return set(_values(rows, (column,)))


def names_in(rows: Rows | None) -> KnownNames:
    """The hosts and the accounts that rows hold."""
    if rows is None:
        return KnownNames()
    return KnownNames(frozenset(_values(rows, HOSTS)), frozenset(_values(rows, ACCOUNTS)))


def _values(rows: Rows, names: Iterable[str]) -> Iterable[str]:
    there: Mapping[str, None] = dict.fromkeys(rows.table.column_names)
    for name in names:
        if name in there:
            values = rows.table.column(name).unique().to_pylist()
            yield from (str(value) for value in values if value)
