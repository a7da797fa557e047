"""Settings, secrets, and the app's files and folders."""
