"""Azure sign-in: the credential chain, device codes, and errors with next steps."""
