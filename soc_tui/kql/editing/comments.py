"""Comments lines out and back in."""

from __future__ import annotations

from collections.abc import Sequence

MARK = "//"


def toggled(lines: Sequence[str]) -> list[str]:
    """The lines as comments, or out of comments when each that holds something is one.

    Empty lines stay as they are. The marks stand in one column, so that the indentation shows.
    """
    written = [line for line in lines if line.strip()]
    if written and all(line.lstrip().startswith(MARK) for line in written):
        return [_uncommented(line) for line in lines]
    column = min((len(line) - len(line.lstrip()) for line in written), default=0)
    return [f"{line[:column]}{MARK} {line[column:]}" if line.strip() else line for line in lines]


def _uncommented(line: str) -> str:
    before, mark, after = line.partition(MARK)
    return before + after.removeprefix(" ") if mark else line
