"""What can go wrong between us and MLflow."""

from __future__ import annotations

from service.errors import Invalid, Unavailable


class MlflowDown(Unavailable):
    """MLflow does not answer; it is tried again later."""


class Wiped(Unavailable):
    """MLflow no longer holds what was written to it; everything is compared and written again."""


class Refused(Invalid):
    """MLflow does not take this, however often it is offered."""
