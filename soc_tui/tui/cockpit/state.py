"""What is open in the cockpit."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from soc_tui.hunting.hunter import Hunter
    from soc_tui.model.hunt import Hunt


@dataclass
class CockpitState:
    """Shared by all parts of the cockpit; there is one for the main screen.

    Attributes:
        hunter: Runs the steps of a hunt; None until the workspace is open.
        hunt: The hunt on the screen.
        aside: A request that was answered or asked back without a query: the next request follows
            it up, while `hunt` stays open.
        unquoted: The hunt that a quote was asked for; it is open again when the quote is declined.
    """

    hunter: Hunter | None = None
    hunt: Hunt | None = None
    aside: Hunt | None = None
    unquoted: Hunt | None = None
