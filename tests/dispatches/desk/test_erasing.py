"""After a dispatch is expunged, no table, page, feed, header or log line contains a word of it."""

import logging
from datetime import timedelta
from urllib.parse import urlencode

import pytest
from django.apps import apps
from django.contrib.admin.models import CHANGE, LogEntry
from django.contrib.auth.models import User
from django.contrib.contenttypes.models import ContentType
from django.core.exceptions import ValidationError
from django.db import IntegrityError, connection, models, transaction
from django.urls import reverse
from django.utils import timezone
from factories import DESK, cite, develop, dispatch_of, make_dispatch, make_report, make_source, make_story, publish
from public_addresses import public_addresses
from time_machine import travel

from dispatches import desk
from dispatches.desk.erasing import foresee
from dispatches.desk.readiness import NotReady
from dispatches.desk.unlinking import TEXTS
from dispatches.history import revisions
from dispatches.models import (
    Citation,
    Comment,
    DeskDocument,
    Development,
    Dispatch,
    Issuance,
    IssuedText,
    Presence,
    Revision,
    Story,
)
from dispatches.public.models import Edition, RetiredAddress, SearchDocument, SearchWord, Section, SignalTally
from sources.intake.expunged import KEYS
from sources.intake.items import make_item
from sources.models import Feed, Fingerprint, Owner, Proposal, Report, Source
from wire.documents.addresses import absolute

pytestmark = pytest.mark.django_db

# Every word of the expunged dispatch begins with it, and no other word contains it.
SECRET = "quexo"
ORDER = "By order of a court."


def word(name):
    return f"{SECRET}{name}"


def dump():
    """Return the contents of each table as text, including the words and segments of the full-text indexes."""
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute("SELECT relname FROM pg_class WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace")
            names = {name: name for (name,) in cursor.fetchall()}
        else:
            cursor.execute("SELECT name, sql FROM sqlite_master WHERE type = 'table'")
            tables = dict(cursor.fetchall())
            indexes = {name for name, sql in tables.items() if sql.startswith("CREATE VIRTUAL")}
            for name in indexes:
                vocabulary = f"CREATE VIRTUAL TABLE IF NOT EXISTS temp.{name}_words USING fts5vocab(main, {name}, row)"
                cursor.execute(vocabulary)
            names = {name: f"temp.{name}_words" if name in indexes else name for name in tables}
        return {name: _content(cursor, table) for name, table in names.items()}


def _content(cursor, table):
    cursor.execute(f"SELECT * FROM {table}")
    values = (value for row in cursor.fetchall() for value in row)
    return " ".join(bytes(each).decode("latin-1") if isinstance(each, bytes) else str(each) for each in values)


def tables_with_words():
    return {name for name, content in dump().items() if SECRET in content.lower()}


def save(dispatch, **fields):
    with desk.saving(dispatch, actor=DESK):
        for name, value in fields.items():
            setattr(dispatch, name, value)
        dispatch.save()


