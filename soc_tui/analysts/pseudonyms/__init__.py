"""Names of people and machines, and what is sent in their place."""
