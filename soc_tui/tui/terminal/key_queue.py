"""Handles keys one by one, even when a slow line or `tmux send-keys` delivers many at once."""

from __future__ import annotations

import asyncio
import time
from collections import deque

from textual import events
from textual.app import App
from textual.await_complete import AwaitComplete
from textual.dom import DOMNode
from textual.message import Message
from textual.screen import Screen
from textual.worker import Worker

from soc_tui.tui.terminal.textual_internals import Internals

INTERNALS = Internals(
    (
        "textual._context:active_message_pump",
        "textual._queue:Queue.ready_event",
        "textual.message_pump:MessagePump._message_queue",
        "asyncio:Event._waiters",
    )
)
PATIENCE_SECONDS = 0.4
"""For a thread, a file or a time that a key waits for; then the next key acts all the same.

Counted in looks: where other programs take the processor, looks take longer, and so may threads.
"""
BUSY_PATIENCE_SECONDS = 1.0
"""Of work, while there is always something to do: the next key could not act quicker either."""
_LOOK_SECONDS = 0.005
_BESIDE = frozenset({"step", "open", "judge", "seen", "look"})
"""Groups of workers that go on beside the keys: none of them opens what the next key is for."""


class OneByOne(App[None]):
    """An app in which every key finds what the key before it left.

    Textual gives a key to the widget that has the focus when the key is read, which may be before
    the key before it was acted on. Here a key (or paste) waits until nothing is left to do for the
    one before it: no message is on its way, no handler awaits anything, and the workers that it
    started have ended or opened a dialog. A letter does not wait for the letter before it.

    A screen with a time `asked_at` (see `now`) takes no key that was pressed before it: what costs
    money is answered by somebody who can have seen it.
    """

    def __init__(self) -> None:
        super().__init__()
        self.takes_one_by_one = INTERNALS.usable
        self._released = asyncio.Event()
        self._released.set()
        self._waiting: deque[events.Key | events.Paste] = deque()
        self._leading: asyncio.Task[None] | None = None
        self._looks = 0
        self._worked_before = 0.0
        self._last_was_typed = False
        self._way: list[DOMNode] = []
        self._screens: list[Screen[object]] = []
        self._workers_before: set[Worker[object]] = set()

    @property
    def keys_wait(self) -> bool:
        """Whether keys that were pressed are still to act."""
        return self._leading is not None

    def hold_keys(self) -> None:
        """Let all keys wait until they are released, without an end to patience."""
        self._released.clear()

    def release_keys(self) -> None:
        """Let the keys that wait act."""
        self._released.set()

    def post_message(self, message: Message) -> bool:
        """Hold a key back while the one before it is acted on."""
        if (
            not self.takes_one_by_one
            or not isinstance(message, (events.Key, events.Paste))
            or message.is_forwarded
        ):
            return super().post_message(message)
        if self._leading is None and self._released.is_set() and not self._at_work(message):
            return self._let_go(message)
        self._waiting.append(message)
        if self._leading is None:
            self._leading = asyncio.create_task(self._lead())
        return True

    async def on_event(self, event: events.Event) -> None:
        """Act on an event."""
        if isinstance(event, (events.Key, events.Paste)) and self._is_too_early(event):
            return
        await super().on_event(event)

    def pop_screen(self) -> AwaitComplete:
        """Close the top screen; not another one when a key closes a dialog that is closed."""
        if not self.takes_one_by_one:
            return super().pop_screen()
        from textual._context import active_message_pump

        node = active_message_pump.get(None)
        while isinstance(node, DOMNode) and not isinstance(node, Screen):
            node = node.parent
        if isinstance(node, Screen) and node not in self.screen_stack:
            return AwaitComplete()
        return super().pop_screen()

    async def _lead(self) -> None:
        """Let the waiting keys go, each when the one before it is done or patience ends."""
        patient = True
        try:
            while self._waiting:
                waited = False
                await self._released.wait()
                while at_work := self._at_work(self._waiting[0]):
                    busy = _loop_is_busy()
                    if not patient or self._is_over(busy):
                        break
                    waited = True
                    self._looks += not busy
                    await asyncio.sleep(0 if busy else _LOOK_SECONDS)
                if waited or not at_work:  # once lost, it comes back with the first that is done
                    patient = not at_work
                self._let_go(self._waiting.popleft())
        finally:
            self._leading = None

    def _let_go(self, key: events.Key | events.Paste) -> bool:
        if self.screen_stack:
            if self._is_too_early(key):
                return False
            self._looks, self._worked_before = 0, time.thread_time()
            self._last_was_typed = self._is_typed(key)
            self._way = (self.focused or self.screen).ancestors_with_self
            self._screens = list(self.screen_stack)
            self._workers_before = set(self.workers)
        return super().post_message(key)

    def _is_too_early(self, key: events.Key | events.Paste) -> bool:
        asked_at = getattr(self.screen, "asked_at", 0.0) if self.screen_stack else 0.0
        return not key.is_forwarded and key.time < asked_at

    def _is_over(self, busy: bool) -> bool:
        """Whether the last key was waited for long enough."""
        if busy:
            return time.thread_time() - self._worked_before > BUSY_PATIENCE_SECONDS
        return self._looks * _LOOK_SECONDS > PATIENCE_SECONDS

    def _at_work(self, key: events.Key | events.Paste) -> bool:
        """Whether something is left to do for the last key that matters for this one."""
        if not self.screen_stack:  # the app ends
            return False
        if self._last_was_typed and self._is_typed(key):
            return False
        if _loop_is_busy() or any(map(_is_busy, self._way)):
            return True
        stack = self.screen_stack
        if stack[-1] not in self._screens:
            return False  # a dialog is open now, and its worker waits for this key
        resumed = len(stack) < len(self._screens)
        return any(
            worker.is_running and (resumed or worker not in self._workers_before)
            for worker in self.workers
            if worker.group not in _BESIDE
        )

    def _is_typed(self, key: events.Key | events.Paste) -> bool:
        if isinstance(key, events.Paste):
            return True
        return self.focused is not None and self.focused.check_consume_key(key.key, key.character)


def now() -> float:
    """The time in seconds on the clock of `Key.time`."""
    return Message().time


def _loop_is_busy() -> bool:
    """Whether any task can go on without waiting for time, a thread or a file."""
    # asyncio exposes this only here: a pump, a worker or a callback that can run.
    return bool(getattr(asyncio.get_running_loop(), "_ready", ()))


def _is_busy(node: DOMNode) -> bool:
    """Whether a node acts on a message, rather than waits for one. True of a loop at rest only."""
    return node.is_running and not node._message_queue.ready_event._waiters
