"""What may be queried. Pure functions that return a Verdict."""
