"""The public account of a Signal: page, chart, data, history and record agree."""

import json
import re
import subprocess
import sys
from datetime import timedelta
from html import unescape

import jsonschema
import pytest
from django.core.management import CommandError, call_command
from django.urls import reverse
from django.utils import timezone
from factories import DESK, cite, dispatch_of, make_dispatch, make_report, make_source, publish

from dispatches import desk
from dispatches.models import Dispatch
from dispatches.public.examples import work_examples
from dispatches.public.models import Edition, SignalTally
from dispatches.public.panel import Panel, panel_of
from dispatches.public.record import RecordLine, _minutes, read_record
from dispatches.public.steps import signal_since, signal_steps
from dispatches.signal.recompute import recompute
from dispatches.signal.rules import Rung
from sources.models import Owner
from wire.settings import BASE_DIR
from wire.templatetags.charts import span
from wire.views.charts import draw_steps

pytestmark = pytest.mark.django_db

SCHEMA = json.loads((BASE_DIR / "static" / "wire" / "signal.schema.json").read_text())
HOUR = timedelta(hours=1)


def address_of(edition) -> str:
    return edition.get_absolute_url().rstrip("/") + ".signal.json"


def ledger_of(client, edition) -> dict:
    return client.get(address_of(edition)).json()


@pytest.fixture
def worlds():
    """A dispatch for each way in which a Signal can be computed."""
    agency = make_report(make_source(grade="A"))
    record = make_report(make_source(kind="record", grade="A"), basis="first")
    disputed = make_dispatch(agency, make_report())
    desk.cite(dispatch=disputed, report=make_report(), stance="contradicts", actor=DESK)
    held = make_dispatch(agency, make_report(), hold=Rung.DEVELOPING, hold_reason="It wavers.")
    return [
        publish(agency),
        publish(agency, make_report(basis="relay", relays=agency)),
        publish(agency, make_report(make_source(is_confidential=True), basis="relay", relays=agency)),
        publish(make_report(basis="unknown"), make_report(basis="unknown")),
        publish(agency, make_report()),
        publish(record, agency),
        publish(agency, make_report(), make_report(make_source(grade="F")), make_report(make_source(grade="F"))),
        publish(
            agency, make_report(basis="relay", credits=make_source(grade="E")), make_report(make_source(grade="D"))
        ),
        desk.publish(dispatch=disputed, actor=DESK),
        desk.publish(dispatch=held, actor=DESK),
    ]


def test_the_data_keeps_to_its_schema_and_gives_the_rating(client, worlds):
    jsonschema.Draft202012Validator.check_schema(SCHEMA)
    for edition in worlds:
        ledger = ledger_of(client, edition)
        jsonschema.validate(ledger, SCHEMA, format_checker=jsonschema.FormatChecker())
        assert recompute(ledger) == []
        assert (ledger["signal"]["rung"], ledger["signal"]["origins"]) == (edition.signal.word, edition.origins)


def test_page_and_data_say_the_same(client, worlds):
    for edition in worlds:
        page = client.get(edition.get_absolute_url()).text
        ledger = ledger_of(client, edition)
        assert_panel_says(page, panel_of(edition), ledger["signal"]["rung"], ledger["signal"]["origins"])
        for report in ledger["reports"]:
            assert report["explanation"] in page


def assert_panel_says(page: str, panel: Panel, rung: str, origins: int) -> None:
    """Check that a page shows this panel, and that it is of this rating."""
    assert panel.title.split(",")[0] == rung
    assert panel.count.startswith(f"{origins} independent origin")
    assert f"Signal: </span>{rung}" in page
    for words in (panel.count, panel.sentence):
        assert words in unescape(re.sub("<[^>]+>", "", page))


@pytest.mark.parametrize("count", [1, 2])
def test_context_is_counted_as_no_report_on_the_claim(client, desk_client, count):
    dispatch = make_dispatch(make_report(), make_report())
    desk.cite(dispatch=dispatch, report=make_report(), stance="contradicts", resolution="It was withdrawn.", actor=DESK)
    for _ in range(count):
        desk.cite(dispatch=dispatch, report=make_report(), stance="context", actor=DESK)
    publish_form = reverse("admin:dispatches_dispatch_publish", args=[dispatch.pk])
    assert "3 reports on the headline, 2 independent origins." in desk_client.get(publish_form).text
    edition = desk.publish(dispatch=dispatch, actor=DESK)
    page = client.get(edition.get_absolute_url()).text
    assert '<p class="panel-count">2 independent origins</p>' in page
    assert len(panel_of(edition).background) == count
    assert page.count("Background, not evidence") == 1
    form = reverse("admin:dispatches_dispatch_change", args=[dispatch.pk])
    assert panel_of(edition).sentence in unescape(desk_client.get(form).text)


