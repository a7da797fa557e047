"""Hunts and findings that survive a restart."""
