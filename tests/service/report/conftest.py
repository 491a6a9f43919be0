"""The fixtures of the API kit."""

from tests.support.api import api, lab, migrated, settings, url

__all__ = ["api", "lab", "migrated", "settings", "url"]
