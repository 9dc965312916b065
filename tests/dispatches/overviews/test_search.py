"""The desk's search page: what it shows, to whom, and what it costs."""

import pytest
from django.contrib.auth.models import Group
from factories import DESK, change, dispatch_of, make_dispatch, make_report, make_source, make_story, publish

from dispatches import desk
from dispatches.desk import documents

pytestmark = pytest.mark.django_db

SEARCH = "/desk/search/"


def results(client, query: str) -> dict[str, int]:
    documents.rebuild()
    return {each.title: each.count for each in client.get(SEARCH, {"q": query}).context["results"]}


@pytest.fixture
def world(django_user_model):
    make_dispatch(headline="A colleague’s hectares", body="Hectares.")
    make_report(make_source(name="Secret hectares", is_confidential=True), title="Told in confidence: hectares")
    make_report(make_source(name="Open hectares", is_confidential=False), title="Said: hectares")
    make_story("hectares")


def test_each_kind_is_found_with_its_count_and_marked(desk_client, world):
    assert results(desk_client, "hectar") == {"Dispatches": 1, "Reports": 2, "Sources": 2, "Stories": 1}
    text = desk_client.get(SEARCH, {"q": "hectar"}).text
    assert "<mark>hectares</mark>" in text
    assert 'name="q"' in text


def test_each_dispatch_says_what_readers_have_of_it(desk_client):
    live = dispatch_of(publish(headline="Hectares burned"))
    desk.withdraw(dispatch=dispatch_of(publish(headline="Hectares flooded")), note="It was a dam.", actor=DESK)
    make_dispatch(headline="Hectares planted")
    change(live, headline="Hectares saved")
    documents.rebuild()
    about = {
        hit.name[-1].text: hit.about for hit in desk_client.get(SEARCH, {"q": "hectar"}).context["results"][0].hits
    }
    assert {
        name: [words for words in ("Live since", "Saved changes", "Withdrawn", "Draft") if words in text]
        for name, text in about.items()
    } == {" saved": ["Live since", "Saved changes"], " flooded": ["Withdrawn"], " planted": ["Draft"]}


def test_a_reporter_finds_and_counts_only_what_the_lists_show(client, world, django_user_model):
    reporter = django_user_model.objects.create(username="grace", is_staff=True)
    reporter.groups.add(Group.objects.get(name="Reporter"))
    client.force_login(reporter)
    assert results(client, "hectares") == {"Reports": 1, "Sources": 1, "Stories": 1}
    own = make_dispatch(headline="My hectares", author=reporter)
    assert results(client, "hectares")["Dispatches"] == 1
    text = client.get(SEARCH, {"q": "hectares"}).text
    assert "Secret" not in text
    assert "confidence" not in text
    assert f"/desk/dispatches/dispatch/{own.pk}/change/" in text


def test_someone_without_a_role_finds_nothing(client, world, django_user_model):
    client.force_login(django_user_model.objects.create(username="eve", is_staff=True))
    assert results(client, "hectares") == {}


@pytest.mark.parametrize("query", ["", " ", "-x", "\0", "?", "nothing has this"])
def test_a_search_that_finds_nothing_says_so(desk_client, query):
    page = desk_client.get(SEARCH, {"q": query})
    assert page.status_code == 200
    assert page.context["results"] == []


def test_the_lists_find_words_of_texts_too(desk_client):
    make_dispatch(headline="Fire", tldr="Twelve hectares burned.")
    make_report(title="Quoted", text="At the Hashalom junction.")
    documents.rebuild()
    assert "Fire" in desk_client.get("/desk/dispatches/dispatch/", {"q": "hectares"}).text
    assert "Quoted" in desk_client.get("/desk/sources/report/", {"q": "hashalom"}).text
    assert "Quoted" not in desk_client.get("/desk/sources/report/", {"q": "shalom"}).text


def test_the_cost_of_a_search_does_not_grow_with_what_is_found(desk_client, django_assert_max_num_queries):
    for number in range(15):
        make_report(title=f"Hectares {number}")
        make_dispatch(headline=f"Hectares {number}")
    documents.rebuild()
    desk_client.get(SEARCH, {"q": "hectares"})
    with django_assert_max_num_queries(14):
        desk_client.get(SEARCH, {"q": "hectares"})