def make_draft_with_words():
    """Make a draft with its words wherever the desk stores some. It was scheduled, and the schedule was canceled.

    Returns it, with a report and a story of its own.
    """
    text = " ".join(word(f"text{letter}") for letter in "abcdefghijklmnopqrstuvwxyz")
    agency, outlet = make_source(name="The Agency", kind="agency"), make_source(name="The Outlet")
    item = make_item(title=word("title"), text=text, url=f"https://agency.example/{word('page')}",
                     external_id=word("id"), byline=f"Jane {word('byline')}")  # fmt: skip
    report = desk.receive(source=agency, items=[item], actor=DESK).new[0]
    copy = desk.receive(source=outlet, items=[make_item(title=word("copy"), text=text)], actor=DESK).new[0]
    former = make_report(title=word("former"), text=word("said"))
    for each in (report, copy):
        desk.accept_report(report=each, actor=DESK)
    newer = make_item(title=word("newer"), text=f"{text} {word('more')}", external_id=word("id"))
    desk.receive(source=agency, items=[newer], actor=DESK)
    bystander = make_report(title="Another story")
    Proposal.objects.create(report=bystander, kind=Proposal.Kind.COPY, relays=report, evidence=word("evidence"))
    save(bystander, byline="Somebody")
    story = make_story(word("story"))
    save(story, name=word("story"))
    dispatch = make_dispatch(
        report, copy, headline=word("draft"), slug=word("scheduled"), external_id=word("imported"), story=story
    )
    extra = cite(dispatch, former)
    save(dispatch, tldr=word("tldr"), body=f"{word('body')} at length", byline=word("writer"))
    desk.submit(dispatch=dispatch, actor=DESK)
    desk.send_back(dispatch=dispatch, actor=DESK, note=word("sentback"))
    desk.schedule(dispatch=dispatch, actor=DESK, at=timezone.now() + timedelta(hours=1))
    desk.cancel_schedule(dispatch=dispatch, actor=DESK)
    extra.delete()
    return Dispatch.objects.get(pk=dispatch.pk), report, story


def make_words_everywhere():
    """Publish a dispatch with its words wherever the desk stores some. Returns it, and one that refers to it."""
    dispatch, report, story = make_draft_with_words()
    save(dispatch, slug=word("first"), headline=word("headline"))
    desk.publish(dispatch=dispatch, actor=DESK)
    develop(dispatch, word("step"))
    desk.hold_signal(dispatch=dispatch, actor=DESK, at_most=1, reason=word("held"))
    save(dispatch, slug=word("second"))
    desk.correct(dispatch=dispatch, actor=DESK, note=word("wrong"))
    _schedule_and_cover(dispatch)
    edition = dispatch.live_edition()
    other = make_dispatch(
        slug="another",
        headline="Another",
        body=f"Before [[{edition.dated}/{word('first')}]], [[{word('second')}]] "
        f"and [this]({edition.get_absolute_url()}) at {edition.get_absolute_url()}",
    )
    save(other, byline="Somebody else")
    desk.publish(dispatch=other, actor=DESK)
    _refer_to(edition, other)
    leave_traces(dispatch, report, story)
    colleague = User.objects.create_superuser("colleague", is_staff=True)
    for work in (dispatch, report):
        desk.comment(work=work, text=word("remark"), actor=DESK)
        desk.hand_over(work=work, to=colleague, actor=DESK)
    return Dispatch.objects.get(pk=dispatch.pk), other


def leave_traces(dispatch, *others):
    """Write the words where the admin and the index keep some."""
    user = User.objects.create_user("log")
    for obj in (dispatch, *others):
        kind = ContentType.objects.get_for_model(obj)
        LogEntry.objects.create(
            user=user, content_type=kind, object_id=obj.pk, object_repr=str(obj), action_flag=CHANGE,
            change_message=word("logged"),
        )  # fmt: skip
    Presence.objects.create(of="dispatches.dispatch", object_id=dispatch.pk, user=user, seen_at=timezone.now())
    SearchWord.objects.create(word=word("stray"), documents=0)


def _schedule_and_cover(dispatch):
    """Schedule an update, publish a line and a correction before it, and schedule another text instead."""
    desk.start_publishing_developments(dispatch=dispatch, actor=DESK)
    save(dispatch, tldr=word("planned"))
    desk.schedule(dispatch=dispatch, actor=DESK, at=timezone.now() + timedelta(hours=1), note=word("news"))
    assert desk.add_development(dispatch=dispatch, actor=DESK, at=timezone.now(), text=word("line"), key="1").edition
    desk.return_to_live(dispatch=dispatch, actor=DESK)
    save(dispatch, byline=word("corrected"))
    desk.correct(dispatch=dispatch, actor=DESK, note=word("byline"))
    desk.discard_changes(dispatch=dispatch, actor=DESK)
    save(dispatch, tldr=word("replanned"))
    desk.reschedule(dispatch=dispatch, actor=DESK, at=timezone.now() + timedelta(hours=2))
    desk.move_schedule(dispatch=dispatch, actor=DESK, at=timezone.now() + timedelta(hours=3))


