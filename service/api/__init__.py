"""HTTP only: parse, ask the store, answer."""
