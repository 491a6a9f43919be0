"""The settings of the API kit."""

from tests.support.api import migrated, settings
from tests.support.shared_statements import shared_statements

__all__ = ["migrated", "settings", "shared_statements"]
