"""Templates as readers get them: without the indentation that is for those who write them."""

import re

from django.template import Origin
from django.template.loaders import filesystem


class Loader(filesystem.Loader):
    """The templates of the site. What the desk gets stays as it is written: some of it is shown as it stands."""

    def get_contents(self, origin: Origin) -> str:
        """A template's text; every line break with the spaces around it is one line break."""
        contents = super().get_contents(origin)
        return contents if str(origin.template_name).startswith("admin/") else re.sub(r"\s*\n\s*", "\n", contents)
