"""The words of the language, for those that colour and write texts.

The entries of the operators, of which the words come, are imported at the first question: the
first screen does without.
"""

from __future__ import annotations


def operator_words() -> frozenset[str]:
    """Words that begin a part of a pipe."""
    from soc_tui.kql.operators.registry import TABULAR_OPERATORS

    return TABULAR_OPERATORS


def keywords() -> frozenset[str]:
    """All words of the language that are no functions."""
    from soc_tui.kql.operators.registry import KEYWORDS

    return KEYWORDS
