"""The case: an investigation that goes from one hunt to the next, within a budget."""
