"""Bytes by their sha256."""
