"""A Sigma rule, ready to run. Plain data: pySigma is needed to compile one, not to run it.

What Sigma has no field for stands under the custom key `soc_tui` of a rule: entity, confidence,
recommendations, quote, techniques_from. Source: https://sigmahq.io/sigma-specification/
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from soc_tui.model.finding import Confidence, Mitre, Severity

ANY_TABLE = "any"
TABLES = (
    "DeviceProcessEvents", "DeviceNetworkEvents", "DeviceLogonEvents", "DeviceFileEvents",
    "DeviceRegistryEvents", "SigninLogs", "AzureActivity", "AzureNetworkAnalytics_CL",
    "AlertInfo", "AlertEvidence", "DeviceEvents", "SecurityEvent", "AuditLogs",
    "AADNonInteractiveUserSignInLogs", "IdentityLogonEvents", "OfficeActivity", "EmailEvents",
    "Syslog", "CommonSecurityLog", "NTANetAnalytics", "SecurityAlert", "DeviceImageLoadEvents",
    "Event", "AWSCloudTrail", "CloudAppEvents", "MicrosoftGraphActivityLogs", "UrlClickEvents",
    "DnsEvents", "W3CIISLog", "AADServicePrincipalSignInLogs", "AADUserRiskEvents",
    "IdentityDirectoryEvents", "IdentityQueryEvents", "AzureDiagnostics",
    "EmailPostDeliveryEvents", "StorageBlobLogs",
)  # fmt: skip
"""Tables that rules can be about."""
NO_TABLE = "no table matches logsource"
"""How a problem with a rule for other logs begins: it is none of the rules for these tables."""


Op = Literal[
    "and", "or", "not",
    "equals", "contains", "starts", "ends", "text", "regex", "number", "compare", "time", "cidr",
    "same",
]  # fmt: skip


@dataclass(frozen=True, slots=True)
class Condition:
    """What a row must fulfil: a test of one column, or a combination of conditions.

    Attributes:
        op: How `parts` are combined, or what the column is tested for. Of tests:
            equals, contains, starts, ends: its text is, has … one of the values (a missing text
            equals the empty one); text: there is a text; regex: RE2 finds one of the values in it;
            number: it is one of the values; compare: operator and number; time: part of the time
            (hour …), operator and number; cidr: the address is in one of the networks;
            same: text of another column, by the way (equals, contains, starts, ends).
        parts: The conditions of a combination.
        column: The column's name; a template of columns in braces (`{Domain}\\{Name}`) for the
            text of several; `Column/key` for a value within JSON, XML or key=value pairs (or in a
            column that is named by the key); empty for any text column, as keywords have it.
        values: What is looked for, as the rule writes it.
        cased: Upper and lower case differ.
    """

    op: Op
    parts: tuple[Condition, ...] = ()
    column: str = ""
    values: tuple[str, ...] = ()
    cased: bool = False

    def tests(self) -> Iterator[Condition]:
        """All tests in it."""
        if self.op in ("and", "or", "not"):
            for part in self.parts:
                yield from part.tests()
        else:
            yield self


NEVER = Condition("or")
"""What no row fulfils."""


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
        condition: What a row must fulfil; `NEVER` for a correlation.
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
    condition: Condition = NEVER
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
        return any(not test.column for test in self.condition.tests())


@dataclass(frozen=True, slots=True)
class CompiledFile:
    """The rules of one file, without its name, and what is wrong with others in it.

    Attributes:
        problems: Each goes on where the file's name ends: " contains no Sigma rule."
    """

    rules: tuple[Rule, ...]
    problems: tuple[str, ...] = ()
