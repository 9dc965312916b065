"""Text is cleaned on every way into the database, and addresses are web addresses."""

import pytest
from django.core.exceptions import ValidationError
from factories import make_section, make_source

from dispatches.public.models import Section
from sources.models import Report

pytestmark = pytest.mark.django_db

BAD = "Port\u202e\ufffe talks"


def test_a_saved_object_holds_what_is_stored():
    section = make_section(name=BAD)
    assert section.name == "Port talks"
    section.refresh_from_db()
    assert section.name == "Port talks"


def test_a_text_is_cleaned_before_it_is_validated():
    make_section(name="Port talks")
    section = Section(name=BAD, slug="x", beat="x" * 60 + "\ufffe")
    with pytest.raises(ValidationError) as error:
        section.full_clean()
    assert error.value.message_dict == {"name": ["Section with this Name already exists."]}
    assert section.name == "Port talks"


def test_lookups_are_left_alone():
    make_section(name="Port talks")
    assert not Section.objects.filter(name=BAD).exists()


@pytest.mark.parametrize("url", ["ftp://x.example/", "https://x.example\\@y.example/", "//x.example", "javascript:x"])
def test_an_address_is_one_for_the_web(url):
    report = Report(source=make_source(), title="x", url=url)
    with pytest.raises(ValidationError) as error:
        report.full_clean()
    assert set(error.value.message_dict) == {"url"}
