"""Wording shared by the screen, the command line and reports."""


def number_of(count: int, noun: str) -> str:
    """How many: `1 finding`, `1,234 findings`."""
    return f"1 {noun}" if count == 1 else f"{count:,} {noun}s"


NONE_OF_PART = (
    "No rows, but the workspace returned only a partial result: some rows may still match. "
    "Run the query again, or shorten its time range."
)
"""What to say of a hunt with no rows whose answer is partial."""
