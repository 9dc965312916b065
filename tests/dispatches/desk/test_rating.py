"""No path stores Strong or Confirmed with fewer than two independent origins."""

import json

import pytest
from django.core.management import call_command
from django.core.serializers import deserialize, serialize
from django.db import IntegrityError, connection, transaction
from factories import dispatch_of, publish

from dispatches.public.models import Edition
from dispatches.signal.rules import Rung

pytestmark = pytest.mark.django_db


@pytest.fixture
def single():
    """A published dispatch with one source."""
    return publish()


def refused():
    return pytest.raises(IntegrityError, match="strong_needs_two_origins")


@pytest.mark.parametrize("rung", [Rung.STRONG, Rung.CONFIRMED])
def test_not_by_save(single, rung):
    single.rung = rung
    with refused(), transaction.atomic():
        single.save()


def test_not_by_update_of_a_queryset(single):
    with refused(), transaction.atomic():
        Edition.objects.update(rung=Rung.STRONG)


def test_not_by_bulk_create_or_bulk_update(single):
    single.rung = Rung.STRONG
    with refused(), transaction.atomic():
        Edition.objects.bulk_update([single], ["rung"])
    single.pk, single.number, single.superseded_at = None, 9, single.live_at
    with refused(), transaction.atomic():
        Edition.objects.bulk_create([single])


def test_not_by_raw_sql(single):
    with refused(), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("UPDATE dispatches_edition SET rung = 3")


def test_not_by_fixture_or_import(single, tmp_path):
    document = json.loads(serialize("json", [single]))
    document[0]["fields"]["rung"] = int(Rung.STRONG)
    with refused(), transaction.atomic():
        for each in deserialize("json", json.dumps(document)):
            each.save()
    (tmp_path / "x.json").write_text(json.dumps(document))
    with refused(), transaction.atomic():
        call_command("loaddata", tmp_path / "x.json", verbosity=0)


def test_not_by_lowering_the_number_of_origins_beneath_a_strong_one():
    from factories import make_report

    publish(make_report(), make_report())
    with refused(), transaction.atomic():
        Edition.objects.update(origins=1)


def test_not_by_the_admin(single, desk_client):
    from django.urls import reverse

    desk_client.post(
        reverse("admin:dispatches_dispatch_change", args=[dispatch_of(single).pk]),
        {"editions-TOTAL_FORMS": 1, "editions-INITIAL_FORMS": 1, "editions-0-id": single.pk, "editions-0-rung": 3},
    )
    single.refresh_from_db()
    assert single.signal is Rung.DEVELOPING
