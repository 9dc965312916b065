"""Times typed at the desk: unchanged ones are kept, ambiguous ones are asked about, none causes an error page."""

import zoneinfo
from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest
from django import forms
from django.contrib import admin
from django.core.exceptions import ValidationError
from django.test import RequestFactory
from django.urls import reverse
from django.utils import timezone
from factories import DESK, develop, make_dispatch, make_report

from dispatches import desk
from dispatches.admin.dispatch_verbs import VERBS
from dispatches.admin.forms import AddToForm, ScheduleForm
from dispatches.admin.times import DeskTimeField, DeskTimeWidget, minute_in_words, time_in_words
from dispatches.history import revisions
from dispatches.models import Development
from sources.models import Report
from tests.dispatches.admin.test_saving import address_of, faults, opened, save

pytestmark = pytest.mark.django_db

# On October 26, 2025, 01:30 occurs twice in Jerusalem; on March 28, 02:00 to 03:00 is skipped.
FIRST, SECOND = datetime(2025, 10, 25, 22, 30, tzinfo=UTC), datetime(2025, 10, 25, 23, 30, tzinfo=UTC)
EXACTLY = timedelta(seconds=17, microseconds=123456)
TWICE, SKIPPED = ("2025-10-26", "01:30"), ("2025-03-28", "02:30")
FAR = [("9999-12-31", "23:59"), ("0001-01-01", "00:00"), ("1899-12-31", "12:00"), ("9001-01-01", "00:00")]
LIMITS = "Give a date from January 2, 1900 to December 31, 9000."


def new_development(number: int, day: str, clock: str, which: str = "", text: str = "A new step") -> dict:
    row = {"at_0": day, "at_1": clock, "at_2": which, "text": text, "position": "0"}
    return {f"developments-{number}-{name}": value for name, value in row.items()} | {
        "developments-TOTAL_FORMS": number + 1
    }


def times_of(dispatch) -> set[datetime]:
    return set(dispatch.developments.values_list("at", flat=True))


@pytest.fixture
def dispatch():
    """A dispatch with a development at each of the two times, to the microsecond, saved at the desk."""
    dispatch = make_dispatch()
    with desk.saving(dispatch, actor=DESK):
        develop(dispatch, "The first time", FIRST + EXACTLY)
        develop(dispatch, "The second time", SECOND + EXACTLY)
    return dispatch


# Unchanged times


def test_an_unchanged_time_passes_as_it_is_stored(desk_client, dispatch):
    answer = save(desk_client, dispatch, opened(desk_client, dispatch), tldr="Changed.")
    assert answer.status_code == 302, faults(answer)
    assert times_of(dispatch) == {FIRST + EXACTLY, SECOND + EXACTLY}


def test_it_passes_where_its_row_is_changed_or_a_row_is_added(desk_client, dispatch):
    data = opened(desk_client, dispatch)
    texts = {key: f"{value}, changed" for key, value in data.items() if key.endswith("-text")}
    new = new_development(2, *TWICE, "1")
    answer = save(desk_client, dispatch, data, **texts, **new)
    assert answer.status_code == 302, faults(answer)
    assert times_of(dispatch) == {FIRST + EXACTLY, SECOND + EXACTLY, SECOND}
    assert dispatch.developments.filter(text__endswith=", changed").count() == 2


def test_it_passes_from_a_form_without_the_choice(desk_client, dispatch):
    data = {key: value for key, value in opened(desk_client, dispatch).items() if not key.endswith("-at_2")}
    texts = {key: f"{value}, changed" for key, value in data.items() if key.endswith("-text")}
    answer = save(desk_client, dispatch, data, **texts)
    assert answer.status_code == 302, faults(answer)
    assert times_of(dispatch) == {FIRST + EXACTLY, SECOND + EXACTLY}


