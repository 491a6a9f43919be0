"""What is kept: SQLAlchemy tables, the store, curves, artifacts, change notification and migrations."""
