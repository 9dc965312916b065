"""What the desk's page says of a dispatch, read off its status, compared with what readers get."""

import re
from html import unescape

from django.template.loader import render_to_string
from django.test import Client
from time_machine import travel

from dispatches.admin.dispatch_status import Status
from dispatches.desk.states import read_states
from dispatches.models import Dispatch

PARTS = ["Headline", "TL;DR", "Body", "Developments"]


def assert_page_is_true(dispatch: Dispatch) -> None:
    """Check everything that the status of a dispatch says: of now, and of the time at which something is scheduled."""
    states = read_states(Dispatch.objects.select_related("section", "story").get(pk=dispatch.pk))
    said = _words_of(render_to_string("admin/dispatches/dispatch/_status.html", {"status": Status(states, {})}))
    client, saved = Client(), _saved(dispatch)
    now, signal, number = _public(client, dispatch)
    if now is None:
        assert "Nothing yet: readers don’t see it." in said or "Readers see the notice" in said
    else:
        assert f"edition {number} , {signal}." in said
    scheduled = dispatch.scheduled_edition()
    assert (scheduled is not None) == ("Scheduled For" in said)
    if scheduled is None:
        differing = _named(said, "Readers don’t have your latest changes:")
        if now:
            assert differing == _differing(now, saved)
            assert bool(differing) != ("Readers have what is saved." in said)
        assert ("Called off" in said) == (states.called_off is not None)
        return
    with travel(scheduled.live_at, tick=False):
        then, signal, number = _public(client, dispatch)
    assert then is not None
    assert f"{signal}." in said.split("Scheduled For")[1]
    differing = _named(said, "The scheduled edition differs from what is saved:")
    assert differing == _differing(then, saved)
    assert bool(differing) != ("What is saved now will go live." in said)
    if now:
        assert f"edition {number}, {signal}." in said
        assert _named(said, "It will change:") == _differing(now, then)


def _named(said: str, before: str) -> list[str]:
    """Return the parts that a sentence names."""
    if before not in said:
        return []
    return [part for part in PARTS if part in said.split(before)[1].split(".")[0]]


def _differing(one: dict, other: dict) -> list[str]:
    return [part for part in PARTS if one[part] != other[part]]


def _saved(dispatch: Dispatch) -> dict:
    stored = Dispatch.objects.get(pk=dispatch.pk)
    return {
        "Headline": stored.headline,
        "TL;DR": stored.tldr,
        "Body": stored.body.split(),
        "Developments": [each.text for each in stored.developments.all()],
    }


def _public(client: Client, dispatch: Dispatch) -> tuple[dict | None, str, int]:
    """Return what readers get: the parts of the public page, its Signal, and its number."""
    edition = dispatch.live_edition()
    if edition is None:
        return None, "", 0
    response = client.get(edition.get_absolute_url())
    if response.status_code == 410:
        return None, "", 0
    assert response.status_code == 200
    page = response.text
    article = page[page.index('<article class="dispatch">') :]
    parts = {
        "Headline": _words_of(_between(article, "<h1>", "</h1>")),
        "TL;DR": _words_of(_between(article, 'id="tldr"', "</section>").split("</h2>")[1]),
        "Body": _words_of(
            re.sub("<sup.*?</sup>", "", _between(article, 'id="the-dispatch"', "</section>").split("</h2>")[1])
        ).split(),
        "Developments": re.findall(r"It moved \d+", _between(article, 'id="how-it-developed"', "</section>"))
        if 'id="how-it-developed"' in article
        else [],
    }
    signal = re.search(r"Signal: </span>(\w+)", article)
    number = re.search(r"\?edition=(\d+)", page)
    assert signal
    assert number
    is_disputed = "mark-disputed" in article.split('id="tldr"')[0]
    return parts, signal[1] + (", disputed" if is_disputed else ""), int(number[1])


def _between(text: str, before: str, after: str) -> str:
    return text.split(before, 1)[1].split(after, 1)[0]


def _words_of(page: str) -> str:
    return " ".join(unescape(re.sub("<[^>]*>", " ", page)).split())
