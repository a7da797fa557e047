"""D on a finding drafts a rule, says how it does, and saves it where the next hunt runs it."""

from __future__ import annotations

import stat

from soc_tui.config.paths import rules_dir
from soc_tui.tui.dialogs.detection import DetectionScreen, SaveDetectionScreen
from soc_tui.tui.panes.findings import FindingsPane
from tests.tui.hands import Hands, ask, hunt, run, running


def told(hands: Hands) -> str:
    return " ".join(note.message for note in hands.app._notifications)


async def test_a_finding_becomes_a_rule(environment: dict[str, str]) -> None:
    async with running(environment, (80, 24)) as hands:
        await ask(hands)
        await run(hands)
        await hunt(hands)
        findings = hands.main.hunt.findings if hands.main.hunt else ()
        pane = hands.main.query_one(FindingsPane)
        await hands.press("f7")
        umbrella = next(one for one in findings if one.title.startswith("Likely intrusion"))
        pane.choose(umbrella.id)
        await hands.press("D")
        await hands.until(lambda: "share nothing that tells them" in told(hands), "it says why not")
        cleared = next(one for one in findings if one.title.startswith("Event log cleared"))
        pane.choose(cleared.id)
        await hands.press("D")
        await hands.until(lambda: isinstance(hands.app.screen, DetectionScreen), "the rule shows")
        dialog = hands.app.screen
        assert isinstance(dialog, DetectionScreen)
        text = dialog.text().plain
        assert "In the workspace, last 168 h" in text
        assert "title: Event log cleared" in text
        assert "kind: Scheduled" in text
        await hands.press("s")
        await hands.until(lambda: isinstance(hands.app.screen, SaveDetectionScreen), "where to")
        await hands.press("enter")
        await hands.until(lambda: hands.app.screen is hands.main, "it is saved")
    assert {path.name: stat.S_IMODE(path.stat().st_mode) for path in rules_dir().iterdir()} == {
        "event_log_cleared.rows.json": 0o600,
        "event_log_cleared.sentinel.yml": 0o600,
        "event_log_cleared.yml": 0o600,
    }
