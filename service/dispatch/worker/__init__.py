"""A worker from inside, whatever carries its messages."""
