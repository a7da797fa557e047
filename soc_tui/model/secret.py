"""Detects API keys typed in the wrong place."""

import re

HIDDEN = "[hidden]"
_KEY = re.compile(r"\bsk-[\w-]{20,}")
"""OpenAI's form. Source: https://platform.openai.com/docs/api-reference/authentication"""


def hide_keys(text: str) -> str:
    """The text without model keys, for what is kept or sent; a query is never changed so."""
    return _KEY.sub(HIDDEN, text)
