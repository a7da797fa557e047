"""From settings to a Hunter: opens the workspace, the analyst and the history."""

from __future__ import annotations

import asyncio
import functools
import hashlib
from collections.abc import Coroutine, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from soc_tui.analysts import Analyst
from soc_tui.config import audit_log
from soc_tui.config.endpoint import check, uses_model
from soc_tui.config.exclusions_file import load_exclusions
from soc_tui.config.paths import bundles_dir, config_dir, data_dir
from soc_tui.config.secret import revealed
from soc_tui.config.settings import Settings
from soc_tui.hunting.hunter import Hunter
from soc_tui.hunting.spend_control import Spending
from soc_tui.model.catalog import Catalog, Column, KqlType, TableSpec
from soc_tui.model.limits import MOST_HOURS, ModelSpec
from soc_tui.model.time_columns import TIME_COLUMNS
from soc_tui.opening.leftovers import sweep_leftovers
from soc_tui.opening.model_endpoint import model_name, models_there, open_endpoint
from soc_tui.opening.open_workspace import DeviceCode, open_workspace, sign_in
from soc_tui.opening.workspace_kinds import kind_of
from soc_tui.version import __version__
from soc_tui.workspaces import OfThePast, Workspace
from soc_tui.workspaces.kinds import Credential, Progress

if TYPE_CHECKING:
    from soc_tui.history.session import Session


@functools.cache
def this_run(folder: Path) -> Session:
    """This run of the program, for the limits of a session, and for what it leaves open."""
    from soc_tui.history.session import Session

    return Session(folder)


async def open_hunter(
    settings: Settings,
    *,
    progress: Progress | None = None,
    on_device_code: DeviceCode | None = None,
) -> Hunter:
    """Open everything one hunt needs. Heavy imports and files are handled in threads.

    Args:
        progress: Called (from a thread) with what is being done and the share done (0-1).
        on_device_code: Called with code and address when the user has to sign in.

    Raises:
        ConfigError: settings, catalog or models that cannot be used.
        WorkspaceError: the workspace cannot be opened or made.
    """
    await asyncio.to_thread(sweep_leftovers)
    hunter = await _opened(asyncio.to_thread(_open, settings, progress, on_device_code))
    try:
        kind = kind_of(settings.workspace)
        if kind.exported:
            schema = await hunter.workspace.schema()
            hunter.catalog = present(hunter.catalog, schema, kind.time_columns)
            if kind.own_tables:
                hunter.catalog = await asyncio.to_thread(
                    with_own, hunter.catalog, schema, kind.time_columns
                )
                await _in_the_past(hunter)
        hunter.versions = await asyncio.to_thread(versions, hunter.catalog, hunter.analyst)
        if not hunter.analyst.offline:
            settled = await asyncio.to_thread(hunter.spending.settle)
            hunter.news = tuple(filter(None, (settled,)))
            await hunter.spending.refresh()
    except BaseException:
        await hunter.aclose()
        raise
    return hunter


async def _in_the_past(hunter: Hunter) -> None:
    """Let time count from where the logs end, where the workspace says so."""
    workspace = hunter.workspace
    if not isinstance(workspace, OfThePast):
        return
    end = await workspace.end_of_logs()
    if end is not None:
        hunter.query_now = lambda: end


async def _opened(opening: Coroutine[Any, Any, Hunter]) -> Hunter:
    """What is being opened in a thread; closed once nothing waits for it."""
    task = asyncio.ensure_future(opening)
    try:
        return await asyncio.shield(task)
    except asyncio.CancelledError:
        task.add_done_callback(_close)
        raise


def _close(opened: asyncio.Task[Hunter]) -> None:
    if not opened.cancelled() and opened.exception() is None:
        closing = asyncio.ensure_future(opened.result().aclose())
        _CLOSING.add(closing)
        closing.add_done_callback(_CLOSING.discard)


_CLOSING: set[asyncio.Future[None]] = set()
"""Running tasks, which asyncio alone would forget."""


async def open_replayer(settings: Settings, workspace: Workspace) -> Hunter:
    """Open what it takes to hunt through rows that are there already. Raises ConfigError.

    Args:
        workspace: Stands for the one that the rows came from.
    """
    credential = functools.partial(sign_in, settings.workspace, None)
    hunter = await asyncio.to_thread(_open_on, settings, workspace, credential)
    hunter.versions = await asyncio.to_thread(versions, hunter.catalog, hunter.analyst)
    return hunter


def versions(catalog: Catalog, analyst: Analyst) -> tuple[str, ...]:
    """What a hunt's outcome depends on besides its rows, as recorded with it."""
    from soc_tui.analysts import prompts
    from soc_tui.analysts.grounding import attack_ids
    from soc_tui.guardrails.catalog import catalog_toml

    text = catalog_toml(catalog.tables.values())
    digest = hashlib.sha256(text.encode()).hexdigest()[:8]
    told = {} if analyst.offline else prompts.labels()
    return (
        f"soc-tui {__version__}",
        *(f"prompt {name} {label}" for name, label in told.items()),
        f"catalog of {len(catalog.tables)} tables {digest}",
        f"MITRE ATT&CK {attack_ids.version()}",
    )


def present(
    catalog: Catalog,
    schema: Mapping[str, tuple[Column, ...]],
    time_columns: Sequence[str] = TIME_COLUMNS,
) -> Catalog:
    """What of the catalog is there: exports seldom have every table, and never every column.

    A table exported from the Defender portal has Timestamp in place of TimeGenerated. The catalog
    stays as it is when none of its tables is there.

    Args:
        time_columns: Of the kind of workspace, for tables without the catalog's.
    """
    tables = {
        name: _present(spec, {column.name: column for column in schema[name]}, time_columns)
        for name, spec in catalog.tables.items()
        if name in schema
    }
    return Catalog(tables) if tables else catalog


