"""The documents of the desk's search are what follows from the objects, after every verb."""

import pytest
from django.db import connection
from factories import DESK, make_dispatch, make_report, make_section, make_source, make_story, publish

from dispatches import desk
from dispatches.desk import documents
from dispatches.models import DeskDocument
from sources.intake.items import make_item
from sources.models import Owner, Source
from tests.dispatches.desk.test_actors import call

pytestmark = pytest.mark.django_db


def has(word: str) -> bool:
    rows = DeskDocument.objects.values_list("title", "body", "owner")
    return any(word in " ".join(row).split() for row in rows)


@pytest.mark.parametrize("verb", sorted(desk.VERBS))
def test_after_every_verb_the_documents_are_what_follows(verb, django_user_model):
    with desk.publication_lock():
        actor = django_user_model.objects.create_superuser("ada") if verb in {"get_or_file_dispatch", "take"} else DESK
        documents.rebuild()
        try:
            call(verb, actor)
        except desk.NotReady:
            return
    # What the factories made without a verb is found in the first call.
    before = {each.pk for each in DeskDocument.objects.all()}
    documents.rebuild()
    changed = documents.rebuild()
    assert changed == 0
    assert before <= {each.pk for each in DeskDocument.objects.all()}


def test_what_is_saved_is_found_in_the_same_transaction():
    dispatch, story, owner = make_dispatch(), make_story(), Owner.objects.create(name="Alpha")
    source = make_source(owner=owner)
    for obj, name, word in (
        (dispatch, "body", "bravo"),
        (story, "name", "charlie"),
        (source, "aliases", "delta"),
        (owner, "name", "echo"),
    ):
        with desk.saving(obj, actor=DESK):
            setattr(obj, name, word)
            obj.save()
        assert has(word)
    assert "echo" in DeskDocument.objects.get(pk=documents.place_of(Source, source.pk)).owner


def test_what_arrives_is_found_and_what_changes_is_found_as_it_is_now():
    source = make_source()
    desk.receive(source=source, items=[make_item(title="Alpha", external_id="1")], actor=DESK)
    assert has("alpha")
    desk.receive(source=source, items=[make_item(title="Bravo", external_id="1")], actor=DESK)
    assert has("bravo")
    assert not has("alpha")
    report = desk.record_report(source=source, item=make_item(title="Charlie"), actor=DESK)
    assert has("charlie")
    desk.file_dispatch(report=report, section=make_section(), actor=DESK)
    desk.add_source_named(name="Delta", is_confidential=True, actor=DESK)
    assert has("delta")


def test_merged_owners_are_found_as_one():
    into, merged = Owner.objects.create(name="Alpha"), Owner.objects.create(name="Bravo")
    source = make_source(owner=merged)
    documents.rebuild()
    desk.merge_owners(into=into, merged=merged, actor=DESK)
    assert not has("bravo")
    assert DeskDocument.objects.get(pk=documents.place_of(Source, source.pk)).owner == "alpha"


def test_a_deleted_object_has_no_document():
    story = make_story("alpha")
    documents.rebuild()
    with desk.deleting(story, actor=desk.SystemActor("x", frozenset({"save_story"}))):
        story.delete()
    assert not has("alpha")


def test_nothing_is_written_if_no_word_changes(django_assert_num_queries):
    report = make_report(accepted=False)
    documents.rebuild()
    with desk.publication_lock():
        desk.accept_report(report=report, actor=DESK)
        desk.retract_report(report=report, actor=DESK)
    assert documents.rebuild() == 0


def test_expunged_words_are_gone_from_the_index_itself():
    word = "zanzibarian"
    report = make_report(title=word, text=word)
    edition = publish(report, headline=word, body=word, story=make_story(word))
    other = make_dispatch(body=f"See [[{edition.slug}]].")
    documents.rebuild()
    dispatch = desk_dispatch(edition)
    desk.withdraw(dispatch=dispatch, actor=DESK, note="x")
    desk.expunge(dispatch=dispatch, actor=DESK, note="A court order.")
    assert not has(word)
    slug_words = edition.slug.split("-")
    assert not any(set(slug_words) <= set(row.split()) for row in DeskDocument.objects.values_list("body", flat=True))
    assert other.pk
    if connection.vendor == "sqlite":
        with connection.cursor() as cursor:
            cursor.execute("SELECT block FROM dispatches_deskindex_data")
            # The index stores the end of a word apart from what it shares with the word before.
            assert not any(word[4:].encode() in bytes(block) for (block,) in cursor.fetchall())


def desk_dispatch(edition):
    from dispatches.models import Dispatch

    return Dispatch.objects.get(publication=edition.publication_id)
