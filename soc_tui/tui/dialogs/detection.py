"""A drafted detection, and where it is saved."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import ClassVar

from rich.text import Text

from soc_tui.config.files import write_private
from soc_tui.model.errors import SocError
from soc_tui.model.inert import inert
from soc_tui.opening.detection import Detection
from soc_tui.tui.dialogs.path import PathScreen
from soc_tui.tui.dialogs.text_dialog import TextDialog
from soc_tui.tui.keys.dialogs import DETECTION
from soc_tui.tui.keys.key import BindingList, bindings


class DetectionScreen(TextDialog):
    """Answers "save", or nothing.

    Args:
        tried: How it did, in words.
    """

    BINDINGS: ClassVar[BindingList] = bindings(DETECTION)
    heading = "Detection: {detection.answer_save} saves its files, Esc closes"

    def __init__(self, detection: Detection, tried: str) -> None:
        super().__init__()
        self._detection = detection
        self._tried = tried

    def text(self) -> Text:
        """How it did, then the Sigma rule and the Sentinel rule."""
        text = Text()
        text.append(f"{inert(self._tried)}\n", "bold")
        for name, rule in (
            ("Sigma rule", self._detection.sigma),
            ("Microsoft Sentinel, scheduled rule", self._detection.sentinel),
        ):
            if rule:
                text.append(f"\n{name}\n", "bold underline")
                text.append("".join(f"{inert(line)}\n" for line in rule.splitlines()))
        return text


class SaveDetectionScreen(PathScreen[Path]):
    """Answers with the folder that its files were written to."""

    heading = "Save the detection: Enter saves, Esc cancels"
    suffixes = (".yml",)
    told = (
        "Beside the Sigma rule: the Sentinel rule (.sentinel.yml) and the rows to test it on "
        "(.rows.json). In the rules folder the next hunt runs it."
    )

    def __init__(self, detection: Detection, folder: Path) -> None:
        super().__init__(str(folder / next(iter(detection.files()))))
        self._detection = detection

    async def chosen(self, path: Path) -> Path | None:
        """Write them; over another rule only when that was confirmed."""
        if path.suffix != ".yml" or path.name.endswith(".sentinel.yml"):
            raise SocError(f"{path.name} is no name of a Sigma rule.", "", "Let it end in .yml.")
        await self.ask_to_replace(path)
        first, *_ = self._detection.files()
        for name, text in self._detection.files().items():
            ending = name.removeprefix(first.removesuffix(".yml"))
            await asyncio.to_thread(
                write_private, path.with_name(f"{path.stem}{ending}"), text.encode()
            )
        return path.parent