def with_own(
    catalog: Catalog,
    schema: Mapping[str, tuple[Column, ...]],
    time_columns: Sequence[str] = TIME_COLUMNS,
) -> Catalog:
    """The catalog with all that a workspace of the user's own holds besides. Blocks.

    Tables and columns that the user's catalog.toml leaves out stay left out.

    Args:
        catalog: What of it is there, see `present`.
    """
    from soc_tui.guardrails.catalog import load_catalog

    documented = load_catalog().tables
    tables = {name: spec for name, spec in catalog.tables.items() if name in schema}
    for name, columns in schema.items():
        spec = tables.get(name)
        if spec is not None:
            left_out = {column.name for column in (*spec.columns, *spec.denied)}
            own = tuple(column for column in columns if column.name not in left_out)
            tables[name] = replace(spec, columns=(*spec.columns, *own))
        elif name not in documented:
            tables[name] = _own_table(name, columns, time_columns)
    return Catalog(tables) if tables else catalog


def _own_table(name: str, columns: tuple[Column, ...], time_columns: Sequence[str]) -> TableSpec:
    times = {column.name for column in columns if column.type is KqlType.DATETIME}
    time = next((one for one in time_columns if one in times), "")
    plain = [column.name for column in columns if column.type is not KqlType.DYNAMIC]
    shown = dict.fromkeys(([time] if time else []) + plain[:_SHOWN])
    return TableSpec(name, columns, time_column=time, default_fields=tuple(shown))


_SHOWN = 12
"""Columns that a table of the user's own shows when none are named."""


def _present(
    spec: TableSpec, there: Mapping[str, Column], time_columns: Sequence[str]
) -> TableSpec:
    times = (spec.time_column, *time_columns)
    time = next((name for name in times if name in there), spec.time_column)
    columns = tuple(column for column in spec.columns if column.name in there)
    shown = tuple(name for name in spec.default_fields if name in there)
    if time in there and time not in shown:
        shown = (time, *shown)
    if time in there and time not in {column.name for column in columns}:
        columns = (there[time], *columns)
    return replace(
        spec,
        columns=columns,
        denied=tuple(column for column in spec.denied if column.name in there),
        time_column=time,
        default_fields=shown,
        device_column=spec.device_column if spec.device_column in there else "",
        user_column=spec.user_column if spec.user_column in there else "",
        caller_column=spec.caller_column if spec.caller_column in there else "",
    )


def _open(
    settings: Settings, progress: Progress | None, on_device_code: DeviceCode | None
) -> Hunter:
    # One sign-in for the logs and the model: a human types one device code.
    credential = functools.cache(functools.partial(sign_in, settings.workspace, on_device_code))
    workspace = open_workspace(settings.workspace, progress, credential)
    return _open_on(settings, workspace, credential)


def _open_on(settings: Settings, workspace: Workspace, credential: Credential) -> Hunter:
    from soc_tui.config.signing_key import signing_key
    from soc_tui.guardrails.catalog import load_catalog
    from soc_tui.guardrails.models import load_models
    from soc_tui.history.bundle_folder import BundleFolder
    from soc_tui.history.ledger import FILE_NAME as LEDGER_FILE
    from soc_tui.history.ledger import Ledger
    from soc_tui.history.store import History

    kept = settings.bundles
    limits = settings.limits
    if kind_of(settings.workspace).own_tables:  # what a service's logs cost is what limits time
        limits = replace(limits, max_hours=float(MOST_HOURS))
    run = this_run(data_dir() / f"{LEDGER_FILE}-sessions")
    ledger = Ledger(data_dir() / LEDGER_FILE, run)
    spending = Spending(limits, ledger, run.id)
    return Hunter(
        workspace=workspace,
        analyst=_analyst(
            replace(settings, limits=limits), load_models(config_dir()), credential, spending
        ),
        catalog=load_catalog(config_dir()),
        limits=limits,
        history=History(data_dir() / "history.sqlite3"),
        bundles=(
            BundleFolder(bundles_dir(), kept.max_mb, kept.max_total_mb, signing_key)
            if kept.max_mb
            else None
        ),
        spending=spending,
        exclusions=load_exclusions,
        note=audit_log.record,
    )


def _analyst(
    settings: Settings,
    models: Mapping[str, ModelSpec],
    credential: Credential,
    spending: Spending,
) -> Analyst:
    if not uses_model(settings):
        from soc_tui.analysts.offline import OfflineAnalyst
        from soc_tui.opening.open_rules import open_rules

        analyst = OfflineAnalyst(open_rules())
        analyst.read_ahead()
        return analyst
    chosen = settings.openai
    check(chosen)
    from soc_tui.analysts.openai.analyst import OpenAIAnalyst
    from soc_tui.analysts.sending.masking_analyst import MaskingAnalyst
    from soc_tui.analysts.sending.redacting_analyst import RedactingAnalyst
    from soc_tui.guardrails.models import load_models

    model = OpenAIAnalyst(
        endpoint=open_endpoint(chosen, credential),
        model=model_name(chosen),
        tier=settings.openai.tier,
        models=models_there(chosen, models, load_models()),
        limits=settings.limits,
        timeout_seconds=settings.openai.timeout_seconds,
        budget=spending.budget,
    )
    redacting = RedactingAnalyst(model, revealed(settings))
    return MaskingAnalyst(redacting) if chosen.secrets == "masked" else redacting
