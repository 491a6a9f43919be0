"""The page's pure functions have tests of their own, in TypeScript."""

from __future__ import annotations

from service.dashboard.build import run_npm


def test_functions_of_the_page() -> None:
    result = run_npm("test")
    assert result.returncode == 0, result.stdout + result.stderr
