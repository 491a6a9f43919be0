"""What HTTP asks of every request and answer, whatever it is about."""
