"""All spellings of a name are one source and one owner, on either database."""

import json

import pytest
from django.db import IntegrityError, transaction
from django.utils import timezone
from factories import make_section, make_source, version_of
from hypothesis import given, settings
from hypothesis import strategies as st

from dispatches.desk import documents
from dispatches.intake.importing import Importer
from dispatches.intake.lines import read_line
from dispatches.intake.tables import get_or_add_owner, take_in_holding, take_in_source
from dispatches.public.models import Edition
from sources.lineage.parties import find_source
from sources.models import Owner, Source
from sources.names import fold_name

SPELLINGS = [
    ("Ünal Haber", "ünal haber"),
    ("İstanbul Haberleri", "istanbul haberleri"),
    ("Işıklar", "ISIKLAR"),
    ("Łódź – News", "LODZ - NEWS"),
    ("Straße", "STRASSE"),
    ("Ærø Avis", "aero avis"),
    ("Le Cœur", "le coeur"),
    ("Đà Nẵng", "da nang"),
    ("Ħolma", "Holma"),
    ("Ma’an", "Ma'an"),
    ("The\u00a0Paper", " The  Paper "),
    ("\u202bThe Paper\u202c\u200b", "the paper"),
    ("Soft\u00adbreak", "Softbreak"),
    ("ＡＰ", "AP"),
    ("É", "E\u0301"),
    ("צה״ל", 'צה"ל'),
    ("שָׁלוֹם", "שלום"),
    ("العَرَبِيّة", "العربية"),
    ("ΑΘΗΝΑΣ", "αθήνας"),
    ("Звёздный", "звездный"),
]
DIFFERENT = [
    ("हिन्दी", "हन्दी"),
    ("กา", "กำ"),
    ("か", "が"),
    ("한국", "한구"),
    ("The Paper", "Paper"),
    ("AT&T", "ATT"),
    ("Channel 1", "Channel 12"),
    ("🚨", "🔥"),
    ("Новости", "новость"),
]


@pytest.mark.parametrize(("one", "other"), SPELLINGS)
def test_spellings_of_one_name_fold_alike(one, other):
    assert fold_name(one) == fold_name(other)


@pytest.mark.parametrize(("one", "other"), DIFFERENT)
def test_two_names_stay_two(one, other):
    assert fold_name(one) != fold_name(other)


@given(st.text(max_size=40))
def test_folding_is_stable_and_ignores_case_and_spaces(name):
    folded = fold_name(name)
    assert fold_name(folded) == folded
    assert fold_name(f"  {name}\u200b\n") == folded
    if any(char.isalpha() for char in name) and not folded:
        # Unicode calls fillers letters, but they are invisible.
        assert set("".join(name.split())) <= set("\u115f\u1160\u3164\uffa0") | {
            char for char in name if not char.isalpha()
        }


def import_names(*names):
    said = [{"name": name, "basis": "own"} for name in names]
    return json.dumps({"date": "2026-06-20T10:00:00Z", "headline": "Case sources", "text": "Body.", "sources": said})


@pytest.mark.django_db
@pytest.mark.parametrize(("one", "other"), SPELLINGS)
def test_a_line_with_two_spellings_makes_one_source_and_one_origin(one, other, editor):
    importer = Importer(actor=editor, section=make_section(), publishes=True, names=True)
    importer.take_in(read_line(import_names(one, other)))
    assert Source.objects.count() == 1
    assert Edition.objects.live().get().origins == 1


@pytest.mark.django_db
@settings(max_examples=30, deadline=None)
@given(st.lists(st.text("aAäÄıİsSßłø’'-–  \u200bक़िका", min_size=1, max_size=4), min_size=1, max_size=5))
def test_names_that_fold_alike_create_one_source(names):
    """Python decides what is the same name; the database's notion of case does not matter."""
    seen = [name for name in names if fold_name(name)]
    with transaction.atomic():
        for name in seen:
            take_in_source({"name": " ".join(name.split())})
            get_or_add_owner(" ".join(name.split()))
        expected = {fold_name(name) for name in seen}
        assert set(Source.objects.values_list("folded_name", flat=True)) == expected
        assert set(Owner.objects.values_list("folded_name", flat=True)) == expected
        assert {find_source(name).folded_name for name in seen} == expected
        transaction.set_rollback(True)


