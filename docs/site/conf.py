"""How Sphinx builds the site: ``make docs``. Warnings are errors, and a link that leads nowhere is a warning."""

import sys
from pathlib import Path

DOCS = Path(__file__).parents[1]
sys.path.insert(0, str(DOCS.parent))

from docs.site.pages import write_pages  # noqa: E402 - found only with the path above

project = "Studyhall"
html_title = project
html_theme = "alabaster"
html_theme_options = {"fixed_sidebar": True, "page_width": "72rem", "sidebar_width": "16rem"}
html_static_path, html_css_files = ["static"], ["site.css"]
html_show_sphinx = html_show_copyright = False
extensions = ["myst_parser", "sphinx.ext.autodoc", "sphinx.ext.napoleon"]
exclude_patterns = ["site"]
add_module_names = False
default_role = "code"  # docstrings write `this` where they mean ``this``
myst_heading_anchors = 3
autodoc_member_order = "bysource"
autodoc_typehints = "signature"

write_pages(DOCS / "reference")
