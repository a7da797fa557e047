"""Values, conditions and operands of a query in plain words: what sentences are made of."""
