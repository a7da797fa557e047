"""A Sigma rule, ready to run. Plain data: pySigma is needed to compile one, not to run it.

What Sigma has no field for stands under the custom key `soc_tui` of a rule: entity, confidence,
recommendations, quote, techniques_from. Source: https://sigmahq.io/sigma-specification/
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from soc_tui.model.finding import Confidence, Mitre, Severity
from soc_tui.model.sql_text import quoted_name

ANY_TABLE = "any"
TABLES = (
    "DeviceProcessEvents", "DeviceNetworkEvents", "DeviceLogonEvents", "DeviceFileEvents",
    "DeviceRegistryEvents", "SigninLogs", "AzureActivity", "AzureNetworkAnalytics_CL",
    "AlertInfo", "AlertEvidence",
)  # fmt: skip
"""Tables that rules can be about."""
NO_TABLE = "no table matches logsource"
"""How a problem with a rule for other logs begins: it is none of the rules for these tables."""


@dataclass(frozen=True, slots=True)
class Keyword:
    """A test of every text column: SQL before the column's text, and after it.

    Attributes:
        lower: The column's text in lower case is tested.
    """

    before: str
    after: str
    lower: bool

    def sql(self, text_columns: Sequence[str]) -> str:
        """Holds where the test does in one of the columns."""
        tests = (
            f"coalesce({self.before}{self._subject(column)}{self.after}, FALSE)"
            for column in text_columns
        )
        return f"({' OR '.join(tests) or 'FALSE'})"

    def _subject(self, column: str) -> str:
        return quoted_name(lower_name(column)) if self.lower else text_sql(column)


Condition = tuple[str | Keyword, ...]
"""A condition as pieces of SQL; what keywords look through is known with the rows only."""


def condition_sql(condition: Condition, text_columns: Sequence[str]) -> str:
    """The condition as a boolean DuckDB expression that is never null.

    Each column stands beside itself in lower case, as `lower_name` names it.

    Args:
        text_columns: Where keywords (values without a field) are looked for.
    """
    return "".join(
        piece if isinstance(piece, str) else piece.sql(text_columns) for piece in condition
    )


def lower_name(column: str) -> str:
    """Name of the column that holds a column's text in lower case."""
    return f"#lower {column}"


def text_sql(column: str) -> str:
    """A column as text."""
    return f"CAST({quoted_name(column)} AS VARCHAR)"


@dataclass(frozen=True, slots=True)
class Correlation:
    """What must hold of several hits together, in any window of `seconds` and per group.

    Attributes:
        kind: event_count, value_count, value_sum, temporal or temporal_ordered.
        field: Column counted or summed; empty for the other kinds.
        operator, threshold: SQL comparison of the count or sum.
    """

    kind: str
    rules: tuple[Rule, ...]
    group_by: tuple[str, ...]
    seconds: int
    field: str = ""
    operator: str = ">="
    threshold: float = 1


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule.

    Attributes:
        table: Table it is about, or `any`.
        columns: Columns it needs.
        quote: Columns quoted of each cited row, the most telling first.
        entity: Columns that name whom it is about; the first non-empty one groups the hits.
        condition: What a row must fulfil; empty for a correlation.
        kql: The same as a query that an analyst can run; empty where KQL cannot say exactly that.
        techniques_from: Column that holds technique ids of the row itself (alerts).
        silent: True for a rule that only feeds a correlation.
        origin: File name.
    """

    id: str
    title: str
    description: str
    table: str
    severity: Severity
    confidence: Confidence
    mitre: tuple[Mitre, ...]
    columns: frozenset[str]
    quote: tuple[str, ...]
    entity: tuple[str, ...]
    condition: Condition = ()
    kql: str = ""
    correlation: Correlation | None = None
    recommendations: tuple[str, ...] = ()
    falsepositives: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    techniques_from: str = ""
    silent: bool = False
    origin: str = ""

    @property
    def has_keywords(self) -> bool:
        """Whether some value has no field, so that every text column is searched."""
        return any(isinstance(piece, Keyword) for piece in self.condition)


@dataclass(frozen=True, slots=True)
class CompiledFile:
    """The rules of one file, without its name, and what is wrong with others in it.

    Attributes:
        problems: Each goes on where the file's name ends: " contains no Sigma rule."
    """

    rules: tuple[Rule, ...]
    problems: tuple[str, ...] = ()