def test_it_passes_where_two_edits_are_merged(desk_client, dispatch):
    mine, theirs = opened(desk_client, dispatch), opened(desk_client, dispatch)
    save(desk_client, dispatch, theirs, tldr="Theirs.", **new_development(2, "2025-10-26", "12:00", text="Theirs"))
    answer = save(desk_client, dispatch, mine, headline="Mine", **new_development(2, *TWICE, "0", text="Mine"))
    assert answer.status_code == 200
    # No time was changed, so none is among the differences.
    assert "Development" not in "".join(side.comparison.label for side in answer.context["unsaved"].sides if side.input)
    formset = answer.context["inline_admin_formsets"][0].formset
    data = {key: value for key, value in formset.data.items() if not key.startswith("_")}
    answer = save(desk_client, dispatch, data, _version=answer.context["version"], _continue="1")
    assert answer.status_code == 302, faults(answer)
    assert times_of(dispatch) == {
        FIRST + EXACTLY,
        SECOND + EXACTLY,
        FIRST,
        datetime(2025, 10, 26, 10, tzinfo=UTC),
    }


def test_it_passes_where_it_is_restored(desk_client, dispatch):
    data, number = opened(desk_client, dispatch), revisions.latest_number(dispatch)
    gone = {f"developments-{number}-DELETE": "on" for number in (0, 1)}
    assert save(desk_client, dispatch, data, **gone).status_code == 302
    answer = desk_client.post(address_of(dispatch), {"_restore": str(number)})
    for chosen in ('value="0" selected>first', 'value="1" selected>second'):
        assert chosen in answer.text
    data = {key: value for key, value in answer.context["adminform"].form.data.items() if not key.startswith("_")}
    answer = save(desk_client, dispatch, data, _version=answer.context["version"], _restores=str(number), _continue="1")
    assert answer.status_code == 302, faults(answer)
    assert times_of(dispatch) == {(each + EXACTLY).replace(microsecond=0) for each in (FIRST, SECOND)}


def test_a_draft_of_the_browser_with_such_a_time_differs_in_nothing(desk_client, dispatch):
    answer = desk_client.post(address_of(dispatch), opened(desk_client, dispatch) | {"_recover": "1"}, follow=True)
    assert "is the same as" in answer.text


def test_one_time_made_the_other_is_a_difference_that_is_seen(desk_client, dispatch):
    mine, theirs = opened(desk_client, dispatch), opened(desk_client, dispatch)
    key = next(key for key, value in mine.items() if value == "The first time").replace("text", "at_2")
    assert mine[key] == ["0"]
    assert save(desk_client, dispatch, theirs, tldr="Theirs.").status_code == 302
    answer = save(desk_client, dispatch, mine, **{key: "1"})
    [side] = [side for side in answer.context["unsaved"].sides if side.comparison.field.name == "at"]
    assert "UTC+3" in "".join(piece.text for piece in side.comparison.before)
    assert "UTC+2" in "".join(piece.text for piece in side.comparison.after)
    assert time_in_words(SECOND) == "October 26, 2025, 01:30:00 (UTC+2)"


def test_a_message_with_a_time_that_comes_twice_says_which(editor, time_machine):
    time_machine.move_to(FIRST - timedelta(days=1))
    dispatch = make_dispatch(make_report(accepted_at=FIRST - timedelta(days=2)))
    words = {minute_in_words(each) for each in (FIRST, SECOND, FIRST - timedelta(hours=2))}
    assert words == {
        "October 26, 2025, 01:30 (UTC+3)",
        "October 26, 2025, 01:30 (UTC+2)",
        "October 25, 2025, 23:30",
    }
    [schedule] = [verb for verb in VERBS if verb.name == "schedule"]
    assert "October 26, 2025, 01:30 (UTC+2)" in str(schedule.run(dispatch, editor, at=SECOND))


@pytest.mark.parametrize("said_at", [FIRST + EXACTLY, SECOND + EXACTLY, datetime(2026, 1, 1, 12, 0, 5, 7, tzinfo=UTC)])
def test_an_unchanged_report_keeps_its_time(desk_client, said_at):
    report = make_report(accepted=False)
    Report.objects.update(said_at=said_at)
    address = reverse("admin:sources_report_change", args=[report.pk])
    page = desk_client.get(address)
    shown = DeskTimeWidget().decompress(said_at)
    data = {"source": report.source_id, "title": "Another title", "basis": "own", "_version": page.context["version"]}
    data |= {f"said_at_{number}": str(part) for number, part in enumerate(shown)}
    data |= {"proposals-TOTAL_FORMS": 0, "proposals-INITIAL_FORMS": 0}
    answer = desk_client.post(address, data)
    assert answer.status_code == 302, faults(answer)
    report.refresh_from_db()
    assert (report.title, report.said_at) == ("Another title", said_at)


