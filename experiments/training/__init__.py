"""One run from inside: what is trained, how a step goes, what is reported, and what is kept."""
