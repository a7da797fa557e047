"""Where rules come from: the shipped ones and those in the user's folder. Compiled once."""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import Future
from dataclasses import dataclass
from functools import cache
from importlib import resources
from pathlib import Path
from typing import Protocol

from soc_tui.analysts.offline.sigma.compile_processes import compiled
from soc_tui.analysts.offline.sigma.rule import CompiledFile
from soc_tui.analysts.offline.sigma.rulebook import Rulebook, rulebook

_KNOWN: dict[str, CompiledFile] = {}
"""What this process knows, by digest. The folder is read at each hunt: a changed rule counts."""


class StoppedError(Exception):
    """The library was closed before all rules were there."""


class Store(Protocol):
    """Where compiled rules are kept from start to start."""

    def read(self) -> bytes:
        """What was kept last; empty when there is nothing that can be read."""
        ...

    def keep(self, data: bytes) -> None:
        """Keep it in place of what was there. Where that cannot be done, nothing is kept."""
        ...


@dataclass(frozen=True, slots=True)
class _File:
    """A rule file: its text and what that goes by, or what is wrong with reading it."""

    name: str
    text: str = ""
    digest: str = ""
    problem: str = ""

    @staticmethod
    def of(name: str, text: str) -> _File:
        return _File(name, text, hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest())

    def compiled(self) -> CompiledFile:
        return CompiledFile((), (self.problem,)) if self.problem else _KNOWN[self.digest]


class RuleLibrary:
    """Our rules and those below a folder (*.yml, *.yaml); theirs with our id replaces ours.

    Args:
        folder: Need not be there; None for our rules only.
        store: None keeps nothing.

    Attributes:
        damaged: The store held something else than what was kept; all was compiled again.
    """

    def __init__(self, folder: Path | None = None, store: Store | None = None) -> None:
        self._folder, self._store = folder, store
        self._one_at_a_time, self._stop = threading.Lock(), threading.Event()
        self._threads: list[threading.Thread] = []
        self._kept: frozenset[str] | None = None
        self._ready = self._total = 0
        self.damaged = False

    @property
    def progress(self) -> tuple[int, int]:
        """Files that are ready, and all there are."""
        return self._ready, self._total

    def load(self) -> Rulebook:
        """All rules. Blocks: reading what is known takes 0.2 s for 2,000 files.

        Never raises for what stands in a file: that is a problem in the answer.

        Raises:
            StoppedError: the library was closed.
        """
        with self._one_at_a_time:
            ours, theirs = _ours(), tuple(_theirs(self._folder))
            self._know((*ours, *theirs))
        return rulebook(
            ((file.name, file.compiled()) for file in ours),
            ((file.name, file.compiled()) for file in theirs),
        )

    def begin(self) -> Future[Rulebook]:
        """Load in a thread, which does not keep the program from ending."""
        future: Future[Rulebook] = Future()
        thread = threading.Thread(target=self._load_into, args=(future,), daemon=True)
        self._threads = [*(one for one in self._threads if one.is_alive()), thread]
        thread.start()
        return future

    def close(self) -> None:
        """Stop loading, and keep what is ready. Blocks, for half a second at most."""
        self._stop.set()
        for thread in self._threads:
            thread.join()

    def _load_into(self, future: Future[Rulebook]) -> None:
        if not future.set_running_or_notify_cancel():
            return
        try:
            future.set_result(self.load())
        except BaseException as error:  # noqa: BLE001  raised where the result is asked for
            future.set_exception(error)

    def _know(self, files: Sequence[_File]) -> None:
        """See that all files are compiled, and keep them when the store has others."""
        texts = {file.digest: file.text for file in files if file.digest}
        if self._kept is None and self._store is not None:
            self._kept = self._recall(self._store)
        missing = {digest: text for digest, text in texts.items() if digest not in _KNOWN}
        self._ready, self._total = len(texts) - len(missing), len(texts)
        _KNOWN.update(compiled(missing, self._count, self._stop))
        there = frozenset(digest for digest in texts if digest in _KNOWN)
        if self._store is not None and there != self._kept:
            from soc_tui.analysts.offline.sigma.rule_cache import encoded

            self._store.keep(encoded({digest: _KNOWN[digest] for digest in sorted(there)}))
            self._kept = there
        if len(there) < len(texts):
            raise StoppedError

    def _recall(self, store: Store) -> frozenset[str]:
        """Learn what the store has; its digests."""
        from soc_tui.analysts.offline.sigma.rule_cache import DamagedError, decoded

        try:
            files = decoded(store.read())
        except DamagedError:
            self.damaged, files = True, {}
        _KNOWN.update(files)
        return frozenset(files)

    def _count(self, files: int) -> None:
        self._ready += files


_SENTINEL = ".sentinel."


@cache
def _ours() -> tuple[_File, ...]:
    folder = resources.files("soc_tui.analysts.offline.sigma") / "rules"
    texts = {
        entry.name: entry.read_text("utf-8")
        for entry in folder.iterdir()
        if entry.name.endswith(".yml")
    }
    return tuple(_File.of(name, text) for name, text in sorted(texts.items()))


def _theirs(folder: Path | None) -> Iterator[_File]:
    found: Iterable[Path] = (
        sorted((*folder.rglob("*.yml"), *folder.rglob("*.yaml"))) if folder else ()
    )
    for path in found:
        if _SENTINEL in path.name:
            continue  # a rule of Microsoft Sentinel, beside that of Sigma
        try:
            yield _File.of(str(path), path.read_text("utf-8"))
        except (OSError, UnicodeError) as error:
            yield _File(str(path), problem=f" cannot be read: {error}.")