# Typed times


def test_a_time_that_comes_twice_is_asked_about_and_all_else_is_kept(desk_client, dispatch):
    data = opened(desk_client, dispatch) | {"headline": "Typed just now"} | new_development(2, *TWICE)
    answer = save(desk_client, dispatch, data)
    assert answer.status_code == 200
    for words in ("01:30 occurs twice", "go back (UTC+3)", "went back (UTC+2)", "Typed just now", "A new step"):
        assert words in answer.text
    assert '<select name="developments-2-at_2"' in answer.text
    for which, moment in (("0", FIRST), ("1", SECOND)):
        Development.objects.filter(text="A new step").delete()
        chosen = opened(desk_client, dispatch) | new_development(2, *TWICE, which)
        assert save(desk_client, dispatch, chosen).status_code == 302
        assert dispatch.developments.get(text="A new step").at == moment


def test_a_time_that_does_not_exist_is_refused_with_what_to_type(desk_client, dispatch):
    answer = save(desk_client, dispatch, opened(desk_client, dispatch) | new_development(2, *SKIPPED))
    assert "02:30 does not exist. Enter 01:30 or 03:30." in answer.text
    assert "A new step" in answer.text


def clean(day: str, clock: str, which: str = "") -> datetime | None:
    return DeskTimeField().clean([day, clock, which])


@pytest.mark.parametrize(
    ("zone", "typed", "words"),
    [
        ("Australia/Lord_Howe", ("2026-04-05", "01:45"), "01:45 occurs twice"),
        ("Australia/Lord_Howe", ("2025-10-05", "02:15"), "Enter 01:45 or 02:45"),
        ("Pacific/Apia", ("2011-12-30", "10:00"), "Enter 2011-12-29 10:00 or 2011-12-31 10:00"),
        ("America/New_York", ("2025-11-02", "01:00:01"), "01:00:01 occurs twice"),
    ],
)
def test_each_zone_has_its_own_hours(zone, typed, words):
    with timezone.override(zone), pytest.raises(ValidationError, match=words):
        clean(*typed)


def test_the_choice_names_the_offsets_of_the_zone():
    with timezone.override("Australia/Lord_Howe"):
        html = DeskTimeWidget("When").render("at", ["2026-04-05", "01:45", ""], {"id": "id_at"})
        assert "first, before the clocks go back (UTC+11)" in html
        assert "second, after the clocks went back (UTC+10:30)" in html
        assert clean("2026-04-05", "01:45", "1") - clean("2026-04-05", "01:45", "0") == timedelta(minutes=30)
    with timezone.override("Asia/Kathmandu"):
        assert "<select" not in DeskTimeWidget().render("at", ["2026-04-05", "01:45", ""])


def changes_of(zone: zoneinfo.ZoneInfo, year: int) -> list[datetime]:
    """Return when a zone's clocks change in a year, to the minute."""
    offset = lambda moment: moment.astimezone(zone).utcoffset()  # noqa: E731
    days = [datetime(year, 1, 1, tzinfo=UTC) + timedelta(days=number) for number in range(366)]
    changes = []
    for before, after in pairwise(days):
        if offset(before) != offset(after):
            minutes = [before + timedelta(minutes=number) for number in range(1441)]
            changes.append(next(each for each in minutes if offset(each) != offset(before)))
    return changes


def test_in_every_zone_each_time_around_a_change_of_the_clocks_can_be_typed_and_shown():
    tried = 0
    for name in sorted(zoneinfo.available_timezones() - {"localtime"}):
        with timezone.override(name):
            for change in changes_of(zoneinfo.ZoneInfo(name), 2025):
                for minutes in (-90, -61, -60, -31, -30, -1, 0, 1, 29, 30, 59, 60, 90):
                    moment = change + timedelta(minutes=minutes)
                    shown = DeskTimeWidget().decompress(moment)
                    assert DeskTimeField().clean([str(part) for part in shown]) == moment, (name, moment)
                    tried += 1
    assert tried > 2000


