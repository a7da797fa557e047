"""What a query can refer to: a reference, its kind, and where a filter on a table can be written.

What could be a table counts as one; what is not understood is a reference too. So no reference
means that nothing but the query's own values is read.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from soc_tui.kql.references.time_bounds import Bound
from soc_tui.model.verdict import Place


class ReferenceKind(StrEnum):
    """What a reference is."""

    TABLE = "table"
    WILDCARD = "wildcard"
    PATH = "path"
    WORKSPACE = "workspace"
    REACHING = "reaching function"
    FUNCTION = "function"
    OPERATOR = "operator"
    PLUGIN = "plugin"
    CONSTRUCT = "construct"
    OPTION = "option"
    STATEMENT = "statement"


@dataclass(frozen=True, slots=True)
class Spot:
    """Where a filter on a table can be written.

    Attributes:
        start, end: Offsets of what is filtered.
        brackets: True when it has to be put in brackets together with its filter.
    """

    start: int
    end: int
    brackets: bool = False


NOWHERE = Spot(0, 0)
"""For a table that cannot be filtered in the text as it is."""


@dataclass(frozen=True, slots=True)
class Reference:
    """One thing that a text refers to.

    Attributes:
        name: As written, without brackets and quotes.
        start: Offset of its first character in the text.
        maybe_column: True where KQL takes a column as well as a table: `in (name)`.
        bounds: Lower time bounds of the rows that are read; None when some use has none.
        spot: Where a filter on the table can be written, or None.
        alone: Where an operator on this table and no other can be written, or None.
        closed_off: What stands behind it lets no column through that the catalog denies.
    """

    name: str
    kind: ReferenceKind
    place: Place
    start: int
    maybe_column: bool = False
    bounds: tuple[Bound, ...] | None = None
    spot: Spot | None = None
    alone: Spot | None = None
    closed_off: bool = False
