"""The English planner: a request in plain words becomes a plan, with no model."""
