"""The language of spaces: from a document to components with ranges at their leaves."""
