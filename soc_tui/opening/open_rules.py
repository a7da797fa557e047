"""The Sigma rules of this installation: ours and the user's, compiled ones kept in the cache."""

from __future__ import annotations

import contextlib
from pathlib import Path

from soc_tui.analysts.offline.sigma.rule_library import RuleLibrary
from soc_tui.config.files import write_private
from soc_tui.config.paths import cache_dir, rules_dir
from soc_tui.model.errors import ConfigError
from soc_tui.model.finding import Finding
from soc_tui.model.row_sources import RowSources
from soc_tui.model.rows import Rows


def open_rules() -> RuleLibrary:
    """The rules, read when they are asked for."""
    return RuleLibrary(rules_dir(), CacheFile(cache_dir() / "rules.json"))


def rule_findings(rows: Rows, sources: RowSources) -> tuple[Finding, ...]:
    """What the rules of this installation find in rows. Blocks, as long as a hunt offline takes."""
    from soc_tui.analysts.offline.sigma.hunting import RuleHunt

    told = sources if sources.tables or sources.complete else None
    items = RuleHunt(rows, sources.only, open_rules().load(), told).findings()
    return tuple(item for item in items if isinstance(item, Finding))


class CacheFile:
    """A file for the owner only. One that cannot be used costs time: `soc-tui doctor` says why."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def read(self) -> bytes:
        """Its bytes; empty where there are none to be had."""
        with contextlib.suppress(OSError):
            return self._path.read_bytes()
        return b""

    def keep(self, data: bytes) -> None:
        """Replace it, if that can be done."""
        with contextlib.suppress(ConfigError):
            write_private(self._path, data)
