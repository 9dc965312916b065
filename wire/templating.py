"""Templates as readers get them: without the indentation and the lines that are for those who write them."""

import re

from django.template import Origin
from django.template.loaders import filesystem

# Lines on which nothing stands that is sent.
_TAG = r"\{% (?:load|extends|include|block|endblock|with|endwith|if|elif|else|endif|for|empty|endfor)\b[^%\n]*%\}"
_CONTROL = re.compile(rf"^((?:\{{#[^\n]*#\}}|{_TAG})+)\n", re.MULTILINE)


class Loader(filesystem.Loader):
    """The templates of the site. What the desk gets stays as it is written: some of it is shown as it stands."""

    def get_contents(self, origin: Origin) -> str:
        """A template's text; every line break with the spaces around it is one line break, and none comes of a tag."""
        contents = super().get_contents(origin)
        if str(origin.template_name).startswith("admin/"):
            return contents
        return _CONTROL.sub(r"\1", re.sub(r"\s*\n\s*", "\n", contents))
