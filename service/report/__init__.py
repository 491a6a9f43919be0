"""A study on one page, for a colleague or a reviewer: a file that opens without a service and without a network."""
