"""Figures in words."""


def number_of(count: int, noun: str) -> str:
    """How many: `1 finding`, `1,234 findings`."""
    return f"1 {noun}" if count == 1 else f"{count:,} {noun}s"


NONE_OF_PART = (
    "No rows came, but the workspace answered only in part: some may match all the same. "
    "Run the query again, or shorten its time range."
)
"""What to say of a hunt with no rows whose answer is partial."""
