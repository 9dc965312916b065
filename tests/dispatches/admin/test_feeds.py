"""Feeds in the browser: lists of them, and a test that saves nothing."""

import pytest
from django.contrib.auth.models import Group
from django.core.files.base import ContentFile
from factories import make_source
from serving import LOOPBACK, say, serve

from dispatches.models import Action
from sources.intake.opml import read_opml
from sources.models import Feed, IntakeKey, Report, Source

pytestmark = pytest.mark.django_db

IMPORT = "/desk/sources/feed/import/"
LIST = """<opml version="2.0"><body>
<outline text="Harbour &amp; Post" xmlUrl="https://a.example/rss"/>
<outline text="Mail" xmlUrl="https://b.example/rss"/>
<outline text="Bad" xmlUrl="ftp://c.example/rss"/>
</body></opml>"""
FEED = b"""<rss version="2.0"><channel><title>News</title>
<item><guid>1</guid><title>Ships left</title><description>At dawn.</description></item>
<item><guid>2</guid><title>Talks began</title></item></channel></rss>"""


def upload(client, text: str, **fields):
    return client.post(IMPORT, {"file": ContentFile(text.encode(), "list.opml"), **fields})


def test_a_list_is_imported_with_a_report_on_each_line(desk_client):
    make_source(name="Mail")
    Feed.objects.create(source=make_source(), url="https://b.example/rss")
    lines = upload(desk_client, LIST).context["lines"]
    assert [(each.subscription.line, each.outcome, bool(each.reasons)) for each in lines] == [
        (2, "New", False),
        (3, "Known already", False),
        (4, "Refused", True),
    ]
    source = Source.objects.get(name="Harbour & Post")
    assert source.is_confidential
    assert source.feeds.get().url == "https://a.example/rss"
    assert {*Action.objects.filter(actor_name="editor").values_list("verb", flat=True)} >= {"add_source", "add_feed"}
    assert [each.outcome for each in upload(desk_client, LIST).context["lines"]] == [*["Known already"] * 2, "Refused"]


@pytest.mark.parametrize("text", ["", "no list", "<html></html>", "\0", "<opml>" + "<outline xmlUrl='x'/>" * 3])
def test_what_is_no_list_adds_nothing(desk_client, text):
    assert upload(desk_client, text).status_code == 200
    assert not Feed.objects.exists()


def test_importing_needs_the_rights_to_add_what_it_adds(client, django_user_model):
    reporter = django_user_model.objects.create(username="grace", is_staff=True)
    reporter.groups.add(Group.objects.get(name="Reporter"))
    client.force_login(reporter)
    assert upload(client, LIST).status_code == 403
    assert not Feed.objects.exists()


def test_an_exported_list_is_what_is_imported(desk_client):
    for name in ("Ünal & <Co>", 'A "quoted" name'):
        Feed.objects.create(source=make_source(name=name), url=f"https://x.example/{len(name)}?a=1&b=2")
    exported = desk_client.get("/desk/sources/feed/export.opml").content.decode()
    assert {(each.name, each.url) for each in read_opml(exported)} == {
        (feed.source.name, feed.url) for feed in Feed.objects.select_related("source")
    }


def test_an_exported_list_has_only_what_a_user_may_see(client, django_user_model):
    Feed.objects.create(source=make_source(name="Lighthouse", is_confidential=True), url="https://secret.example/")
    from django.contrib.auth.models import Permission

    user = django_user_model.objects.create(username="grace", is_staff=True)
    user.user_permissions.add(Permission.objects.get(codename="view_feed"))
    client.force_login(user)
    assert "secret.example" not in client.get("/desk/sources/feed/export.opml").content.decode()


def test_a_feed_is_tested_and_nothing_is_saved(desk_client, settings):
    settings.WIRE_INTAKE_NETWORKS = LOOPBACK
    with serve({"/": say(200, FEED, Content_Type="application/rss+xml")}) as server:
        feed = Feed.objects.create(source=make_source(), url=f"{server}/rss")
        feed.source.reports.create(title="Talks began", external_id="2")
        before = Feed.objects.values().get()
        address = f"/desk/sources/feed/{feed.pk}/test/"
        assert "Ships left" not in desk_client.get(address).text
        page = desk_client.post(address)
    found = {each.item.title: each.outcome for each in page.context["arrivals"]}
    assert found == {"Ships left": "new", "Talks began": "known already"}
    assert "2 items: 1 new; 1 known already." in page.text
    assert "At dawn." in page.text
    assert Feed.objects.values().get() == before
    assert Report.objects.count() == 1


def test_a_test_reaches_no_further_than_a_poll(desk_client):
    with serve({"/": say(200, FEED)}) as server:
        feed = Feed.objects.create(source=make_source(), url=f"{server}/rss")
        page = desk_client.post(f"/desk/sources/feed/{feed.pk}/test/")
    assert page.context["error"]
    assert page.context["arrivals"] == []


def test_a_key_is_replaced_and_shown_once(desk_client):
    source = make_source()
    desk_client.post(f"/desk/sources/source/{source.pk}/do/make-key/", {"others": "", "version": ""})
    (old,) = IntakeKey.objects.all()
    address = f"/desk/sources/source/{source.pk}/do/rotate-key/"
    assert "keep" not in desk_client.get(address).text
    page = desk_client.post(address, {"others": "0", "version": ""})
    new = IntakeKey.objects.exclude(pk=old.pk).get()
    assert new.prefix in page.text
    old.refresh_from_db()
    assert old.ends_at is not None
    assert new.ends_at is None
    assert new.prefix not in desk_client.get(address).text
