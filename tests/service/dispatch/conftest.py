"""The settings of the API kit."""

from tests.api_kit import migrated, settings

__all__ = ["migrated", "settings"]
