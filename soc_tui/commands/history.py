"""`soc-tui history`: past hunts."""

from __future__ import annotations

import contextlib
import datetime as dt
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from soc_tui.commands import report
from soc_tui.commands.terminal import Terminal
from soc_tui.config.paths import bundles_dir, data_dir
from soc_tui.history.filters import HistoryFilter, parse_filter
from soc_tui.history.store import History
from soc_tui.model.errors import HistoryError
from soc_tui.model.hunt import Hunt
from soc_tui.model.inert import inert
from soc_tui.model.listing import Listed, Listing
from soc_tui.model.quote import cost_text
from soc_tui.model.wording import number_of

if TYPE_CHECKING:
    from soc_tui.history.bundle_file import Bundle
    from soc_tui.history.bundle_folder import BundleFolder

_CANDIDATES = 10
_REQUEST_CHARS = 60


def list_hunts(limit: int) -> None:
    """Print the newest hunts, newest first. Raises HistoryError."""
    with _opened() as history:
        _print(history.listing(HistoryFilter(), max(0, limit)), "No hunts recorded yet.")


def search_hunts(text: str, limit: int) -> None:
    """Print the hunts that `text` asks for (words, `state:new`, `after:7d` …), newest first.

    Raises:
        HistoryError: the history cannot be used, or `text` asks for what there cannot be.
    """
    wanted = parse_filter(text, dt.datetime.now(dt.UTC))
    if wanted.problems:
        raise HistoryError("This search is not valid.", " ".join(wanted.problems))
    Terminal().tell(wanted.unnamed)
    with _opened() as history:
        found = history.listing(wanted, max(0, limit))
    _print(found, "No hunt matches.")
    if found.fitting > limit:
        Terminal().tell([f"{found.fitting - limit} older hunts not shown; see --limit."])


def show_hunt(name: str) -> None:
    """Print one hunt as `soc-tui hunt` did, without its rows. Raises HistoryError."""
    terminal = Terminal()
    hunt = load_hunt(name)
    terminal.write(report.hunt_lines(hunt, terminal.width))


def report_hunt(name: str, output: Path, numbers: tuple[int, ...], form: str = "") -> None:
    """Write a report of a hunt, or of its findings with these numbers (from 1), to a file.

    Args:
        output: `-` prints it.
        form: Name of its format; empty for that of the file's ending, and for JSON when printed.

    Raises:
        HistoryError: no such hunt or finding.
        ConfigError: the file cannot be written, or the format is not known.
    """
    from soc_tui.history.reports.write_report import report_text, write_report

    hunt = load_hunt(name)
    for number in numbers:
        if not 1 <= number <= len(hunt.findings):
            raise HistoryError(
                f"This hunt has no finding {number}.",
                f"It has {len(hunt.findings)}.",
                f"soc-tui history show {hunt.id} lists them.",
            )
    chosen = tuple(hunt.findings[number - 1].id for number in numbers)
    if str(output) == "-":
        Terminal().write(report_text(hunt, form or "json", chosen).splitlines())
        return
    count = write_report(hunt, output, chosen, form)
    Terminal().tell([f"Written: {output} ({number_of(count, 'finding')})"])


def bundle_hunt(name: str, output: Path, pseudonyms: str | None = None) -> None:
    """Write all of a hunt to one file that `soc-tui replay` reads, triaged as it is now.

    Args:
        pseudonyms: What is replaced, comma-separated (see `pseudonym_choice`); None: nothing.

    Raises:
        HistoryError: no such hunt, or none of its bundle was kept.
        ConfigError: the file cannot be written, or pseudonyms cannot be made.
    """
    hunt = load_hunt(name)
    kept, bundle = _kept(hunt)
    whole = replace(hunt, rows=bundle.hunt.rows)
    if pseudonyms is None:
        kept.copy(replace(bundle, hunt=whole), output)
        Terminal().tell([f"Written: {output} (it contains the rows: protect it like the logs)"])
        return
    from soc_tui.analysts.sending.pseudonym_bundle import with_pseudonyms
    from soc_tui.config.pseudonym_key import pseudonym_key
    from soc_tui.opening.pseudonym_choice import pseudonym_choice
    from soc_tui.opening.workspace_kinds import load_settings

    wanted = replace(load_settings().openai, pseudonyms=tuple(pseudonyms.split(",")))
    chosen = pseudonym_choice(wanted)
    told, exchanges = with_pseudonyms(whole, bundle.exchanges, chosen, pseudonym_key())
    kept.copy(replace(bundle, hunt=told, exchanges=exchanges, seal=None), output)
    Terminal().tell(
        [
            f"Written: {output} (names are pseudonyms; it contains the rows, and names that no "
            "column told may still stand in them)"
        ]
    )


