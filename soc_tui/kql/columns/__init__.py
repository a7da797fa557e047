"""What columns a query's result has: followed operator by operator from the catalog."""
