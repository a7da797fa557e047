"""The environment of programs that are started: without the keys of this one."""

from __future__ import annotations

import re
from collections.abc import Mapping

# OPENAI_API_KEY, AZURE_OPENAI_API_KEY, AZURE_CLIENT_SECRET and what else azure-identity reads.
_KEY = re.compile(
    r"\A(?:OPENAI|AZURE|SOC_TUI)_(?:\w+_)?(?:KEY|SECRET|PASSWORD|TOKEN)\Z", re.IGNORECASE
)


def without_keys(environ: Mapping[str, str]) -> dict[str, str]:
    """The variables but those that hold a key or password for a model or a workspace."""
    return {name: value for name, value in environ.items() if not _KEY.match(name)}
