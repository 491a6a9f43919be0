"""What may vary: the language of search spaces, the code that checks, counts and samples them, and ready-made ones."""
