"""Events of other systems as rows of the tables that queries and rules know."""
