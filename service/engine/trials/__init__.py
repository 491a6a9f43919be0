"""A trial that trains: its runs, what it may take, and how it ends."""
