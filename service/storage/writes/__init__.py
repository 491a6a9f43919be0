"""The engine's writes."""
