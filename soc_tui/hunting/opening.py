"""From settings to a Hunter: opens the workspace, the analyst and the history."""

from __future__ import annotations
