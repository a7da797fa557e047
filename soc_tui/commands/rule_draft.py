"""`soc-tui rules draft`: a detection from a finding, tried before it is kept."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from pathlib import Path

from soc_tui.commands.hunt import Headless, Order
from soc_tui.config.files import write_private
from soc_tui.config.settings import Settings
from soc_tui.model.errors import SocError
from soc_tui.model.finding import Finding
from soc_tui.model.hunt import Hunt
from soc_tui.model.wording import number_of
from soc_tui.opening.detection import Detection, detection_of
from soc_tui.opening.open_hunter import open_hunter


@dataclass(frozen=True, slots=True)
class Wish:
    """Which detection.

    Attributes:
        hunt_id: Whole.
        finding_id: As in `history show`: f1, or 1.
        folder: Where its files go; None prints the rules.
        hours: How far back it is tried in the workspace, hours.
    """

    hunt_id: str
    finding_id: str
    folder: Path | None
    hours: float


def draft_rule(settings: Settings, wish: Wish) -> int:
    """Draft, try, and print or write the detection; the exit code is that of a hunt.

    Raises:
        SocError: there is no such hunt or finding, or nothing that a rule could test.
        KeyboardInterrupt: cancelled.
    """
    try:
        return asyncio.run(_Drafting(settings, wish).run())
    except asyncio.CancelledError as error:
        raise KeyboardInterrupt from error


class _Drafting(Headless):
    """One detection on one terminal."""

    def __init__(self, settings: Settings, wish: Wish) -> None:
        super().__init__(settings, Order("a detection"))
        self._wish = wish

    async def _run(self, kql: str) -> None:
        self._terminal.begin("opening")
        hunter = await open_hunter(
            self._settings, progress=self._terminal.progress, on_device_code=self._sign_in
        )
        try:
            past, problem = await hunter.keeper.reopen(self._wish.hunt_id)
            if past.rows is None:
                raise SocError(
                    "The rows of this hunt are not kept.", problem, "Run it again, then draft."
                )
            finding = _finding(past, self._wish.finding_id)
            detection = await asyncio.to_thread(
                detection_of, past, finding, hunter.catalog, hunter.now()
            )
            self._terminal.step(detection.tried)
            query = detection.query(self._wish.hours)
            self._terminal.begin("trying it in the workspace")
            found = await hunter.look(query) if query else None
            self._terminal.end()
            self._terminal.step(detection.in_workspace(found, self._wish.hours))
        finally:
            await hunter.aclose()
        self._keep(detection)

    def _keep(self, detection: Detection) -> None:
        if self._wish.folder is None:
            self._terminal.write(detection.sigma.splitlines())
            if detection.sentinel:
                self._terminal.write(["---", *detection.sentinel.splitlines()])
            return
        for name, text in detection.files().items():
            write_private(self._wish.folder / name, text.encode())
            self._terminal.tell([f"Written: {self._wish.folder / name}"])


def _finding(hunt: Hunt, name: str) -> Finding:
    wanted = f"f{name}" if name.isdecimal() else name
    for finding in hunt.findings:
        if finding.id == wanted:
            return finding
    raise SocError(
        f"Hunt {hunt.id} has no finding {name}.",
        f"It has {number_of(len(hunt.findings), 'finding')}.",
        f"soc-tui history show {hunt.id} lists them.",
    )
