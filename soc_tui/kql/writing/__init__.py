"""Writing KQL: from a plan, from filters and parameters, from a cell of an answer."""
