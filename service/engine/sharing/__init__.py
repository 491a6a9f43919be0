"""Whose turn it is when several studies want the workers."""
