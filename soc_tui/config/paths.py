"""Where settings, data and state live."""

import os
from pathlib import Path


def _folder(kind: str) -> Path:
    if home := os.environ.get("SOC_TUI_HOME"):
        return Path(home).expanduser() / kind
    from platformdirs import PlatformDirs

    dirs = PlatformDirs("soc-tui", appauthor=False)
    return Path(getattr(dirs, f"user_{kind}_dir"))


def config_dir() -> Path:
    """Folder of config.toml, secrets.toml, catalog.toml and models.toml."""
    return _folder("config")


def rules_dir() -> Path:
    """Folder of the user's own Sigma rules; it need not exist."""
    return config_dir() / "rules"


def log_sources_dir() -> Path:
    """Folder of the user's own log sources, for the import; it need not exist."""
    return config_dir() / "log_sources"


def playbooks_dir() -> Path:
    """Folder of the user's own playbooks; it need not exist."""
    return config_dir() / "playbooks"


def data_dir() -> Path:
    """Folder of the demo workspace, imported logs and the history."""
    return _folder("data")


def demo_file() -> Path:
    """The demo workspace, which is rebuilt."""
    return data_dir() / "demo.duckdb"


def bundles_dir() -> Path:
    """Folder of the bundles: hunts as files that can be replayed."""
    return data_dir() / "bundles"


def cache_dir() -> Path:
    """Folder of what can be rebuilt: the compiled Sigma rules."""
    return _folder("cache")


def state_dir() -> Path:
    """Folder of the log file."""
    return _folder("state")
