"""What trials tell of their parameters."""
