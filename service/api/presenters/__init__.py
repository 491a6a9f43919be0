"""What the store holds, as the API shows it."""
