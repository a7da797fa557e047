"""The Sigma engine: rules are read, compiled to SQL and run over the rows."""