def test_another_choice_alone_is_a_change(editor):
    request = RequestFactory().get("/")
    request.user = editor
    report = make_report(said_at=FIRST)
    data = {"source": report.source_id, "title": report.title, "basis": report.basis}
    data |= dict(zip(("said_at_0", "said_at_1", "said_at_2"), (*TWICE, "1"), strict=True))
    form = admin.site.get_model_admin(Report).get_form(request, report, change=True)(data, instance=report)
    assert form.changed_data == ["said_at"]
    # Django's hidden initial value has no place for the choice.
    assert "initial-" not in str(form["said_at"])
    assert form.is_valid()
    assert form.cleaned_data["said_at"] == SECOND


# Invalid times


@pytest.mark.parametrize("typed", FAR)
def test_a_date_out_of_all_bounds_is_refused_with_the_bounds_on_every_form(desk_client, dispatch, typed):
    day, clock = typed
    answer = save(desk_client, dispatch, opened(desk_client, dispatch) | new_development(2, day, clock))
    assert LIMITS in answer.text
    report = make_report()
    data = {"source": report.source_id, "title": "x", "said_at_0": day, "said_at_1": clock, "basis": "own"}
    assert LIMITS in desk_client.post(reverse("admin:sources_report_add"), data).text
    schedule = reverse("admin:dispatches_dispatch_schedule", args=[dispatch.pk])
    assert LIMITS in desk_client.post(schedule, {"at_0": day, "at_1": clock, "version": ""}).text
    add_to = reverse("admin:sources_report_add-to", args=[report.pk])
    data = {"dispatch": dispatch.pk, "how": "development", "at_0": day, "at_1": clock, "text": "A step"}
    assert LIMITS in desk_client.post(add_to, data).text


@pytest.mark.parametrize("zone", ["Pacific/Kiritimati", "Etc/GMT+12", "Asia/Jerusalem", "UTC"])
@pytest.mark.parametrize("typed", [("1900-01-02", "00:00"), ("9000-12-31", "23:59:59")])
def test_the_bounds_themselves_are_taken_in_every_zone(desk_client, settings, zone, typed):
    settings.TIME_ZONE = zone
    dispatch = make_dispatch()
    answer = save(desk_client, dispatch, opened(desk_client, dispatch) | new_development(0, *typed))
    assert answer.status_code == 302, faults(answer)
    assert desk_client.get(address_of(dispatch)).status_code == 200
    assert "Edition" not in desk_client.get(reverse("admin:dispatches_dispatch_changelist")).text


@pytest.mark.parametrize(
    ("typed", "words"),
    [
        (("yesterday", "12:00"), "Enter the date like"),
        (("2026-06-25", "noon"), "Enter the time like"),
        (("2026-06-25", ""), "Enter both"),
        (("", "12:00"), "Enter both"),
        (("10000-01-01", "12:00"), "Enter the date like"),
        (("0000-01-01", "12:00"), "Enter the date like"),
        (("2026-06-25", "24:00"), "Enter the time like"),
        (("2026-06-25", "12:60"), "Enter the time like"),
        (("2026-06-25\0", "12:00"), "Enter the date like"),
    ],
)
def test_what_is_no_time_is_refused_in_words(typed, words):
    with pytest.raises(ValidationError, match=words):
        clean(*typed)


# In every zone


def test_every_time_that_the_desk_asks_for_is_asked_for_alike(editor):
    request = RequestFactory().get("/")
    request.user, request.resolver_match = editor, None
    asked: list[forms.Field] = []
    for model_admin in admin.site._registry.values():
        formsets = model_admin.get_formsets_with_inlines(request)
        each = [formset.form for formset, inline in formsets if inline.has_change_permission(request)]
        each.append(model_admin.get_form(request))
        asked += [field for form in each for field in form.base_fields.values()]
    asked += [*AddToForm.base_fields.values(), *ScheduleForm.base_fields.values()]
    times = [field for field in asked if isinstance(field, forms.DateTimeField | forms.SplitDateTimeField)]
    assert len(times) >= 4
    assert all(isinstance(field, DeskTimeField) for field in times)
