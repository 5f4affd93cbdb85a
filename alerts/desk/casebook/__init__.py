"""Alerts become cases, and responses close the loop: the same casebook in whatever order."""
