"""Many rules compiled at once: in processes of their own, so that the screen stays quick.

Not by `multiprocessing`: its children import the caller's main module again, answer to Ctrl+C and
write to the terminal. Ours read lines of JSON and write lines of JSON, and see nothing else.
"""

from __future__ import annotations

import json
import os
import queue
import subprocess
import sys
import threading
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from soc_tui.analysts.offline.sigma.rule import CompiledFile
from soc_tui.model.child_environment import without_keys

_WORTH_A_PROCESS = 400_000
"""Characters of rules that take longer than a process takes to start, twice over."""
_MOST_PROCESSES = 4
_BATCH = 40
_Batch = list[tuple[str, str]]

Done = Callable[[int], None]
"""Told how many files were compiled since it was told last; from any thread."""


def compiled(
    texts: Mapping[str, str], done: Done, stop: threading.Event
) -> dict[str, CompiledFile]:
    """Rule files by digest, compiled; those that were in time when `stop` is set. Blocks."""
    processes = min(
        _MOST_PROCESSES, os.cpu_count() or 1, sum(map(len, texts.values())) // _WORTH_A_PROCESS
    )
    return Compiling(texts, done, stop).run(processes)


class Compiling:
    """Files on their way. What a process fails at is compiled here."""

    def __init__(self, texts: Mapping[str, str], done: Done, stop: threading.Event) -> None:
        self._done, self._stop = done, stop
        self._files: dict[str, CompiledFile] = {}
        self._batches: queue.SimpleQueue[_Batch] = queue.SimpleQueue()
        left = list(texts.items())
        for start in range(0, len(left), _BATCH):
            self._batches.put(left[start : start + _BATCH])

    def run(self, processes: int) -> dict[str, CompiledFile]:
        """Compile in that many processes; 0 to do it in this thread."""
        threads = [threading.Thread(target=self._elsewhere, daemon=True) for _ in range(processes)]
        for thread in threads:
            thread.start()
        try:
            for thread in threads:
                thread.join()
        except BaseException:
            self._stop.set()
            raise
        self._here()
        return self._files

    def _here(self) -> None:
        while (batch := self._next()) is not None:
            from soc_tui.analysts.offline.sigma.compile_rules import compile_file

            for digest, text in batch:
                if self._stop.is_set():
                    return
                self._take([digest], [compile_file(text)])

    def _elsewhere(self) -> None:
        try:
            with _Process() as process:
                while (batch := self._next()) is not None:
                    try:
                        files = process.compiled([text for _, text in batch])
                    except (OSError, ValueError):
                        self._batches.put(batch)
                        return
                    self._take([digest for digest, _ in batch], files)
        except OSError:
            return  # none can be started: all is done in the thread that waits

    def _next(self) -> _Batch | None:
        if self._stop.is_set():
            return None
        try:
            return self._batches.get_nowait()
        except queue.Empty:
            return None

    def _take(self, digests: Sequence[str], files: Sequence[CompiledFile]) -> None:
        self._files.update(zip(digests, files, strict=True))
        self._done(len(files))


class _Process:
    """A process that compiles (`compile_worker`). Ends with its standard input."""

    def __init__(self) -> None:
        # -P: not what lies in the current folder. The path is ours, so that the code is, too.
        path = os.pathsep.join(str(Path(entry).absolute()) for entry in sys.path)
        self._process = subprocess.Popen(
            [sys.executable, "-P", "-m", "soc_tui.analysts.offline.sigma.compile_worker"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env={**without_keys(os.environ), "PYTHONPATH": path},
            start_new_session=True,  # Ctrl+C is not for it
            creationflags=getattr(subprocess, "CREATE_NO_WINDOW", 0),
        )

    def __enter__(self) -> _Process:
        return self

    def __exit__(self, *_: object) -> None:
        self._process.kill()
        self._process.communicate()

    def compiled(self, texts: Sequence[str]) -> list[CompiledFile]:
        """These files, compiled.

        Raises:
            OSError: the process has ended.
            ValueError: it answered something else.
        """
        if self._process.stdin is None or self._process.stdout is None:
            raise OSError("no pipes")
        self._process.stdin.write(json.dumps(texts).encode() + b"\n")
        self._process.stdin.flush()
        from soc_tui.analysts.offline.sigma.rule_cache import from_line

        files = from_line(self._process.stdout.readline())
        if len(files) != len(texts):
            raise ValueError("not as many files as were asked for")
        return files
