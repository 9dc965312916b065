"""Readers get templates without their indentation."""

import pytest
from django.template import Context, Engine

PAGE = """{# What it shows. #}
{% load prose %}
<ul>
  {% for each in rows %}
    {% if each > 1 %}
      <li>{{ each }}</li>
      {% include "row.html" %}
    {% endif %}
  {% endfor %}
</ul>
{% if rows %}inline{% endif %}
<pre>{{ code }}</pre>
"""


@pytest.fixture
def render(tmp_path):
    """Render a template of this name that contains PAGE."""

    def render(name: str) -> str:
        (tmp_path / "admin").mkdir(exist_ok=True)
        (tmp_path / name).write_text(PAGE)
        (tmp_path / "row.html").write_text("{# A row. #}\n<li>Included</li>\n")
        engine = Engine(
            dirs=[str(tmp_path)], loaders=["wire.templating.Loader"], libraries={"prose": "wire.templatetags.prose"}
        )
        return engine.get_template(name).render(Context({"rows": [1, 2, 3], "code": "a\n\n  b"}))

    return render


def test_templates_send_no_indentation_and_no_empty_lines(render):
    rows = "<li>2</li>\n<li>Included</li>\n<li>3</li>\n<li>Included</li>\n"
    assert render("page.html") == f"<ul>\n{rows}</ul>\ninline\n<pre>a\n\n  b</pre>\n"


def test_what_the_desk_gets_is_as_it_is_written(render):
    assert render("admin/page.html").startswith("\n\n<ul>\n  \n    \n  \n")
