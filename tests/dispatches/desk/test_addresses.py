"""The address that a headline gives, in every script that the desk writes."""

import pytest
from factories import make_dispatch, make_report

from dispatches.desk.addresses import slug_of
from dispatches.desk.readiness import compose_next


@pytest.mark.parametrize(
    ("headline", "slug"),
    [
        ("The port of Haifa: 35 ships wait", "the-port-of-haifa-35-ships-wait"),
        ("נמל חיפה נסגר", "nml-hyph-nsgr"),
        ("أُغلق الميناء (35 سفينة)", "aghlq-almyna-35-sfyna"),
        ("שביתה in Haifa", "shbyth-in-haifa"),
        ("港", ""),
        ("א" * 300, "a" * 100),
    ],
)
def test_a_headline_gives_an_address_in_latin_letters(headline, slug):
    assert slug_of(headline) == slug


@pytest.mark.django_db
def test_a_dispatch_without_a_slug_takes_the_one_of_its_headline():
    dispatch = make_dispatch(make_report(), headline="נמל נסגר", slug="")
    assert compose_next(dispatch).edition.slug == "nml-nsgr"