def _refer_to(edition, other):
    """Write the address of an edition wherever editors write about other things."""
    seen_at = f"See {edition.get_absolute_url()}"
    report = make_report(title="Denied")
    denial = cite(other, report, stance="contradicts", resolution=seen_at)
    save(other, byline="Somebody else")
    desk.comment(work=other, text=seen_at, actor=DESK)
    desk.comment(work=report, text=seen_at, actor=DESK)
    desk.reject_report(report=report, reason=seen_at, actor=DESK)
    proposal = Proposal.objects.create(report=report, kind=Proposal.Kind.COPY, relays=denial.report, evidence="x")
    desk.clear_proposal(proposal=proposal, reason=seen_at, actor=DESK)
    owner = Owner.objects.create(name="The owner", notes=seen_at)
    make_source(owner=owner, notes=seen_at)
    Section.objects.update(description=seen_at)


def test_no_table_contains_a_word_of_it():
    dispatch, other = make_words_everywhere()
    assert tables_with_words() >= {
        *(model._meta.db_table for model in (Dispatch, Edition, Revision, Story, Report, Proposal, LogEntry)),
        *(model._meta.db_table for model in (Citation, Comment, DeskDocument, Development, IssuedText, Owner, Section)),
        *(model._meta.db_table for model in (SearchDocument, SearchWord, Source)),
    }
    desk.expunge(dispatch=dispatch, actor=DESK, note=ORDER)
    assert tables_with_words() == set()
    assert not Presence.objects.exists()
    assert {inputs for (inputs,) in Issuance.objects.filter(dispatch=dispatch).values_list("inputs_hash")} == {""}
    assert not Fingerprint.objects.exists()
    edition = Edition.objects.get(publication=dispatch.publication_id, superseded_at=None)
    name = f"[[{edition.dated}/{edition.slug}]]"
    other.refresh_from_db()
    assert (
        other.body == f"Before {name}, {name} and [this]({edition.get_absolute_url()}) at {edition.get_absolute_url()}"
    )
    assert not other.has_unpublished_changes
    assert revisions.of(other).first().digest == revisions.digest_of(revisions.read_content(other))


# Names, texts that no editor writes, and fields that are computed from others.
NOT_WRITTEN_BY_EDITORS = {
    *((Source, name) for name in ("folded_name", "aliases", "folded_aliases")),
    (Owner, "folded_name"),
    *((Report, name) for name in ("text", "newer_version")),
    *((model, field.name) for model in (DeskDocument, SearchDocument) for field in model._meta.fields),
    *((Proposal, "evidence"), (Edition, "references"), (Feed, "last_error"), (SignalTally, "counts")),
}


def test_its_address_is_looked_for_in_every_text_that_editors_write():
    written = {
        (model, field.name)
        for name in ("dispatches", "sources")
        for model in apps.get_app_config(name).get_models()
        for field in model._meta.fields
        if isinstance(field, models.TextField | models.JSONField)
    }
    searched = {(model, name) for model, names in TEXTS.items() for name in names}
    assert written - NOT_WRITTEN_BY_EDITORS - searched == set()


