"""The Python client, and what its answers become."""
