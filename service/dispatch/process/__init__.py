"""The pool on plain subprocesses."""