@pytest.mark.django_db
def test_every_way_of_saving_folds_the_name():
    one = Source.objects.create(name="Élysée", kind="outlet", aliases="Le Palais")
    assert (one.folded_name, one.folded_aliases) == ("elysee", "\nle palais\n")
    one.name = "Łódź"
    one.save()
    Owner.objects.bulk_create([Owner(name="Ünal")])
    assert Source.objects.get().folded_name == "lodz"
    assert Owner.objects.get().folded_name == "unal"
    with pytest.raises(IntegrityError), transaction.atomic():
        Source.objects.create(name="LODZ", kind="outlet")
    with pytest.raises(IntegrityError), transaction.atomic():
        Owner.objects.bulk_create([Owner(name="unal")])


@pytest.mark.django_db
def test_other_names_and_agencies_are_found_in_any_spelling():
    paper = make_source(name="The Valley Post", aliases="Vallée\nVP")
    reuters = make_source(name="Reuters News Agency", kind="agency")
    ap = make_source(name="A.P.", kind="agency")
    assert find_source("VALLEE") == find_source("the valley post") == paper
    assert find_source("Reuters") == reuters
    assert find_source("Associated Press") == ap
    assert find_source("Valle") is find_source("") is None


@pytest.mark.django_db
def test_tables_and_holdings_know_owners_in_any_spelling():
    make_source(name="Canal Ün")
    take_in_source({"name": "CANAL UN", "owner": "Groupe Élan", "aliases": "Cü|cu|CÜ"})
    take_in_holding({"holder": "groupe élan", "held": "canal ün", "percent": "60"})
    assert Source.objects.get().names == ["Canal Ün", "Cü"]
    assert sorted(Owner.objects.values_list("name", flat=True)) == ["Groupe Élan", "canal ün"]


def add(desk_client, model, **fields):
    return desk_client.post(
        f"/desk/sources/{model}/add/", fields | {"held_by-TOTAL_FORMS": 0, "held_by-INITIAL_FORMS": 0}
    )


@pytest.mark.django_db
def test_the_form_says_which_source_has_the_name(desk_client):
    make_source(name="Ünal Haber", aliases="Ünal")
    kept = make_source(name="Lighthouse", kind="channel", is_confidential=True)
    page = add(desk_client, "source", name="ünal haber", kind="outlet", grade="F").text
    assert "A source with this name already exists, “Ünal Haber”." in page
    assert 'value="ünal haber"' in page
    assert "is already a name of the source “Ünal Haber”" in add(desk_client, "source", name="UNAL", kind="outlet").text
    assert kept.name not in add(desk_client, "source", name="LIGHTHOUSE", kind="outlet").text
    assert "Enter a name with visible characters" in add(desk_client, "source", name="\u200b\u2060", kind="outlet").text
    Owner.objects.create(name="Élan")
    assert "An owner with this name already exists, “Élan”." in add(desk_client, "owner", name="ELAN").text
    assert (Source.objects.count(), Owner.objects.count()) == (2, 1)


@pytest.mark.django_db
def test_a_source_can_be_saved_under_its_own_name(desk_client):
    source = make_source(name="Ünal Haber", aliases="Ünal")
    data = {"name": "ÜNAL HABER", "kind": "outlet", "grade": "B", "aliases": "Ünal", "_version": version_of(source)}
    assert desk_client.post(f"/desk/sources/source/{source.pk}/change/", data).status_code == 302
    source.refresh_from_db()
    assert (source.name, source.folded_name) == ("ÜNAL HABER", "unal haber")


@pytest.mark.django_db
@pytest.mark.parametrize("typed", ["élysée", "ELYSEE", "élys", "palais", "\u200bÉLY"])
def test_the_desk_finds_sources_in_any_spelling(desk_client, typed):
    owner = Owner.objects.create(name="Élysée Palais")
    source = make_source(name="Élysée", aliases="Le Palais", owner=owner)
    source.reports.create(title="Rain", said_at=timezone.now())
    make_source(name="Matignon")
    documents.rebuild()
    for model in ("source", "owner"):
        page = desk_client.get(f"/desk/sources/{model}/", {"q": typed}).text
        assert "Élysée" in page
        assert "/desk/sources/source/" not in page or "Matignon" not in page
    query = {"app_label": "sources", "model_name": "report", "field_name": "source", "term": typed}
    found = desk_client.get("/desk/autocomplete/", query).json()["results"]
    assert [each["text"] for each in found] == ["Élysée"]
    if typed != "palais":
        assert "Rain" in desk_client.get("/desk/sources/report/", {"q": typed}).text
