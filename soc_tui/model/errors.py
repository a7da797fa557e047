"""Errors that an analyst can act on: what happened, why, and what to do next."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from soc_tui.model.quote import Usage
    from soc_tui.model.verdict import Verdict


class SocError(Exception):
    """Base of every error we raise on purpose.

    Each text is shown to the analyst as it is, so it holds no secret, no raw log cell and no
    traceback.

    Args:
        what: What happened, one sentence.
        why: The reason, as far as it is known. May be empty.
        next_step: What the analyst can do about it. May be empty.

    Attributes:
        usage: What calls took before it, where nobody else reports it.
    """

    usage: Usage | None = None

    def __init__(self, what: str, why: str = "", next_step: str = "") -> None:
        super().__init__(what)
        self.what = what
        self.why = why
        self.next_step = next_step

    def __str__(self) -> str:
        return " ".join(part for part in (self.what, self.why, self.next_step) if part)


class RefusedError(SocError):
    """A guardrail or a limit said no. Headless exit code 2.

    Attributes:
        verdict: Of the guardrails; None where a limit said no.
    """

    verdict: Verdict | None = None


class ConfigError(SocError):
    """A settings, catalog or models file, or a value in it, cannot be used."""


class WorkspaceError(SocError):
    """The workspace did not answer the query."""


class QueryError(WorkspaceError):
    """The workspace rejected the KQL itself; `what` says where.

    Args:
        line: 1-based line in the KQL text, or None where the workspace does not say.
        column: 1-based column, or None.
    """

    def __init__(
        self,
        what: str,
        why: str = "",
        next_step: str = "",
        *,
        line: int | None = None,
        column: int | None = None,
    ) -> None:
        if line is not None:
            column_too = "" if column is None else f", column {column}"
            what = f"{what.rstrip('.')} (line {line}{column_too})."
        super().__init__(what, why, next_step)
        self.line = line
        self.column = column


class CredentialError(WorkspaceError):
    """The sign-in failed, or the account has no access to the workspace."""


class FileImportError(SocError):
    """A file could not be imported; the workspace is unchanged."""


class AmbiguousDatesError(FileImportError):
    """Dates such as 03/11/2026 that nothing in the file explains: the user has to say."""


class AnalystError(SocError):
    """The LLM (or the offline analyst) did not give a usable answer.

    Args:
        retry_after_seconds: How long the service asked us to wait, or None.
        usage: What the calls that failed took, where nobody else reports it.
    """

    def __init__(
        self,
        what: str,
        why: str = "",
        next_step: str = "",
        *,
        retry_after_seconds: float | None = None,
        usage: Usage | None = None,
    ) -> None:
        super().__init__(what, why, next_step)
        self.retry_after_seconds = retry_after_seconds
        self.usage = usage


class TooLongError(AnalystError):
    """The service takes no call of that length; one with fewer rows may pass.

    Args:
        limit: Tokens per minute that the service named, or None.
    """

    def __init__(
        self, what: str, why: str = "", next_step: str = "", *, limit: int | None = None
    ) -> None:
        super().__init__(what, why, next_step)
        self.limit = limit


class HistoryError(SocError):
    """The history file cannot be read or written."""
