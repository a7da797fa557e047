"""Figures in words."""


def number_of(count: int, noun: str) -> str:
    """How many: `1 finding`, `1,234 findings`."""
    return f"1 {noun}" if count == 1 else f"{count:,} {noun}s"
