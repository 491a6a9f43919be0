"""Curves: packed, appended and read."""