def test_the_worked_examples_of_the_schema_keep_to_it_and_agree():
    for example in SCHEMA["examples"]:
        jsonschema.validate(example, SCHEMA, format_checker=jsonschema.FormatChecker())
        assert recompute(example) == []


def test_the_data_has_ids_of_its_own_and_the_edges_between_them(client):
    owner = Owner.objects.create(name="Carmel Holdings")
    agency = make_report(make_source(name="The Agency"))
    copy = make_report(make_source(name="The Copy"), basis="relay", relays=agency)
    credited = make_report(make_source(name="The Radio"), basis="relay", credits=make_source(name="The Herald"))
    sisters = [make_report(make_source(name=name, owner=owner)) for name in ("The Daily", "The Weekly")]
    secret = make_report(make_source(is_confidential=True, owner=owner), basis="relay", relays=copy)
    dispatch = make_dispatch(copy, agency, credited, *sisters, secret)
    step = dispatch.developments.create(text="A step", at=dispatch.created_at)
    cite(dispatch, agency, development=step)
    ledger = ledger_of(client, desk.publish(dispatch=dispatch, actor=DESK))
    assert ledger["groups"] == [{"id": "g1", "owner": "Carmel Holdings"}]
    assert [(each["id"], each["name"], each["group"]) for each in ledger["sources"]] == [
        ("s1", "The Copy", None),
        ("s2", "The Agency", None),
        ("s3", "The Radio", None),
        ("s4", "The Herald", None),
        ("s5", "The Daily", "g1"),
        ("s6", "The Weekly", "g1"),
    ]
    assert [(each["id"], each["source"], each["basis"], each["relays"], each["why"]) for each in ledger["reports"]] == [
        ("r1", "s1", "relay", "r2", "relays"),
        ("r2", "s2", "own", None, None),
        ("r3", "s3", "relay", "s4", None),
        ("r4", "s5", "own", None, None),
        ("r5", "s6", "own", None, "same-owner"),
        ("r6", None, None, None, "no-new-origin"),
    ]
    (development,) = ledger["developments"]
    assert [(each["id"], each["source"]) for each in development["reports"]] == [("r7", "s7")]
    assert (development["rung"], development["origins"]) == ("Developing", 1)


def test_relays_that_are_called_origins_do_not_agree(client):
    agency = make_report()
    ledger = ledger_of(client, publish(agency, *(make_report(basis="relay", relays=agency) for _ in range(2))))
    for number, report in enumerate(ledger["reports"], 1):
        report |= {"origin": number, "why": None}
    ledger["signal"] |= {"rung": "Confirmed", "origins": 3}
    ledger |= {"reliability": {"origins": 2, "has_record": False}, "upgrades": []}
    names = [report["name"] for report in ledger["reports"][1:]]
    assert recompute(ledger) == [
        *(
            f"The headline: r{number} ({name}) is published as “Independent origin {number}.” "
            "Its edges make it “It relays a source that is already counted. (Origin 1.)”"
            for number, name in enumerate(names, 2)
        ),
        "The headline: it states 3 independent origins, but its reports add 1.",
        "The headline: it states Confirmed, but its origins make it Developing.",
    ]


