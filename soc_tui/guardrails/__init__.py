"""What may be asked. Pure functions to a Verdict."""
