"""The list of removals: written in the same act as the removal, without its words."""

import stat

import pytest
from django.db import transaction
from factories import DESK, change, dispatch_of, make_dispatch, make_report, make_source, publish

from dispatches import desk
from dispatches.desk import removals
from dispatches.desk.removals import Kind, continues, ensure_list, list_missing, read_removals

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def path(settings, tmp_path):
    settings.WIRE_REMOVALS_FILE = tmp_path / "removals"
    return settings.WIRE_REMOVALS_FILE


def withdraw(edition, **fields):
    return desk.withdraw(dispatch=dispatch_of(edition), actor=DESK, note="It was a slander.", **fields)


def test_every_removal_is_listed_without_its_words(path):
    source = make_source(name="Secret channel")
    edition = publish(make_report(source, title="Slandered"), headline="A slander", slug="a-slander")
    kept = publish(headline="Kept", slug="kept")
    withdraw(kept)
    desk.restore(dispatch=dispatch_of(kept), actor=DESK, note="It was right.")
    desk.expunge(dispatch=dispatch_of(edition), actor=DESK, note="By order of a court.")
    desk.expunge_draft(dispatch=make_dispatch(headline="A draft of a slander"), actor=DESK)
    change_confidentiality(source, True)
    change_confidentiality(source, False)
    listed = read_removals(path)
    assert [each.kind for each in listed] == [
        *(Kind.WITHDRAWN, Kind.RESTORED, Kind.WITHDRAWN, Kind.EXPUNGED, Kind.EXPUNGED, Kind.CONCEALED, Kind.NAMED)
    ]
    assert all(each.is_done for each in listed)
    assert listed[3].publication == edition.publication_id
    assert len(listed[3].reports) == len(listed[3].addresses) == 1
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    text = path.read_text().lower()
    for word in ("slander", "secret", "court", "right", "kept"):
        assert word not in text


def change_confidentiality(source, is_confidential):
    source.is_confidential = is_confidential
    with desk.saving(source, actor=DESK):
        source.save()


def test_a_removal_is_listed_before_its_transaction_commits_and_done_after_it(path):
    editions = [publish(), publish()]
    with transaction.atomic():
        withdraw(editions[0])
        assert [each.is_done for each in read_removals(path)] == [False]
        transaction.set_rollback(True)
    withdraw(editions[1])
    assert [(each.publication, each.is_done) for each in read_removals(path)] == [
        (editions[0].publication_id, False),
        (editions[1].publication_id, True),
    ]


def test_a_line_that_was_cut_off_spoils_no_other(path):
    first, second = publish(), publish()
    withdraw(first)
    with path.open("a") as file:
        file.write('{"id": "cut o')
    withdraw(second)
    assert [each.publication for each in read_removals(path)] == [first.publication_id, second.publication_id]


def test_a_list_that_can_not_be_written_stops_no_withdrawal(path, settings, caplog):
    settings.WIRE_REMOVALS_FILE = path / "no" / "such" / "folder"
    edition = publish()
    withdraw(edition)
    assert dispatch_of(edition).live_edition().is_withdrawn
    assert "What was removed can't be listed" in caplog.text
    settings.WIRE_REMOVALS_FILE = path
    assert list_missing() == 1
    assert [each.publication for each in read_removals(path)] == [edition.publication_id]


def test_what_was_removed_before_there_was_a_list_is_added_once(path):
    withdraw(publish())
    desk.expunge(dispatch=dispatch_of(publish(make_report())), actor=DESK, note="By order of a court.")
    desk.expunge_draft(dispatch=make_dispatch(), actor=DESK)
    change(dispatch_of(publish()), headline="Kept")
    path.unlink()
    # Also their reports.
    assert list_missing() == 5
    assert list_missing() == 0
    assert len(read_removals(path)) == 4


def test_a_list_is_continued_by_its_later_copies_only(path, settings, tmp_path):
    extent = ensure_list()
    withdraw(publish())
    assert continues(path, extent)
    later = ensure_list()
    assert later != extent
    earlier = tmp_path / "earlier"
    earlier.write_bytes(path.read_bytes()[: extent.size])
    assert continues(earlier, extent)
    assert not continues(earlier, later)
    assert not continues(tmp_path / "missing", extent)
    settings.WIRE_REMOVALS_FILE = tmp_path / "another"
    for _ in range(3):
        withdraw(publish())
    assert not continues(tmp_path / "another", extent)


def test_its_digests_need_the_key(path, settings):
    dispatch = make_dispatch()
    digest = removals.digest_of(dispatch)
    settings.SECRET_KEY, settings.SECRET_KEY_FALLBACKS = "another", [settings.SECRET_KEY]
    assert removals.digest_of(dispatch) != digest
    assert digest in removals.possible_digests_of(dispatch)
