"""What the analyst (LLM or offline) decided to query."""

from dataclasses import dataclass
from enum import StrEnum


class Operator(StrEnum):
    """KQL string and comparison operators that a plan's predicate may use."""

    EQUALS = "=="
    NOT_EQUALS = "!="
    HAS = "has"
    NOT_HAS = "!has"
    HAS_ANY = "has_any"
    CONTAINS = "contains"
    NOT_CONTAINS = "!contains"
    STARTS_WITH = "startswith"
    NOT_STARTS_WITH = "!startswith"
    ENDS_WITH = "endswith"
    NOT_ENDS_WITH = "!endswith"
    REGEX = "matches regex"
    NOT_REGEX = "not matches regex"
    EMPTY = "isempty"
    NOT_EMPTY = "isnotempty"
    IN = "in~"
    NOT_IN = "!in~"
    GREATER = ">"
    GREATER_OR_EQUAL = ">="
    LESS = "<"
    LESS_OR_EQUAL = "<="


@dataclass(frozen=True, slots=True)
class Predicate:
    """One filter on one or several columns.

    Attributes:
        columns: The row passes when any of these columns does.
        operator: Applied to each column.
        values: Raw values, unescaped; the KQL builder writes the literals. With several, any may
            match (`has_any` and `in~` say so in one term), and with those that deny none may.
            None with `isempty` and `isnotempty`.
    """

    columns: tuple[str, ...]
    operator: Operator
    values: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Plan:
    """One query in words the guardrails can judge. The LLM's tool `query_log_analytics` fills it.

    Attributes:
        table_name: Exactly one table of the catalog.
        fields: Columns to show, of that table.
        device_name: Host to look at; empty for all.
        caller: Azure caller (AzureActivity); empty for all.
        user_principal_name: Account to look at; empty for all.
        time_range_hours: How far back from now, hours.
        about_individual_user, about_individual_host, about_network_security_group: What the
            request is about.
        rationale: Why this table, these fields and this time range.
        predicates: Further filters, all of which must hold.
        follows_up: The request changed or continued the query before it; False when it starts over.
        instead: A request that reads the words another way (as a follow-up, as a new hunt, with
            another time range), to be sent by one key; empty when there is none.
        not_applied: Words of the request that changed nothing: neither table nor filter nor count
            stands for them.
        kql: The whole query, when the planner wrote it itself: it is what runs, and the rest only
            describes it, as far as it is known. Empty when the builder writes the query.
    """

    table_name: str
    fields: tuple[str, ...]
    time_range_hours: float
    rationale: str
    device_name: str = ""
    caller: str = ""
    user_principal_name: str = ""
    about_individual_user: bool = False
    about_individual_host: bool = False
    about_network_security_group: bool = False
    predicates: tuple[Predicate, ...] = ()
    follows_up: bool = False
    kql: str = ""
    not_applied: tuple[str, ...] = ()
    instead: str = ""

    @property
    def not_applied_line(self) -> str:
        """The words that changed nothing, in one line; empty when there are none."""
        words = ", ".join(f"“{word}”" for word in self.not_applied)
        return f"Not applied: {words}." if words else ""


@dataclass(frozen=True, slots=True)
class Reply:
    """What the planner says when it plans no query.

    Attributes:
        text: The answer to a request that is not for logs, or the question.
        question: True when it asks back: the request can be planned once that is answered.
        choices: Likely answers to the question. May be empty.
    """

    text: str
    question: bool = False
    choices: tuple[str, ...] = ()
