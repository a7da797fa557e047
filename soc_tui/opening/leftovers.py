"""Deletes what killed runs left behind: temporary copies of rows and of settings."""

from __future__ import annotations

import tempfile
from pathlib import Path

from soc_tui.config.paths import bundles_dir, cache_dir, config_dir, data_dir, state_dir
from soc_tui.config.temporaries import sweep_files, sweep_folders

_FOLDERS = (".soc-tui-import-", ".soc-tui-demo-")
_PASSING = ("soc-tui-",)
"""In the system's folder of temporary files: looks into logs, texts in an editor."""


def sweep_leftovers() -> int:
    """Delete them; how many there were. What a run that still lives has is left alone. Blocks."""
    ours = (data_dir(), bundles_dir(), config_dir(), state_dir(), cache_dir())
    swept = sum(sweep_files(folder) for folder in dict.fromkeys(ours))
    swept += sweep_folders(data_dir(), _FOLDERS)
    return swept + sweep_folders(Path(tempfile.gettempdir()), _PASSING)
