"""``python -m service.storage.migrations``: bring the settings' database to this version's schema."""

from __future__ import annotations

import sys

from service.errors import ServiceError
from service.settings import settings_or_exit
from service.storage.migrations import migrate


def main() -> int:
    """Migrate; 1 when that is not possible, with the reason as the last line."""
    try:
        migrate(settings_or_exit().database)
    except ServiceError as error:
        print(error, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
