"""The settings, from their declaration."""

from __future__ import annotations

from pydantic import SecretStr
from pydantic.fields import FieldInfo

from docs.site.markdown import code, page, prose, table
from service.settings import PREFIX, Settings


def settings_page() -> str:
    """Every setting with its variable, its default and its meaning."""
    rows = [
        (code(f"{PREFIX}{name.upper()}"), code(_default(field)), prose(field.description or ""))
        for name, field in Settings.model_fields.items()
    ]
    return page(
        "# Settings",
        "A setting is a variable of the environment in which the service is started. An empty one counts as not set, "
        "and one that is nearly the name of a setting is refused with the right name.",
        table(("Variable", "Default", "Meaning"), rows),
        "`STUDYHALL_URL` is none of them: it tells the commands which service to speak to.",
    )


def _default(field: FieldInfo) -> str:
    default = field.get_default()
    if isinstance(default, SecretStr):
        default = default.get_secret_value()
    if isinstance(default, bool):
        return str(default).lower()
    return "" if default is None or default == () else str(default)
