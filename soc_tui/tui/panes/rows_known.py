"""What is known of a hunt's rows at this moment, in one line. Pure."""

from rich.cells import cell_len, set_cell_size

from soc_tui.model.coverage import Stage
from soc_tui.model.hunt import Hunt
from soc_tui.model.inert import inert
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


def rows_in_brief(hunt: Hunt | None) -> str:
    """As `rows_known`, for the strip, which has no room for what is missing."""
    if less_than_all(hunt):
        return "NOT ALL SEEN (F7)"
    none = hunt is not None and hunt.coverage.stage is Stage.NO_ROWS
    return "no rows" if none else rows_known(hunt)


def known_within(hunt: Hunt | None, room: int) -> str:
    """As `rows_known`, inert and in so many cells; of what is missing as much as fits, whole."""
    known = inert(rows_known(hunt))
    if hunt is None or cell_len(known) <= room:
        return known
    gaps, told = [inert(gap) for gap in hunt.coverage.gaps], ""
    for number, gap in enumerate(gaps):
        longer = f"{told}; {gap}" if told else gap
        more = f"; {len(gaps) - number - 1} more" if number + 1 < len(gaps) else ""
        if cell_len(longer) + len(more) > room:
            if not told:
                return f"{set_cell_size(gap, room - len(more) - 1).rstrip()}…{more}"
            return f"{told}; {len(gaps) - number} more"
        told = longer
    return told


def less_than_all(hunt: Hunt | None) -> bool:
    """Whether a hunt has gone through its rows and not seen all there is."""
    if hunt is None or hunt.coverage.stage not in _GONE_THROUGH:
        return False
    return not hunt.coverage.whole