@pytest.mark.parametrize("becomes", ["draft", "scheduled", "set aside"])
def test_no_table_contains_a_word_of_a_draft(becomes, client):
    dispatch, report, story = make_draft_with_words()
    develop(dispatch, word("step"))
    desk.comment(work=dispatch, actor=User.objects.create_superuser("a-chief"), text=word("remark"))
    leave_traces(dispatch, report, story)
    other = make_dispatch(body=f"As in [[{word('scheduled')}]].")
    if becomes == "scheduled":
        desk.schedule(dispatch=dispatch, actor=DESK, at=timezone.now() + timedelta(hours=1))
    if becomes == "set aside":
        desk.set_aside(dispatch=dispatch, actor=DESK)
    publish()
    before = client.get("/wire/").content
    desk.expunge_draft(dispatch=dispatch, actor=DESK)
    assert tables_with_words() == set()
    assert not Comment.objects.exists()
    assert not RetiredAddress.objects.exists()
    other.refresh_from_db()
    assert other.body.startswith("As in [[")
    assert (dispatch.headline, dispatch.scheduled_edition(), dispatch.live_edition()) == ("Expunged", None, None)
    with travel(timezone.now() + timedelta(hours=2), tick=False):
        assert not Edition.objects.live().filter(publication=dispatch.publication_id).exists()
    assert client.get("/wire/").content == before
    assert not Dispatch.objects.filter(pk=dispatch.pk, set_aside_at=None).exists()


def test_what_readers_have_is_not_expunged_as_a_draft():
    dispatch = dispatch_of(publish())
    for _ in range(2):
        with pytest.raises(NotReady, match="Withdraw it"):
            desk.expunge_draft(dispatch=dispatch, actor=DESK)
        if not dispatch.live_edition().is_withdrawn:
            desk.withdraw(dispatch=dispatch, actor=DESK, note="It was wrong.")


def test_no_address_header_or_log_line_contains_a_word(client, caplog):
    dispatch, other = make_words_everywhere()
    former = list(Edition.objects.seen().filter(publication=dispatch.publication_id).values_list("dated", "slug"))
    assert {slug for _, slug in former} == {word("first"), word("second")}
    desk.expunge(dispatch=dispatch, actor=DESK, note=ORDER)
    names = ("dispatch", "history", "ninjs", "signal-ledger", "embed", "newer")
    old = [reverse(name, args=address) for address in set(former) for name in names]
    old = [f"{each}?edition=0" if "newer" in each else each for each in old]
    old += [f"{reverse('dispatch', args=former[0])}?at=2026-06-25T23:51"]
    old += [reverse("card", args=[*former[0], 1])]
    old += [f"/oembed.json?{urlencode({'url': absolute(reverse('dispatch', args=former[0]))})}"]
    current = [address for addresses in public_addresses().values() for address in addresses]
    with caplog.at_level(logging.DEBUG):
        for address in [*old, *current]:
            response = client.get(address)
            content = b"".join(response) if response.streaming else response.content
            assert SECRET not in content.decode("utf-8", "replace").lower(), address
            assert SECRET not in str(response.headers).lower(), address
            if address in old:
                # Like those of any withdrawn dispatch.
                expected = (
                    404
                    if "card" in address or "oembed" in address
                    else 200
                    if "history" in address or "newer" in address
                    else 410
                )
                assert response.status_code == expected, address
    assert "former address" in caplog.text
    assert SECRET not in caplog.text.lower()
    assert ORDER in client.get(old[0]).text
    page = client.get(other.live_edition().get_absolute_url()).text
    assert "as The Zioneer reported" in page
    assert page.count("expunged-") == 2, "the address that its body spells out, twice"


@pytest.mark.django_db(transaction=True)
def test_the_file_of_the_database_contains_no_word_once_it_is_vacuumed(tmp_path):
    if connection.vendor != "sqlite":
        pytest.skip("SQLite only: PostgreSQL vacuums by itself.")
    dispatch, _ = make_words_everywhere()

    def content():
        copy = tmp_path / "copy.sqlite3"
        copy.unlink(missing_ok=True)
        with connection.cursor() as cursor:
            cursor.execute("VACUUM INTO %s", [str(copy)])
        return copy.read_bytes().lower()

    assert SECRET.encode() in content()
    desk.expunge(dispatch=dispatch, actor=DESK, note=ORDER)
    assert SECRET.encode() not in content()


