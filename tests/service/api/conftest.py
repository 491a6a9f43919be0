"""The fixtures of the API kit."""

from tests.api_kit import api, lab, migrated, settings, url

__all__ = ["api", "lab", "migrated", "settings", "url"]
