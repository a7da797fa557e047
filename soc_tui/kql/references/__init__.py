"""What a query can refer to, what its own names stand for, and how time is bounded in it."""
