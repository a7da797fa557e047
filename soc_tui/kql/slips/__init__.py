"""What reads well and the service rejects: types, arguments, aggregates in the wrong place."""
