"""Runs that are trained by whoever asks for them: they report over REST, and meet the engine in the database."""
