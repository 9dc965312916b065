"""A list of removals, replayed on a database that is older than it."""

import pytest
from django.utils import timezone
from factories import DESK, cite, dispatch_of, make_dispatch, make_report, make_source, publish

from dispatches import desk
from dispatches.desk.removals import Kind, Removal, digest_of
from dispatches.desk.replaying import Replayed, replay
from dispatches.models import Dispatch
from dispatches.public.models import Edition, RetiredAddress
from sources.digests import keyed_digest
from sources.models import Report, Source

pytestmark = pytest.mark.django_db


def removal(kind, number=1, *, is_done=True, **fields) -> Removal:
    return Removal(str(number), timezone.now().isoformat(), kind, is_done=is_done, **fields)


def of(edition, kind, **fields) -> Removal:
    dispatch = dispatch_of(edition)
    return removal(kind, publication=edition.publication_id, dispatch=digest_of(dispatch), **fields)


def replayed(*removals) -> Replayed:
    return replay(removals, actor=desk.RESTORER)


def is_withdrawn(edition) -> bool:
    return dispatch_of(edition).live_edition().is_withdrawn


def test_the_latest_line_about_a_dispatch_counts():
    gone, back, untouched = publish(), publish(), publish()
    listed = [
        of(gone, Kind.WITHDRAWN),
        of(back, Kind.WITHDRAWN),
        of(back, Kind.RESTORED),
        removal(Kind.WITHDRAWN, publication=17),
    ]
    assert replayed(*listed).withdrawn == 1
    assert [is_withdrawn(each) for each in (gone, back, untouched)] == [True, False, False]
    assert replayed(*listed) == Replayed()


def test_a_restoration_that_was_not_completed_is_none():
    edition = publish()
    assert replayed(of(edition, Kind.WITHDRAWN), of(edition, Kind.RESTORED, is_done=False)).withdrawn == 1


def test_what_is_not_known_to_be_done_is_withdrawn_and_never_erased():
    edition = publish(headline="Still here")
    done = replayed(of(edition, Kind.EXPUNGED, is_done=False))
    assert (done.withdrawn, done.expunged, done.uncertain) == (1, 0, [dispatch_of(edition)])
    assert Dispatch.objects.get(publication=edition.publication_id).headline == "Still here"
    report = make_report()
    assert replayed(removal(Kind.EXPUNGED, reports=(digest_of(report),), is_done=False)) == Replayed()
    assert Report.objects.get(pk=report.pk).expunged_at is None


def test_an_expunged_dispatch_is_erased_whatever_it_was_in_the_backup():
    draft, published = make_dispatch(headline="A draft"), publish(headline="Published")
    scheduled = make_dispatch(headline="Scheduled")
    desk.schedule(dispatch=scheduled, at=timezone.now() + timezone.timedelta(days=1), actor=DESK)
    # The address that it got after the backup.
    address = keyed_digest("address", "2026-06-25/later")
    listed = [removal(Kind.EXPUNGED, dispatch=digest_of(each)) for each in (draft, scheduled)]
    listed += [of(published, Kind.EXPUNGED, addresses=(address,))]
    assert replayed(*listed).expunged == 3
    assert not Dispatch.objects.filter(expunged_at=None).exists()
    assert not Edition.objects.pending(timezone.now()).exists()
    assert RetiredAddress.objects.filter(publication=published.publication_id, digest=address).exists()
    assert replayed(*listed) == Replayed()


def test_another_dispatch_with_the_same_number_is_not_touched():
    dispatch = make_dispatch()
    digest = digest_of(dispatch)
    Dispatch.objects.filter(pk=dispatch.pk).update(created_at=timezone.now() + timezone.timedelta(seconds=1))
    assert replayed(removal(Kind.EXPUNGED, dispatch=digest)) == Replayed()


def test_a_report_is_erased_that_the_dispatch_cited_only_after_the_backup():
    dispatch, report = make_dispatch(), make_report(title="Words", text="that nobody may read")
    listed = removal(Kind.EXPUNGED, dispatch=digest_of(dispatch), reports=(digest_of(report),))
    done = replayed(listed)
    assert (done.expunged, done.reports) == (1, 1)
    report.refresh_from_db()
    assert (report.title, report.text) == ("Expunged", "")


def test_a_source_is_confidential_again_if_it_is_the_same():
    source, other = make_source(name="The channel"), make_source(name="Another")
    edition = publish(make_report(source))
    cite(dispatch_of(edition), make_report(other))
    concealed = removal(Kind.CONCEALED, source=source.pk, names=(keyed_digest("source", "The channel"),))
    wrong = removal(Kind.CONCEALED, 2, source=other.pk, names=(keyed_digest("source", "The channel"),))
    assert replayed(concealed, wrong).concealed == 1
    assert [*Source.objects.filter(is_confidential=True)] == [source]
    assert "The channel" not in str(list(Edition.objects.values_list("ledger", "primary_source")))
    assert replayed(concealed, removal(Kind.NAMED, 3, source=source.pk)).concealed == 0


def test_only_a_restore_may_replay():
    with pytest.raises(Exception, match="refused"):
        replay([removal(Kind.EXPUNGED, reports=(digest_of(make_report()),))], actor=desk.POLLER)
