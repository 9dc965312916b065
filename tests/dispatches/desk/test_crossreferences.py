from datetime import datetime
from zoneinfo import ZoneInfo

import pytest
from factories import DESK, dispatch_of, make_dispatch, publish

from dispatches import desk
from dispatches.desk.crossreferences import phrase
from dispatches.models import Dispatch
from dispatches.public.models import Edition

JERUSALEM = ZoneInfo("Asia/Jerusalem")


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=JERUSALEM)


@pytest.mark.parametrize(
    ("referred", "referring", "words"),
    [
        ("2026-06-25 20:12", "2026-06-25 23:58", "earlier this evening"),
        ("2026-06-25 09:00", "2026-06-25 11:00", "earlier this morning"),
        ("2026-06-25 09:00", "2026-06-25 23:00", "this morning"),
        ("2026-06-25 13:00", "2026-06-25 23:00", "this afternoon"),
        ("2026-06-25 03:00", "2026-06-25 23:00", "overnight"),
        ("2026-06-25 01:00", "2026-06-25 03:00", "earlier tonight"),
        ("2026-06-24 23:59", "2026-06-25 00:01", "on June 24"),
        ("2026-06-14 12:00", "2026-06-25 23:58", "on June 14"),
        ("2025-06-14 12:00", "2026-06-25 23:58", "on June 14, 2025"),
    ],
)
def test_the_phrase_follows_from_the_two_times(referred, referring, words):
    assert phrase(at(referred), at(referring)) == f"as The Zioneer reported {words}"


def test_the_clock_is_the_desk_s(settings):
    # 23:30 and 00:30 in Jerusalem are the same evening in London.
    one, other = at("2026-06-24 23:30"), at("2026-06-25 00:30")
    assert phrase(one, other).endswith("on June 24")
    settings.TIME_ZONE = "Europe/London"
    assert phrase(one, other).endswith("earlier this evening")


@pytest.mark.django_db
class TestReferences:
    def test_it_links_to_the_dispatch_by_its_present_address(self):
        earlier = publish(slug="earlier", at=at("2026-06-14 12:00"))
        later = publish(body="So it was, [[earlier]].", at=at("2026-06-25 12:00"))
        assert later.body == (
            f'<p>So it was, <a href="{earlier.get_absolute_url()}">as The Zioneer reported on June 14</a>.</p>'
        )
        Dispatch.objects.filter(pk=dispatch_of(earlier).pk).update(slug="renamed")
        desk.update(dispatch=dispatch_of(earlier), actor=DESK)
        assert '<a href="/wire/2026/06/14/renamed/">' in Edition.objects.get(pk=later.pk).body

    def test_an_old_slug_still_finds_the_dispatch(self):
        earlier = publish(slug="earlier", at=at("2026-06-14 12:00"))
        Dispatch.objects.filter(pk=dispatch_of(earlier).pk).update(slug="renamed")
        desk.update(dispatch=dispatch_of(earlier), actor=DESK)
        assert publish(body="So it was, [[earlier]].").references == [earlier.publication_id]

    def test_of_two_with_one_slug_the_newest_is_meant_unless_a_date_is_given(self):
        old = publish(slug="brief", at=at("2026-06-14 12:00"))
        new = publish(slug="brief", at=at("2026-06-15 12:00"))
        assert publish(body="[[brief]], it was.").references == [new.publication_id]
        assert publish(body="[[2026-06-14/brief]], it was.").references == [old.publication_id]

    @pytest.mark.parametrize("name", ["no-such", "the-draft", "2026-13-45/the-draft", "../etc", "coming"])
    def test_what_is_not_published_can_not_be_referred_to(self, name):
        make_dispatch(slug="the-draft", headline="A secret headline")
        desk.schedule(dispatch=make_dispatch(slug="coming"), actor=DESK, at=at("2999-01-01 12:00"))
        with pytest.raises(desk.NotReady, match="does not lead to a dispatch"):
            publish(body=f"So it was, [[{name}]].")

    def test_after_a_withdrawal_the_words_stay_and_the_link_goes(self):
        earlier = publish(slug="earlier", at=at("2026-06-14 12:00"))
        later = publish(body="So it was, [[earlier]].", at=at("2026-06-25 12:00"))
        desk.withdraw(dispatch=dispatch_of(earlier), actor=DESK, note="It was wrong.")
        assert later.body == "<p>So it was, as The Zioneer reported on June 14.</p>"

    @pytest.mark.parametrize(
        ("body", "left"),
        [
            ("It was, [[coming]].", "<p>It was.</p>"),
            ("[[coming]], it was.", "<p>it was.</p>"),
            ("It was, [[coming]], so.", "<p>It was, so.</p>"),
        ],
    )
    def test_what_was_called_off_leaves_no_trace(self, body, left):
        coming = make_dispatch(slug="coming")
        desk.schedule(dispatch=coming, actor=DESK, at=at("2999-01-01 12:00"))
        later = make_dispatch(body=body)
        edition = desk.schedule(dispatch=later, actor=DESK, at=at("2999-01-02 12:00"))
        desk.cancel_schedule(dispatch=coming, actor=DESK)
        assert edition.body == left

    def test_an_update_may_refer_to_what_came_after_the_first_edition(self):
        first = publish(at=at("2026-06-14 12:00"))
        publish(slug="later", at=at("2026-06-15 12:00"))
        Dispatch.objects.filter(pk=dispatch_of(first).pk).update(body="It went on, [[later]].")
        edition = desk.update(dispatch=dispatch_of(first), actor=DESK, at=at("2026-06-15 18:00"))
        assert "as The Zioneer reported this afternoon" in edition.body
