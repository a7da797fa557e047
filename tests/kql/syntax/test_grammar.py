"""The grammar is the one that the walkers were written for."""

import hashlib

from duckdb_kql._antlr.KqlParser import serializedATN

REVIEWED = "7fa887478d172097"


def test_the_grammar_is_the_one_that_was_reviewed() -> None:
    states = ",".join(map(str, serializedATN()))  # type: ignore[no-untyped-call]
    assert hashlib.sha256(states.encode()).hexdigest()[:16] == REVIEWED, (
        "duckdb_kql has another grammar: look through its rules for places of tables, columns and "
        "functions that kql/reading and kql/operators do not know, then change this."
    )
