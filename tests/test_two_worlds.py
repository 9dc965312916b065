"""Two worlds that differ only in what readers can't read give them the same bytes, headers and order."""

from datetime import datetime, timedelta
from urllib.parse import urlencode

import pytest
from django.db import transaction
from django.test import Client
from factories import DESK, develop, make_dispatch, make_report, make_section, make_source, make_story
from public_addresses import public_addresses
from two_worlds import draw_ids, restart_numbers

from dispatches import desk
from dispatches.models import Dispatch
from dispatches.public.models import SearchWord
from wire.cache.fragments import fragments

pytestmark = pytest.mark.django_db

NOON = datetime.fromisoformat("2026-06-25T12:00:00+03:00")
HOUR = timedelta(hours=1)

# Headline, TL;DR, body: words that are rare, common, and unfinished or misspelled below.
LIVE = [
    ("Harbour strike ends in Haifa", "Dockworkers end the strike over the roster.", "The harbour opens. Cranes move."),
    ("Harbour strike begins", "Dockworkers of Haifa walk out over the roster.", "The harbour closes at dawn."),
    ("Registration opens for the budget vote", "The budget comes to a vote.", "The indictment is no part of it."),
    ("Budget vote is put off", "The indictment of a minister delays the budget.", "Registration closes."),
    ("A choir sings in Eilat", "The concert is sold out.", "A harbour concert, and a budget for the choir."),
    ("Lighthouse of Haifa goes dark", "The lighthouse needs a lamp.", "Ships wait. Cranes stand still."),
    ("Rain in the north", "Gusts of 94 km/h.", "The harbour is closed, the lighthouse too."),
    ("Indictment: the minister answers", "He denies it.", "The budget, he says, is sound. So is the budget vote."),
]
# Their words are not public.
HIDDEN = [
    ("Minister's resignation over the indictment", "The resignation follows the budget.", "Budget. Resignation."),
    ("Dockworkers of Haifa strike over the roster again", "Harbour strike ends the budget.", "Harbour, harbour."),
    ("Lighthouse keepers strike", "Keepers of the lighthouse of Haifa.", "Indictment of the lighthouse. Lightkeeper."),
    ("Registrations of ships double", "The registrar registers.", "Registered, registering, registrations."),
]
QUERIES = [
    *("harbour", "budget", "indictment budget", "haifa strike", "the", "lighthouse", "reg", "registr", "resig"),
    *(
        "light",
        "resignation",
        "harbuor",
        "lihgthouse",
        "keepers",
        "haifa keepers",
        "regsitration",
        "budget -indictment",
    ),
    *('"budget vote"', "registrations", "dockworkrs", "cranes -strike"),
]


@pytest.fixture(autouse=True)
def the_clock(time_machine):
    time_machine.move_to(NOON, tick=False)


def write(texts, reports, section, story):
    """Create working copies with these texts."""
    found = []
    for number, (headline, tldr, body) in enumerate(texts):
        dispatch = make_dispatch(
            reports[number % len(reports)], headline=headline, tldr=tldr, body=body, section=section, story=story
        )
        Dispatch.objects.filter(pk=dispatch.pk).update(slug=f"d-{dispatch.pk}")
        dispatch.refresh_from_db()
        found.append(dispatch)
    return found


def answers_of(time_machine, hide, then=lambda: None):
    """Return the responses by address in a world where `hide` runs halfway through publishing."""
    restart_numbers()
    fragments.clear()
    time_machine.move_to(NOON, tick=False)
    client = Client()
    answers = {}
    with transaction.atomic(), draw_ids(1):
        section, story = make_section(name="The Square", slug="the-square"), make_story()
        reports = [make_report(make_source(name=f"Outlet {n}"), accepted_at=NOON - 9 * HOUR) for n in range(4)]
        live = write(LIVE, reports, section, story)
        develop(live[0], "The lighthouse is lit again.", at=NOON - HOUR)
        for number, dispatch in enumerate(live):
            if number == len(live) // 2:
                with draw_ids(2):
                    hide(reports, section, story)
            time_machine.shift(60)
            desk.publish(dispatch=dispatch, actor=DESK)
        desk.correct(dispatch=live[1], actor=DESK, note="It began at noon.")
        desk.withdraw(dispatch=live[6], actor=DESK, note="It did not rain.")
        then()
        addresses = [each for examples in public_addresses().values() for each in examples]
        addresses += [
            "/search/?" + urlencode({"q": query, **further})
            for query in QUERIES
            for further in ({}, {"order": "newest"}, {"section": "the-square"}, {"signal": "developing"})
        ]
        for address in addresses:
            response = client.get(address)
            answers[address] = (response.status_code, dict(response.headers), response.content)
        transaction.set_rollback(True)
    return answers


def nothing_is_hidden(*world):
    pass


def drafts_wait(*world):
    write(HIDDEN, *world)


def some_are_scheduled(*world):
    for number, dispatch in enumerate(write(HIDDEN, *world)):
        desk.schedule(dispatch=dispatch, actor=DESK, at=NOON + (5 + number) * HOUR)


def some_are_called_off(*world):
    for dispatch in write(HIDDEN, *world):
        desk.schedule(dispatch=dispatch, actor=DESK, at=NOON + HOUR)
        desk.cancel_schedule(dispatch=dispatch, actor=DESK)


@pytest.fixture(scope="module")
def plain_world():
    return {}


@pytest.fixture
def plain(plain_world, time_machine):
    """What a world without anything hidden answers, made once for all tests."""
    return plain_world or plain_world.update(answers_of(time_machine, nothing_is_hidden)) or plain_world


@pytest.mark.parametrize("hide", [drafts_wait, some_are_scheduled, some_are_called_off])
def test_what_readers_can_not_read_changes_nothing_that_they_can(time_machine, plain, hide):
    assert sum(b"<mark>" in content for _, _, content in plain.values()) > 30
    other = answers_of(time_machine, hide)
    assert plain.keys() == other.keys()
    for address, answer in plain.items():
        assert other[address] == answer, address


def test_what_was_called_off_changes_nothing_when_its_time_comes(time_machine):
    def an_hour_passes():
        time_machine.move_to(NOON + 2 * HOUR, tick=False)

    assert answers_of(time_machine, some_are_called_off, an_hour_passes) == answers_of(
        time_machine, nothing_is_hidden, an_hour_passes
    )


def test_the_words_of_what_was_withdrawn_change_nothing(time_machine):
    """The tombstones are the same, the former texts are not."""

    def publish_and_withdraw(texts, *world):
        for dispatch in write(texts, *world):
            Dispatch.objects.filter(pk=dispatch.pk).update(headline="Gone")
            desk.publish(dispatch=dispatch, actor=DESK)
            time_machine.shift(60)
            desk.withdraw(dispatch=dispatch, actor=DESK, note="It was wrong.")
            assert not SearchWord.objects.filter(word__in=("resignation", "gone")).exists()

    def neutral(*world):
        publish_and_withdraw([("Gone", "Nothing.", "None.")] * len(HIDDEN), *world)

    def of_the_same_words(*world):
        publish_and_withdraw(HIDDEN, *world)

    assert answers_of(time_machine, of_the_same_words) == answers_of(time_machine, neutral)


def test_no_sitemap_tells_of_a_month_in_which_something_waits(client):
    coming = make_dispatch(headline="Later")
    at = NOON + 45 * 24 * HOUR
    desk.schedule(dispatch=coming, actor=DESK, at=at)
    part = f"/sitemaps/{at:%Y%m}.xml"
    assert part.encode() not in client.get("/sitemap.xml").content
    assert client.get(part).status_code == 404
