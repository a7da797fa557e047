"""Rows as text for a model: counted in tokens, packed without loss, split along time."""
