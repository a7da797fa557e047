"""Style rules are parsed once; Textual keeps 64 sources and rereads all when another is added."""

from __future__ import annotations

from collections.abc import Hashable

from textual.css.model import RuleSet
from textual.css.stylesheet import Stylesheet
from textual.css.types import CSSLocation

from soc_tui.tui.terminal.textual_internals import Internals

INTERNALS = Internals(
    (
        "textual.css.stylesheet:Stylesheet._variables",
        "textual.css.stylesheet:Stylesheet._parse_rules"
        "(self, css, read_from, is_default_rules, tie_breaker, scope)",
        "textual.css.stylesheet:Stylesheet.set_variables(self, variables)",
        "textual.css.stylesheet:Stylesheet.reparse(self)",
    )
)

_parsed: dict[Hashable, list[RuleSet]] = {}
"""By what the rules are made of: as many as there are themes in use and styles of widgets."""


class ParsedStyles(Stylesheet):
    """A stylesheet whose rules are parsed once for each set of variables."""

    def __init__(self, *, variables: dict[str, str] | None = None) -> None:
        super().__init__(variables=variables)
        self._values = frozenset(self._variables.items())

    def set_variables(self, variables: dict[str, str]) -> None:
        """Take the colours of another theme."""
        super().set_variables(variables)
        self._values = frozenset(variables.items())

    def reparse(self) -> None:
        """Read the rules for the variables as they are now."""
        self.parse()

    def _parse_rules(
        self,
        css: str,
        read_from: CSSLocation,
        is_default_rules: bool = False,
        tie_breaker: int = 0,
        scope: str = "",
    ) -> list[RuleSet]:
        made_of = (self._values, css, read_from, is_default_rules, tie_breaker, scope)
        if (rules := _parsed.get(made_of)) is None:
            rules = super()._parse_rules(css, read_from, is_default_rules, tie_breaker, scope)
            _parsed[made_of] = rules
        return rules
