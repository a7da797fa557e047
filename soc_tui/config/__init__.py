"""Settings, profiles and secrets."""