def test_a_report_that_another_dispatch_cites_stays():
    shared, own = make_report(title="Shared", text="Said to many"), make_report(title="Own", url="https://a.example/b")
    edition = publish(shared, own)
    publish(shared)
    desk.expunge(dispatch=dispatch_of(edition), actor=DESK, note=ORDER)
    shared.refresh_from_db(), own.refresh_from_db()
    assert (shared.title, shared.text, shared.expunged_at) == ("Shared", "Said to many", None)
    assert (own.title, own.url, own.basis, own.review) == ("Expunged", "", "own", "accepted")
    assert own.expunged_at
    with pytest.raises(IntegrityError, match="an_expunged_report_has_no_text"), transaction.atomic():
        Report.objects.filter(pk=own.pk).update(title="Own")
    with pytest.raises(ValidationError, match="The text of this report was deleted"):
        Citation(dispatch=make_dispatch(), report=own).full_clean()
    with pytest.raises(NotReady, match="It was expunged"):
        desk.cite(dispatch=make_dispatch(), report=own, actor=DESK)
    with pytest.raises(NotReady, match="It was expunged"), desk.saving(own, actor=DESK):
        own.save()
    for verb in (desk.accept_report, desk.retract_report, desk.accept_newer_text):
        with pytest.raises(NotReady, match="It was expunged"):
            verb(report=own, actor=DESK)


LONG = {"title": "A title", "text": "One two three four. " * 9, "url": "https://a.example/page", "external_id": "1"}
OTHER = {"title": "Other words", "text": "", "url": "https://a.example/other", "external_id": "2"}
BEFORE = {"said_at": timezone.now() - timedelta(days=2)}


def expunge_with(source, **fields):
    """Expunge a dispatch with a report of this item. Returns the report."""
    (report,) = desk.receive(source=source, items=[make_item(**fields)], actor=DESK).new
    desk.accept_report(report=report, actor=DESK)
    desk.expunge(dispatch=dispatch_of(publish(report)), actor=DESK, note=ORDER)
    return Report.objects.get(pk=report.pk)


@pytest.mark.parametrize(
    ("was", "sent"),
    [
        (LONG, LONG),
        # Its id, its address, its text, and its title and time.
        (LONG, OTHER | {"external_id": "1"}),
        (LONG | {"external_id": ""}, OTHER | {"url": LONG["url"]}),
        (LONG, OTHER | {"url": LONG["url"], "external_id": ""}),
        (LONG, OTHER | BEFORE | {"text": LONG["text"]}),
        ({"title": "Sirens"}, {"title": "Sirens"}),
    ],
)
def test_its_source_does_not_bring_it_back(was, sent):
    source = make_source()
    with travel(timezone.now() - timedelta(hours=5)):
        report = expunge_with(source, **was)
    received = desk.receive(source=source, items=[make_item(**sent)], actor=DESK)
    assert (received.new, received.changed, received.known) == ((), (), (report,))
    (stored,) = source.reports.all()
    assert revisions.read_content(stored)[""][""]["title"] == "Expunged"
    assert {name: getattr(stored, name) for name in KEYS} == {name: getattr(report, name) for name in KEYS}
    assert stored.arrived_key == ""


def test_other_items_come_in():
    source = make_source()
    expunge_with(source, **LONG)
    two_ids = make_item(**OTHER | {"url": LONG["url"]})
    assert (
        len(desk.receive(source=source, items=[two_ids, make_item(**OTHER | {"external_id": "3"})], actor=DESK).new)
        == 2
    )
    assert len(desk.receive(source=make_source(), items=[make_item(**LONG)], actor=DESK).new) == 1


def test_a_short_text_is_another_report_an_hour_later():
    source, now = make_source(), timezone.now()
    sirens = {"title": "Sirens in Haifa"}
    (report,) = desk.receive(
        source=source, items=[make_item(**sirens, said_at=now - timedelta(hours=5))], actor=DESK
    ).new
    desk.accept_report(report=report, actor=DESK)
    desk.expunge(dispatch=dispatch_of(publish(report)), actor=DESK, note=ORDER)
    soon = make_item(**sirens, said_at=now - timedelta(hours=4, minutes=30))
    assert not desk.receive(source=source, items=[soon], actor=DESK).new
    assert desk.receive(source=source, items=[make_item(**sirens, said_at=now)], actor=DESK).new


