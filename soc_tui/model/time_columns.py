"""Which column tells when an event was."""

from __future__ import annotations

from collections.abc import Iterable

from soc_tui.model.catalog import Column, KqlType

TIME_COLUMNS = ("TimeGenerated", "Timestamp")
"""Names of the time column, the likelier first: Azure Monitor's, and Defender advanced hunting's.

The Log Analytics API applies its `timespan` to TimeGenerated.
"""


def time_column(columns: Iterable[Column]) -> str:
    """The name of the column that tells when an event was; empty where there is none.

    One of `TIME_COLUMNS`, else the first datetime.
    """
    times = [column.name for column in columns if column.type is KqlType.DATETIME]
    named = [name for name in TIME_COLUMNS if name in times]
    return next(iter((*named, *times)), "")
