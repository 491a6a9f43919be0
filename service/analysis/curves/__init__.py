"""Curves of many runs, put together by group."""