def test_its_addresses_are_never_used_again():
    edition = publish(slug="the-name")
    desk.expunge(dispatch=dispatch_of(edition), actor=DESK, note=ORDER)
    with pytest.raises(NotReady, match="addresses are never reused"):
        publish(slug="the-name")
    publish(slug="the-name", at=timezone.now() - timedelta(days=3))


def test_its_addresses_answer_with_a_former_key_too_and_no_longer_with_another(client, settings):
    address = publish(slug="the-name").get_absolute_url()
    desk.expunge(dispatch=Dispatch.objects.get(), actor=DESK, note=ORDER)
    before, settings.SECRET_KEY = settings.SECRET_KEY, "a new key, as long as it has to be, and random"
    assert client.get(address).status_code == 404
    settings.SECRET_KEY_FALLBACKS = [before]
    assert client.get(address).status_code == 410


def test_an_address_of_a_canceled_schedule_stays_unknown(client):
    dispatch = make_dispatch(slug="never-seen")
    edition = desk.schedule(dispatch=dispatch, actor=DESK, at=timezone.now() + timedelta(hours=1))
    desk.cancel_schedule(dispatch=dispatch, actor=DESK)
    save(dispatch, slug="seen")
    desk.publish(dispatch=dispatch, actor=DESK)
    desk.expunge(dispatch=dispatch, actor=DESK, note=ORDER)
    assert RetiredAddress.objects.count() == 1
    assert client.get(edition.get_absolute_url()).status_code == 404


def test_a_name_that_another_dispatch_has_too_still_leads_there():
    named = publish(slug="the-name", at=timezone.now() - timedelta(days=3))
    edition = publish(slug="the-name")
    body = f"/{edition.dated:%Y/%m/%d}/the-name-too/, [[the-name]], "
    body += f"[[{named.dated}/the-name]], [[{edition.dated}/the-name]], [[the-name-too]]"
    other = make_dispatch(body=body)
    expunged = desk.expunge(dispatch=dispatch_of(edition), actor=DESK, note=ORDER)
    other.refresh_from_db()
    assert other.body == body.replace(f"{edition.dated}/the-name", f"{edition.dated}/{expunged.slug}")


def test_what_is_deleted_is_counted_before():
    story = make_story()
    dispatch = make_dispatch(make_report(), make_report(), story=story)
    develop(dispatch, "A step")
    assert foresee(dispatch).editions == 0
    desk.publish(dispatch=dispatch, actor=DESK)
    save(dispatch, tldr="Another")
    desk.comment(work=dispatch, actor=User.objects.create_superuser("a-chief"), text="A remark.")
    losses = foresee(dispatch)
    assert losses.comments == 1
    assert (losses.editions, losses.developments, losses.reports, losses.story) == (1, 1, 2, story.name)
    assert losses.revisions == revisions.of(dispatch).count() == 2
    publish(story=story)
    assert foresee(dispatch).story == ""
    desk.expunge(dispatch=dispatch, actor=DESK, note=ORDER)
    assert Story.objects.get() == story


def test_who_expunged_it_and_who_saved_it_stays():
    chief = User.objects.create_superuser("chief")
    dispatch = make_dispatch()
    save(dispatch, tldr="Another")
    desk.publish(dispatch=dispatch, actor=DESK)
    times = set(revisions.of(dispatch).values_list("saved_at", flat=True))
    desk.expunge(dispatch=dispatch, actor=chief, note=ORDER)
    latest, *earlier = revisions.of(dispatch)
    assert (latest.how, latest.saved_by) == ("Expunged", chief)
    assert {each.saved_at for each in earlier} == times
    assert {each.digest for each in earlier} == {latest.digest}
