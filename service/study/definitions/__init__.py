"""What a user submits: a definition and its parts, what is wrong with it, and what it would do."""
