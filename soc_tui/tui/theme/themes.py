"""The themes: dark, light, high contrast, the terminal's own 16 colours, and none (NO_COLOR).

Colour only repeats what a word, a sign or the text style says.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from functools import lru_cache

from rich.segment import Segment
from rich.style import Style
from rich.terminal_theme import TerminalTheme
from textual.color import Color
from textual.filter import LineFilter
from textual.theme import Theme

AUTO = "auto"
"""The setting that takes what suits the terminal."""

_BRIGHT_BLACK = 8
_SIXTEEN = {
    "ansi-background": "ansi_default",
    "ansi-foreground": "ansi_default",
    "block-cursor-foreground": "ansi_default",
    "block-cursor-background": "ansi_bright_black",
    "block-cursor-text-style": "bold",
    "block-cursor-blurred-text-style": "underline",
    "border": "ansi_bright_cyan",
    "border-blurred": "ansi_default",
    "footer-key-foreground": "ansi_cyan",
    "input-selection-foreground": "ansi_default",
    "scrollbar": "ansi_default",
    "scrollbar-hover": "ansi_default",
    "scrollbar-active": "ansi_default",
    "scrollbar-background": "ansi_default",
    "scrollbar-background-hover": "ansi_default",
    "scrollbar-background-active": "ansi_default",
}

THEMES = (
    Theme(
        name="soc-dark",
        primary="#4da3e8",
        secondary="#a394f0",
        warning="#f2b84b",
        error="#ff7b72",
        success="#63c887",
        accent="#f2b84b",
        foreground="#d7dee7",
        background="#0e1319",
        surface="#151c24",
        panel="#1d2630",
        variables={
            "block-cursor-background": "#1d3850",
            "block-cursor-foreground": "#ffffff",
            "text-muted": "#a7b3bf",
            "footer-key-foreground": "#f2b84b",
        },
    ),
    Theme(
        name="soc-light",
        primary="#0b5cad",
        secondary="#6639ba",
        warning="#8a5300",
        error="#b3141e",
        success="#10632b",
        accent="#8a5300",
        foreground="#1c232b",
        background="#f4f6f8",
        surface="#ffffff",
        panel="#e4e9ee",
        dark=False,
        variables={
            "block-cursor-background": "#cfe2f7",
            "block-cursor-foreground": "#000000",
            "text-muted": "#46515c",
            "footer-key-foreground": "#8a5300",
        },
    ),
    Theme(
        name="soc-contrast",
        primary="#7cc7ff",
        secondary="#d9b3ff",
        warning="#ffd633",
        error="#ffb8b8",
        success="#7dff9b",
        accent="#ffd633",
        foreground="#ffffff",
        background="#000000",
        surface="#000000",
        panel="#141414",
        text_alpha=1.0,
        variables={
            "block-cursor-background": "#00305c",
            "block-cursor-foreground": "#ffffff",
            "block-cursor-text-style": "bold underline",
            "block-cursor-blurred-background": "#1f1f1f",
            "block-cursor-blurred-text-style": "underline",
            "text": "#ffffff",
            "text-muted": "#d0d0d0",
            "text-disabled": "#c0c0c0",
            "border-blurred": "#ffffff",
            "footer-key-foreground": "#ffd633",
            "input-selection-background": "#7cc7ff",
            "input-selection-foreground": "#000000",
            "scrollbar": "#ffffff",
        },
    ),
    Theme(
        name="soc-16",
        ansi=True,
        primary="ansi_cyan",
        secondary="ansi_magenta",
        warning="ansi_yellow",
        error="ansi_red",
        success="ansi_green",
        accent="ansi_bright_cyan",
        foreground="ansi_default",
        background="ansi_default",
        surface="ansi_default",
        panel="ansi_default",
        boost="ansi_default",
        variables=_SIXTEEN,
    ),
)
NAMES = tuple(theme.name for theme in THEMES)


def fitting(colours: str | None, environ: Mapping[str, str] = os.environ) -> str:
    """The theme that suits a terminal.

    Args:
        colours: Rich's name of its colour system: "standard" is 16 colours.
        environ: Where TERM stands; the Linux console shows 16 colours, whatever it is sent.
    """
    return "soc-16" if colours == "standard" or environ.get("TERM") == "linux" else "soc-dark"


def without_colour(environ: Mapping[str, str] = os.environ) -> bool:
    """Whether NO_COLOR is set and not empty (no-color.org)."""
    return bool(environ.get("NO_COLOR"))


class ReversedCursor(LineFilter):
    """With 16 colours the cursor's line is reversed: visible on dark, on light and without colors.

    The theme gives it a background that nothing else has, since Textual 8.2 drops `reverse` from
    the style of an option (Widget.get_visual_style).
    """

    def apply(self, segments: list[Segment], background: Color) -> list[Segment]:
        """The segments, those of the cursor reversed."""
        return [
            Segment(text, None if style is None else _reversed(style), control)
            for text, style, control in segments
        ]


class Colourless(LineFilter):
    """Removes every color and leaves bold, underline and reverse. Textual's own sends greys."""

    def apply(self, segments: list[Segment], background: Color) -> list[Segment]:
        """The segments without colors."""
        return [
            Segment(text, None if style is None else _plain(style), control)
            for text, style, control in segments
        ]


@lru_cache(1024)
def _reversed(style: Style) -> Style:
    if style.bgcolor is None or style.bgcolor.number != _BRIGHT_BLACK:
        return style
    return style + Style(bgcolor="default", reverse=True)


@lru_cache(1024)
def _plain(style: Style) -> Style:
    return style.without_color


def _rgb(colour: str) -> tuple[int, int, int]:
    return Color.parse(colour).rgb


def _palette(background: str, foreground: str, *colours: str) -> TerminalTheme:
    """Black, red, green, yellow, blue, magenta, cyan, white; the bright ones are the same."""
    eight = [_rgb(colour) for colour in colours]
    return TerminalTheme(_rgb(background), _rgb(foreground), eight, eight)


# What the color names in Rich texts ("yellow", "bold red") become.
PALETTES = {
    "soc-dark": _palette(
        *("#0e1319", "#d7dee7"),
        *("#0e1319", "#ff7b72", "#63c887", "#f2b84b", "#4da3e8", "#a394f0", "#5cc8d6", "#d7dee7"),
    ),
    "soc-light": _palette(
        *("#f4f6f8", "#1c232b"),
        *("#1c232b", "#b3141e", "#10632b", "#8a5300", "#0b5cad", "#6639ba", "#0a5c6b", "#f4f6f8"),
    ),
    "soc-contrast": _palette(
        *("#000000", "#ffffff"),
        *("#000000", "#ffb8b8", "#7dff9b", "#ffd633", "#7cc7ff", "#d9b3ff", "#7df3ff", "#ffffff"),
    ),
}