def write_rows(name: str, output: Path) -> None:
    """Write the rows of a hunt as CSV, JSON lines, Parquet or Excel, by the file's ending.

    Raises:
        HistoryError: no such hunt, or its rows were not kept.
        ConfigError: the file cannot be written, or its ending is not known.
    """
    from soc_tui.rows.exporting import export_rows

    hunt = load_hunt(name)
    rows = _kept(hunt)[1].hunt.rows
    if rows is None:
        raise _no_bundle(hunt)
    from soc_tui.opening.workspace_kinds import load_settings

    raw = load_settings().export.raw
    count = export_rows(rows, output, raw=raw)
    how = ", texts as logged" if raw else ""
    Terminal().tell([f"Written: {output} ({number_of(count, 'row')}{how})"])


def _kept(hunt: Hunt) -> tuple[BundleFolder, Bundle]:
    """Where bundles are kept, and that of this hunt. HistoryError: there is none."""
    from soc_tui.config.signing_key import signing_key
    from soc_tui.history.bundle_folder import BundleFolder

    kept = BundleFolder(bundles_dir(), 0, key=signing_key)
    bundle = kept.load(hunt.id)
    if bundle is None:
        raise _no_bundle(hunt)
    return kept, bundle


def _no_bundle(hunt: Hunt) -> HistoryError:
    return HistoryError(
        f"No bundle of hunt {hunt.id} was stored.",
        "Its query returned no rows, bundles.max_mb was 0, or it was deleted to make room.",
        "Run it again.",
    )


def whole_id(name: str) -> str:
    """The id that `name` means: an id, the beginning of just one, or "last". HistoryError."""
    with _opened() as history:
        return _hunt_id(history, name)


def load_hunt(name: str) -> Hunt:
    """The hunt that `name` means: an id, the beginning of just one, or "last". HistoryError."""
    with _opened() as history:
        return history.load(_hunt_id(history, name))


@contextlib.contextmanager
def _opened() -> Iterator[History]:
    with contextlib.closing(History(data_dir() / "history.sqlite3")) as history:
        history.open()
        if history.told:
            Terminal().tell([history.told])
        yield history


def _hunt_id(history: History, name: str) -> str:
    """The id that `name` means: an id, the beginning of just one, or "last"."""
    prefix = "" if name == "last" else name
    found = history.ids(prefix, 1 if name == "last" else _CANDIDATES)
    if name == "last" and not found:
        raise HistoryError("No hunts recorded yet.")
    if not found or not name:
        raise HistoryError(
            f"No hunt {inert(name, 60)} in the history.",
            "",
            "soc-tui history list shows the newest.",
        )
    if len(found) > 1 and name not in found:
        raise HistoryError(
            f"Several hunts start with {inert(name, 60)}.",
            f"The newest: {', '.join(found)}.",
            "Type more of the id.",
        )
    return name if name in found else found[0]


def _print(listing: Listing, nothing: str) -> None:
    terminal = Terminal()
    if not listing.fitting:
        terminal.tell([nothing])
    terminal.write(map(_row, listing.hunts))
    if listing.damaged:
        terminal.tell([f"{number_of(listing.damaged, 'record')} damaged and cannot be read."])


def _row(hunt: Listed) -> str:
    rows = "-" if hunt.row_count is None else f"{hunt.row_count:,}"
    price = "-"
    if hunt.usage:
        price = cost_text(hunt.usage)
    what = inert(hunt.request, _REQUEST_CHARS) or f"KQL: {inert(hunt.kql, _REQUEST_CHARS - 5)}"
    return (
        f"{hunt.id}  {hunt.status.value:<11}  {hunt.findings:>3} findings  {rows:>7} rows  "
        f"{price:>8}  {what}"
    )
