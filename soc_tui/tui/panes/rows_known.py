"""What is known of a hunt's rows at this moment, in one line. Pure."""

from soc_tui.model.coverage import Stage
from soc_tui.model.hunt import Hunt
from soc_tui.model.wording import number_of

_GONE_THROUGH = frozenset({Stage.READ, Stage.STOPPED})


def rows_known(hunt: Hunt | None) -> str:
    """How many rows there are and what was seen of them; empty before the query has answered."""
    if hunt is None or hunt.row_count is None:
        return ""
    coverage, rows = hunt.coverage, number_of(hunt.row_count, "row")
    if coverage.stage is Stage.NOT_READ and not hunt.status.ended:
        return f"{rows}; not hunted yet"
    # What was not read yet is no loss: the running step counts it.
    return f"hunting through {rows}" if coverage.stage is Stage.READING else coverage.summary()


def less_than_all(hunt: Hunt | None) -> bool:
    """Whether a hunt has gone through its rows and not seen all there is."""
    if hunt is None or hunt.coverage.stage not in _GONE_THROUGH:
        return False
    return not hunt.coverage.whole
