"""The revisions, each a step from one schema to the next; a released one never changes."""
