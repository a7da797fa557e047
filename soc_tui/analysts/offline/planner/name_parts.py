"""The words of a name that is written as code: "InitiatingProcessFileName". Pure."""

from __future__ import annotations

import re

NAME_PART = re.compile(r"[A-Z]{2,}(?=[A-Z][a-z])|[A-Z]?[a-z]+|[A-Z]+|\d+")
"""One word, an acronym ("MFA", also before another word) or a number."""
