"""A text that must not be shown."""

from __future__ import annotations

from dataclasses import fields, is_dataclass


class Secret:
    """A text that shows itself only through `reveal`."""

    __slots__ = ("_text",)

    def __init__(self, text: str = "") -> None:
        self._text = text

    def reveal(self) -> str:
        """The text itself, to hand to the service it belongs to."""
        return self._text

    def __bool__(self) -> bool:
        return bool(self._text)

    def __repr__(self) -> str:
        return "Secret(set)" if self._text else "Secret(not set)"

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Secret) and other._text == self._text

    def __hash__(self) -> int:
        return hash(self._text)


def revealed(settings: object) -> tuple[str, ...]:
    """The texts of all secrets in the settings, to keep them out of whatever is shown or kept."""
    if isinstance(settings, Secret):
        return (settings.reveal(),) if settings else ()
    if not is_dataclass(settings):
        return ()
    return tuple(text for one in fields(settings) for text in revealed(getattr(settings, one.name)))