def test_the_command_recomputes_offline_with_neither_database_nor_django(client, tmp_path):
    file = tmp_path / "dispatch.signal.json"
    file.write_bytes(client.get(address_of(publish(make_report(), make_report()))).content)
    code = (
        "import sys\n"
        "class NoDjango:\n"
        "    def find_spec(self, name, path=None, target=None):\n"
        "        if name.split('.')[0] == 'django':\n"
        "            raise ImportError('there is no Django here')\n"
        "sys.meta_path.insert(0, NoDjango())\n"
        "import runpy\n"
        "sys.argv = ['dispatches.signal', sys.argv[1]]\n"
        "runpy.run_module('dispatches.signal', run_name='__main__')\n"
    )
    # Isolated from the environment: with the standard library only, and no Django even if it were there.
    command = [sys.executable, "-S", "-E", "-c", code, file]
    done = subprocess.run(command, cwd=BASE_DIR, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (0, "agrees: Strong from 2 independent origins\n"), done.stderr


def test_a_withdrawn_dispatch_s_data_says_so_and_nothing_else(client):
    edition = publish(make_report(make_source(name="The Outlet")))
    desk.withdraw(dispatch=dispatch_of(edition), actor=DESK, note="It was wrong.")
    response = client.get(address_of(edition))
    assert response.status_code == 410
    assert response.json()["signal"]["is_withdrawn"]
    assert "The Outlet" not in response.text
    jsonschema.validate(response.json(), SCHEMA)


def test_data_and_history_move_with_the_slug(client):
    edition = publish(slug="old-slug")
    Dispatch.objects.filter(pk=dispatch_of(edition).pk).update(slug="new-slug")
    desk.update(dispatch=dispatch_of(edition), actor=DESK)
    for address in (address_of(edition), edition.get_absolute_url() + "history/"):
        response = client.get(address)
        assert response.status_code == 301
        assert response["Location"] == address.replace("old-slug", "new-slug")


def test_history_tells_each_step_of_the_signal_and_its_cause(client):
    now = timezone.now()
    first = make_report(accepted_at=now - 9 * HOUR)
    edition = publish(first, at=now - 8 * HOUR)
    desk.update(dispatch=dispatch_of(edition), actor=DESK, at=now - 7 * HOUR, note="A typo.")
    second = make_report(accepted_at=now - 6 * HOUR)
    desk.cite(dispatch=dispatch_of(edition), report=second, actor=DESK)
    desk.retract_report(report=second, actor=DESK)
    current = Edition.objects.live().get()
    assert [(step.rung, step.cause) for step in signal_steps(current)] == [
        (Rung.DEVELOPING, ""),
        (Rung.STRONG, "The desk changed its citations."),
        (Rung.DEVELOPING, "A source retracted its report."),
    ]
    assert signal_since(current) == current.live_at
    page = client.get(current.get_absolute_url() + "history/").text
    for words in (
        "at first publication",
        "Strong, from 2 independent origins. The desk changed",
        "Developing, from 1 independent origin. A source",
        "A typo.",
    ):
        assert words in page
    assert page.count("<b>Signal changed</b>") == 2


def test_a_history_costs_the_same_queries_however_long_it_is(client, django_assert_num_queries):
    edition = publish()
    for count in (1, 12):
        for _ in range(count):
            desk.update(dispatch=dispatch_of(edition), actor=DESK)
        # Two for the state; the address, the edition, its history, the menu's sections.
        with django_assert_num_queries(5):
            client.get(edition.get_absolute_url() + "history/")


def test_a_step_that_came_with_an_edition_says_so():
    edition = publish()
    with desk.publication_lock():
        dispatch_of(edition).citations.create(report=make_report(), position=9)
    later = desk.correct(dispatch=dispatch_of(edition), actor=DESK, note="It was 40.")
    assert [step.cause for step in signal_steps(later)] == ["", "With a correction."]


def test_a_signal_dates_from_its_change_and_not_from_the_last_typo():
    now = timezone.now()
    edition = publish(make_report(accepted_at=now - 9 * HOUR), at=now - 8 * HOUR)
    later = desk.update(dispatch=dispatch_of(edition), actor=DESK)
    assert signal_since(later) == edition.live_at


def test_history_never_shows_what_was_called_off_or_is_still_to_come(client):
    coming = desk.schedule(dispatch=make_dispatch(), actor=DESK, at=timezone.now() + HOUR)
    assert client.get(coming.get_absolute_url() + "history/").status_code == 404
    assert client.get(address_of(coming)).status_code == 404
    desk.cancel_schedule(dispatch=dispatch_of(coming), actor=DESK)
    desk.publish(dispatch=dispatch_of(coming), actor=DESK)
    assert len(Edition.objects.live().get().history) == 1


def test_steps_of_one_moment_are_drawn_too():
    edition = publish()
    assert draw_steps(signal_steps(edition)).line.startswith("M")


def test_the_record_counts_what_became_of_each(django_assert_num_queries):
    now = timezone.now()
    rising = publish(make_report(accepted_at=now - 9 * HOUR), at=now - 8 * HOUR)
    desk.cite(dispatch=dispatch_of(rising), report=make_report(accepted_at=now - 7 * HOUR), actor=DESK)
    desk.update(dispatch=dispatch_of(rising), actor=DESK)
    corrected = publish()
    desk.correct(dispatch=dispatch_of(corrected), actor=DESK, note="It was wrong.")
    withdrawn = publish()
    desk.withdraw(dispatch=dispatch_of(withdrawn), actor=DESK, note="It was wrong.")
    reports = make_report(), make_report()
    publish(*reports)
    desk.retract_report(report=reports[0], actor=DESK)
    desk.schedule(dispatch=make_dispatch(), actor=DESK, at=now + HOUR)
    # The cached counts; two queries for what changed since, and two for its earlier state.
    with django_assert_num_queries(5):
        confirmed, strong, developing = read_record()
    assert (confirmed.issued, strong.issued, developing.issued) == (0, 1, 3)
    assert (developing.rose, developing.fell, developing.corrected, developing.withdrawn) == (1, 0, 1, 1)
    assert (strong.rose, strong.fell) == (0, 1)
    assert developing.time_to_rise is not None
    assert 8 * HOUR <= developing.time_to_rise < 9 * HOUR
    assert confirmed.time_to_rise is None


def test_the_record_is_counted_on_from_what_was_kept(time_machine):
    time_machine.move_to(timezone.now(), tick=False)
    rising = publish(at=timezone.now())
    for _ in range(4):
        time_machine.shift(1.1 * HOUR)
        publish(at=timezone.now())
    # Except the last one, which is recent.
    assert SignalTally.objects.get().counts["1 issued"] == 4
    # Later changes count for dispatches already counted.
    time_machine.shift(0.6 * HOUR)
    desk.cite(dispatch=dispatch_of(rising), report=make_report(accepted_at=timezone.now()), actor=DESK)
    time_machine.shift(3 * HOUR)
    publish(at=timezone.now())
    assert SignalTally.objects.get().counts["1 rose after 300"] == 1
    assert read_record()[2] == RecordLine(Rung.DEVELOPING, 6, 1, 0, 0, 0, 0, 5 * HOUR)
    # Backdated editions were not counted, so everything is counted again.
    publish(at=timezone.now() - 100 * HOUR)
    assert not SignalTally.objects.exists()
    assert read_record()[2] == RecordLine(Rung.DEVELOPING, 7, 1, 0, 0, 0, 0, 5 * HOUR)
    time_machine.shift(HOUR)
    publish(at=timezone.now())
    assert SignalTally.objects.get().counts["1 issued"] == 7


@pytest.mark.parametrize(("minutes", "told"), [(0.5, 0), (90, 90), (24 * 60 - 1, 1439), (25 * 60 + 59, 25 * 60)])
def test_times_to_rise_are_counted_as_exactly_as_they_are_told(minutes, told):
    assert _minutes(timedelta(minutes=minutes)) == told


def test_the_method_s_page_has_the_engine_s_own_words_examples_and_record(client):
    page = client.get("/signal/").text
    for example in work_examples():
        assert example.title in page
        assert_panel_says(page, panel_of(example), example.signal.word, example.origins)
    assert [example.signal for example in work_examples()] == [
        Rung.CONFIRMED,
        Rung.DEVELOPING,
        Rung.DEVELOPING,
        Rung.STRONG,
        Rung.STRONG,
        Rung.CONFIRMED,
        Rung.DEVELOPING,
    ]
    for words in ("It does not establish truth", "The record", "python -m dispatches.signal FILE.json"):
        assert words in page


@pytest.mark.parametrize(
    ("length", "words"),
    [(None, "–"), (timedelta(minutes=5), "5 min"), (3.5 * HOUR, "3 h 30 min"), (timedelta(days=2, hours=5), "2 d 5 h")],
)
def test_spans_of_time_read_well(length, words):
    assert span(length) == words


def test_check_signals_finds_what_somebody_changed_behind_the_desk_s_back_and_rerate_mends_it(capsys):
    reports = make_report(), make_report()
    edition = publish(*reports)
    call_command("check_signals")
    assert "1 checked" in capsys.readouterr().out
    type(reports[0]).objects.filter(pk=reports[0].pk).update(basis="unknown")
    with pytest.raises(CommandError, match="1 of 1 differ"):
        call_command("check_signals")
    assert edition.get_absolute_url() in capsys.readouterr().out
    call_command("rerate")
    assert "Editions issued: 1" in capsys.readouterr().out
    assert Edition.objects.live().get().cause == "rules"
    call_command("check_signals")
    call_command("rerate")
    assert "Editions issued: 0" in capsys.readouterr().out


def test_rerate_can_be_stopped_and_goes_on(monkeypatch, capsys):
    from dispatches.management.commands import rerate

    monkeypatch.setattr(rerate, "BATCH", 2)
    dispatches = [dispatch_of(publish()) for _ in range(5)]
    batches = []

    def stop_after_one(*, dispatch_ids, actor):
        if batches:
            raise KeyboardInterrupt
        batches.append(dispatch_ids)
        return 0

    monkeypatch.setattr(rerate.desk, "rerate", stop_after_one)
    with pytest.raises(SystemExit):
        call_command("rerate")
    assert f"--after {dispatches[1].pk}" in capsys.readouterr().err
    monkeypatch.undo()
    call_command("rerate", after=dispatches[1].pk)
    assert "Done" in capsys.readouterr().out
