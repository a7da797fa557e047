"""What an analyst is given to hunt through. Pure; may take tenths of a second."""

from __future__ import annotations

import datetime as dt

from soc_tui.analysts import HuntTask
from soc_tui.model.catalog import Catalog
from soc_tui.model.errors import SocError
from soc_tui.model.hunt import Hunt
from soc_tui.model.row_sources import RowSources


def sources_of(hunt: Hunt, catalog: Catalog, now: dt.datetime) -> RowSources:
    """Where the rows of the hunt come from, as its query tells."""
    from soc_tui.kql.reading.row_sources import row_sources

    return row_sources(hunt.kql, catalog, now)


def hunt_task(hunt: Hunt, model: str, catalog: Catalog, now: dt.datetime) -> HuntTask:
    """The rows, with where they come from and the cap that they filled, if any.

    Raises:
        SocError: the rows are gone.
    """
    from soc_tui.kql.reading.read import row_cap

    if hunt.rows is None:
        raise SocError("The rows of this hunt are no longer available.", "", "Run its query again.")
    cap, sources = row_cap(hunt.kql), sources_of(hunt, catalog, now)
    return HuntTask(
        request=hunt.whole_request,
        kql=hunt.kql,
        table_name=sources.only,
        rows=hunt.rows,
        row_cap=cap if cap is not None and hunt.rows.count >= cap else None,
        model=model,
        sources=sources,
    )
