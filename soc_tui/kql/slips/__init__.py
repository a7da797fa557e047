"""Slips that read well and that the service rejects: types, arity, aggregates in the wrong place."""
