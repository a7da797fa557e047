"""The status strip counts a wait down, then goes back to the step's own time."""

from collections.abc import Callable

from textual.app import App, ComposeResult
from textual.pilot import Pilot

from soc_tui.tui.panes.status import StatusStrip


class Strip(App[None]):
    def compose(self) -> ComposeResult:
        yield StatusStrip()


async def until(pilot: Pilot[None], holds: Callable[[], bool]) -> bool:
    for _ in range(60):
        if holds():
            return True
        await pilot.pause(0.05)
    return holds()


async def test_a_wait_is_counted_down_and_ends_by_itself() -> None:
    async with Strip().run_test() as pilot:
        strip = pilot.app.query_one(StatusStrip)

        def shown() -> str:
            return str(strip.render())

        strip.begin("planning")
        strip.wait(1.4)
        assert "planning waits 2 s (Esc cancels)" in shown()
        assert await until(pilot, lambda: "waits 1 s" in shown())
        assert await until(pilot, lambda: "waits" not in shown())
        assert "planning 1 s" in shown() or "planning 2 s" in shown()


async def test_a_step_that_goes_on_keeps_its_time_and_ends_its_wait() -> None:
    async with Strip().run_test() as pilot:
        strip = pilot.app.query_one(StatusStrip)
        strip.begin("hunting")
        strip._since -= 7
        strip.wait(60)
        strip.go_on("hunting, chunk 3 of 12 done")
        assert "hunting, chunk 3 of 12 done 7 s (Esc cancels)" in str(strip.render())
