from dataclasses import replace

import pytest
from django.http import HttpResponse

from dispatches.desk import prose
from tests.trust import hostile
from tests.trust.hostile import problems_of, try_hostile
from tests.trust.payloads import SCRIPTS, find_scripts

pytestmark = pytest.mark.django_db


def test_hostile_inputs_become_no_scripts_no_errors_and_no_malformed_documents():
    tally = try_hostile(inputs=60, seed=1)
    assert tally.has_held, tally.failures
    assert tally.counts["inputs"] == 60
    assert tally.counts["published"] > 0


# What runs only in other places than the body of a page: in an attribute, or after a template or Markdown.
ELSEWHERE = ("[", "![", '"', "'", "<javascript", "{{", "`", "&lt;", "]]", "--")


@pytest.mark.parametrize("script", [each for each in SCRIPTS if not each.startswith(ELSEWHERE)])
def test_each_script_is_found_in_a_page_that_does_not_escape_it(script):
    assert list(find_scripts(f"<!doctype html><title>x</title><body><p>{script.format('alert(1)')}</p>"))


@pytest.mark.parametrize(
    ("kind", "content"),
    [
        ("application/atom+xml", "<feed>\x01</feed>"),
        ("application/atom+xml", "<feed>&nbsp;</feed>"),
        ("application/json", "{'a': 1}"),
        ("text/html", "<p onclick=x>"),
    ],
)
def test_a_malformed_document_is_found(kind, content):
    assert list(problems_of(HttpResponse(content, content_type=kind)))
    assert not list(problems_of(HttpResponse("<a/>" if kind.endswith("xml") else "1", content_type=kind)))


def test_a_body_that_is_not_sanitized_is_found(monkeypatch):
    monkeypatch.setattr(hostile.Site, "text", lambda site: "<script>alert(1)</script>")
    monkeypatch.setattr(hostile.Site, "ask_public", hostile.Site.type_dispatch)
    render = prose.render

    def careless(markdown, *given):
        return replace(render(markdown, *given), html=markdown)

    monkeypatch.setattr("dispatches.desk.composition.prose.render", careless)
    tally = try_hostile(inputs=25, seed=1)
    assert "<script" in str(tally.failures)
