"""`soc-tui config`: settings, their files, and the catalog in effect."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import fields, is_dataclass
from typing import Any

from soc_tui.commands.terminal import Terminal, paragraph
from soc_tui.config.endpoint import without_credentials
from soc_tui.config.look import look_file
from soc_tui.config.paths import (
    config_dir,
    data_dir,
    demo_file,
    playbooks_dir,
    rules_dir,
    state_dir,
)
from soc_tui.config.secret import Secret
from soc_tui.config.settings import Settings, to_toml, variables
from soc_tui.guardrails.catalog import FILE_NAME, catalog_toml, load_catalog
from soc_tui.guardrails.models import FILE_NAME as MODELS_FILE
from soc_tui.guardrails.models import load_models, models_toml
from soc_tui.history.ledger import FILE_NAME as LEDGER_FILE
from soc_tui.model.catalog import Catalog, TableSpec
from soc_tui.model.errors import ConfigError


def show_paths() -> None:
    """Print every file and folder that soc-tui reads or writes, and whether it is there."""
    places = {
        "settings": config_dir() / "config.toml",
        "secrets": config_dir() / "secrets.toml",
        "your catalog": config_dir() / "catalog.toml",
        "your models": config_dir() / "models.toml",
        "your rules": rules_dir(),
        "your playbooks": playbooks_dir(),
        "demo workspace": demo_file(),
        "imported logs": data_dir() / "local.duckdb",
        "history": data_dir() / "history.sqlite3",
        "spend ledger": data_dir() / LEDGER_FILE,
        "saved layout": look_file(),
        "crash reports": state_dir(),
    }
    Terminal().write(
        f"{name:<19} {path}{'' if path.exists() else '  (does not exist)'}"
        for name, path in places.items()
    )


def show_settings(settings: Settings) -> None:
    """Print the settings in force as TOML; of secrets only whether they are set."""
    terminal = Terminal()
    terminal.write(["# Settings in effect: config.toml, the environment and the command line."])
    terminal.write(without_credentials(to_toml(settings)).splitlines())
    names = {place: variable for variable, place in variables(settings).items()}
    terminal.write(["", "# Secrets (secrets.toml or environment) are never shown:"])
    terminal.write(
        f"# {place} ({names[place]}): {'set' if secret else 'not set'}"
        for place, secret in _secrets(settings)
    )


def show_catalog(name: str) -> None:
    """Print the catalog in effect, or one table of it, as TOML that a catalog.toml may hold.

    Raises:
        ConfigError: no such table, or a catalog.toml that cannot be used.
    """
    file = config_dir() / FILE_NAME
    catalog = load_catalog(config_dir())
    tables = [_spec(catalog, name)] if name else list(catalog.tables.values())
    terminal = Terminal()
    what = f"The table {name}" if name else "All tables"
    terminal.write([f"# {what} of the catalog in effect. To change it, put this in", f"# {file}"])
    terminal.write(catalog_toml(tables, whole=not name).splitlines())


def list_tables() -> None:
    """Print the names of the tables that may be asked for, and what they hold."""
    terminal = Terminal()
    terminal.write(_table_lines(load_catalog(config_dir()), terminal.width))


def show_models() -> None:
    """Print the models in effect as TOML that a models.toml may hold.

    Raises:
        ConfigError: a models.toml that cannot be used.
    """
    terminal = Terminal()
    file = config_dir() / MODELS_FILE
    terminal.write(["# All models in effect. To change them, put this in", f"# {file}"])
    terminal.write(["# What is left out is shown as unknown."])
    terminal.write(models_toml(load_models(config_dir())).splitlines())


def _spec(catalog: Catalog, name: str) -> TableSpec:
    spec = catalog.table(name)
    if spec is None:
        raise ConfigError(f"There is no table {name} in the catalog.", f"It has {catalog.told}.")
    return spec


def _secrets(settings: Any, prefix: str = "") -> Iterator[tuple[str, Secret]]:
    for item in fields(settings):
        value = getattr(settings, item.name)
        if isinstance(value, Secret):
            yield f"{prefix}{item.name}", value
        elif is_dataclass(value):
            yield from _secrets(value, f"{prefix}{item.name}.")


def _table_lines(catalog: Catalog, width: int) -> Iterator[str]:
    for spec in catalog.tables.values():
        yield f"{spec.name}  ({len(spec.columns)} columns, time in {spec.time_column})"
        yield from paragraph(spec.notes, width, 4)
