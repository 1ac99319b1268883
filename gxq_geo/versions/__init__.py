"""Differences between two versions of a zone, and the history of a record from git."""
