"""Settings, secrets, and the files and folders that we write."""
