"""The settings of the API kit."""

from tests.support.api import migrated, settings

__all__ = ["migrated", "settings"]
