"""Which of many texts have a pattern; RE2 over an Arrow array."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    import pyarrow as pa

Bools = NDArray[np.bool_]


def match_any(texts: pa.Array, patterns: Sequence[str]) -> Bools:
    """Those of the texts in which one of the RE2 patterns is found, in any case."""
    found = np.zeros(len(texts), np.bool_)
    for pattern in patterns:
        found |= matches(texts, pattern)
    return found


def matches(texts: pa.Array, pattern: str) -> Bools:
    """Those of the texts in which an RE2 pattern is found, in any case."""
    import pyarrow.compute as pc

    options: dict[str, Any] = {"ignore_case": True}
    found = pc.match_substring_regex(texts, f"(?s){pattern}", **options)
    result: Bools = found.fill_null(False).to_numpy(zero_copy_only=False)
    return result.copy()


def array_of(texts: Iterable[str]) -> pa.Array:
    """The texts as an Arrow array; what is no Unicode (lone surrogates) is replaced."""
    import pyarrow as pa

    return pa.array([text.encode("utf-8", "replace").decode() for text in texts], pa.string())
