"""Load readers' templates without indentation and empty lines, which only serve their authors."""

import re

from django.template import Origin
from django.template.loaders import filesystem

# Lines that contain only template tags produce no output.
_TAG = r"\{% (?:load|extends|include|block|endblock|with|endwith|if|elif|else|endif|for|empty|endfor)\b[^%\n]*%\}"
_CONTROL = re.compile(rf"^((?:\{{#[^\n]*#\}}|{_TAG})+)\n", re.MULTILINE)


class Loader(filesystem.Loader):
    """The site's template loader. Templates of the desk are left unchanged: some show preformatted text."""

    def get_contents(self, origin: Origin) -> str:
        """Return a template's text without whitespace around line breaks and without lines that only hold tags."""
        contents = super().get_contents(origin)
        if str(origin.template_name).startswith("admin/"):
            return contents
        return _CONTROL.sub(r"\1", re.sub(r"\s*\n\s*", "\n", contents))
