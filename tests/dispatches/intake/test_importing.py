"""Imports: every line is validated, refusals give reasons, and nothing is imported twice."""

import gzip
import json
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext
from factories import make_section, make_source, publish

from dispatches import desk
from dispatches.history import revisions
from dispatches.intake.importing import Importer
from dispatches.intake.lines import read_line
from dispatches.models import Dispatch, Story
from dispatches.public.models import Edition, Section
from sources.models import Feed, Holding, Owner, Proposal, Report, Source

pytestmark = pytest.mark.django_db

LINE = {
    "date": "2021-03-04",
    "category": "Economy",
    "topic_path": ["Trade", "Port of Haifa"],
    "text": "The port of Haifa is closed. Ships [wait] in the *bay*.",
    "sources": [
        {"name": "The Agency", "url": "https://agency.example/1", "basis": "own"},
        {"name": "The Paper", "url": "https://paper.example/1", "basis": "own"},
    ],
    "entities": [{"name": "Haifa"}],
}


@pytest.fixture
def section():
    return make_section(name="The Ledger", slug="ledger", beat="Economy")


@pytest.fixture
def run(tmp_path, section):
    def run(*lines, **options) -> tuple[str, str]:
        path = tmp_path / "file.jsonl"
        # What is no UTF-8 is given as lone surrogates.
        path.write_text(
            "\n".join(line if isinstance(line, str) else json.dumps(line) for line in lines), errors="surrogateescape"
        )
        return call("import_dispatches", path, **options)

    return run


def call(command, *arguments, **options) -> tuple[str, str]:
    """Return a command's output, and its refusals."""
    out, err = StringIO(), StringIO()
    try:
        call_command(command, *arguments, stdout=out, stderr=err, **options)
    except CommandError as error:
        err.write(str(error))
    return out.getvalue(), err.getvalue()


@pytest.mark.parametrize("name", ["text", "headline"])
def test_plain_text_of_a_file_is_no_markdown(run, section, name):
    words = "1. [[Ships]] wait &amp; R&D"
    assert "1 new" in run({**LINE, "text": None, name: words})[0]
    assert Dispatch.objects.get().body == r"1\. \[\[Ships\]\] wait \&amp; R&D"


def test_a_line_becomes_a_draft_with_pending_reports(run, section):
    said, refused = run(LINE)
    assert "1 new drafts; 0 known already; 0 refused." in said
    assert refused == ""
    dispatch = Dispatch.objects.get()
    assert (dispatch.headline, dispatch.slug) == ("The port of Haifa is closed", "the-port-of-haifa-is-closed")
    assert (dispatch.section, dispatch.story.name, dispatch.tldr) == (section, "Port of Haifa", LINE["text"])
    assert dispatch.body == r"The port of Haifa is closed. Ships \[wait\] in the \*bay\*."
    cited = [citation.report for citation in dispatch.citations.order_by("position")]
    assert [report.source.name for report in cited] == ["The Agency", "The Paper"]
    assert {report.review for report in cited} == {"pending"}
    assert all(source.is_confidential for source in Source.objects.all())
    assert not Edition.objects.exists()
    # These are the file's words, not the sources', so they are not copies of each other.
    assert not Proposal.objects.exists()


def test_running_it_again_makes_nothing_twice(run):
    run(LINE)
    said, _ = run(LINE, LINE, LINE | {"id": "7"}, LINE | {"id": "7", "text": "Told otherwise."})
    assert "1 new drafts; 3 known already" in said
    assert (Dispatch.objects.count(), Report.objects.count()) == (2, 2)


def lines_of(number: int, **fields) -> list[dict]:
    """Return lines of as many dispatches, each with two sources of its own address, and every tenth known."""
    return [
        LINE
        | {
            "id": str(each),
            "text": f"Text {each}.",
            "sources": [
                {"name": f"Source {each % 7}", "url": f"https://one.example/{each}"},
                {"name": "AP via CBC News", "url": f"https://cbc.example/{each - (each % 10 == 9)}"},
            ],
        }
        | fields
        for each in range(number)
    ]


def read(lines) -> list:
    return [read_line(json.dumps(line)) for line in lines]


def test_many_lines_are_imported_with_few_queries(section):
    importer = Importer(actor=desk.IMPORTER, section=section)
    with CaptureQueriesContext(connection) as queries:
        importer.take_in_batch(read(lines_of(60)))
    assert Dispatch.objects.count() == 60
    assert len(queries) <= 60 * 3
    # None is new.
    with CaptureQueriesContext(connection) as queries:
        importer.take_in_batch(read(lines_of(60)))
    assert len(queries) < 20


def test_a_batch_gives_what_its_lines_give_one_by_one(section):
    two = [{"name": "Source 1", "text": "A text " * 20}, {"name": "Dawn (AP, AFP)"}]
    entries = read([*lines_of(12), LINE | {"sources": two}])

    def made() -> list:
        reports = Report.objects.values_list("source__name", "title", "url", "basis", "credits__name", "item_key")
        cited = Dispatch.objects.values_list("headline", "story__name", "citations__report__url", "citations__position")
        sources = Source.objects.values_list("name", "kind", "aliases", "is_confidential")
        return [sorted(map(str, rows)) for rows in (reports, cited, sources)]

    with transaction.atomic():
        for entry in entries:
            Importer(actor=desk.IMPORTER, section=section).take_in(entry)
        singly = made()
        transaction.set_rollback(True)
    with transaction.atomic():
        Importer(actor=desk.IMPORTER, section=section).take_in_batch(entries)
    assert made() == singly
    # The tenth line's second source said what the ninth's did.
    assert Report.objects.filter(source__name="CBC News").count() == 11


def test_the_first_revision_is_what_is_stored(section):
    Importer(actor=desk.IMPORTER, section=section).take_in_batch(read([LINE]))
    for obj in (Dispatch.objects.get(), Source.objects.first(), Story.objects.get()):
        revision = revisions.of(obj).get()
        assert (revision.how, revision.content) == ("Imported", revisions.read_content(obj))
        assert revision.digest == revisions.digest_of(revision.content)


def test_an_import_that_was_killed_continues(run, section):
    Importer(actor=desk.IMPORTER, section=section).take_in_batch(read(lines_of(5)))
    assert "3 new drafts; 5 known already" in run(*lines_of(8))[0]


def test_at_its_end_it_says_what_came_of_it_and_what_more_needs(run):
    for name in ("One", "Two"):
        make_source(name=name, grade="A")
    said, _ = run(
        LINE | {"id": "1", "sources": [{"name": "One", "basis": "own"}, {"name": "Two", "basis": "own"}]},
        LINE | {"id": "2", "sources": [{"name": "One", "url": "https://one.example/2"}]},
        LINE | {"id": "3", "sources": [{"name": "X", "basis": "own"}, {"name": "Y", "basis": "own"}]},
    )
    assert "these rest: 2 on 1 origin, 1 on 2 origins." in said
    assert "1 citation adds no origin, because how the report knows is unknown" in said
    assert "all 2 ungraded sources of these dispatches count as one" in said


def test_a_basis_is_what_sources_without_one_are_taken_for(run):
    sources = [{"name": "One"}, {"name": "Two", "basis": "first"}, {"name": "AP via Three"}]
    run(LINE | {"sources": sources}, basis="own")
    assert dict(Report.objects.values_list("source__name", "basis")) == {"One": "own", "Two": "first", "Three": "relay"}


def test_with_publish_it_is_public_as_of_its_date(run, editor):
    said, refused = run(LINE, publish=True, login=editor.username, named=True)
    assert "1 new, published" in said, refused
    edition = Edition.objects.live().get()
    assert edition.get_absolute_url() == "/wire/2021/03/04/the-port-of-haifa-is-closed/"
    assert edition.origins == 1  # both are ungraded
    assert {line.source for line in edition.public_ledger} == {"The Agency", "The Paper"}
    assert edition.desk_window_at == edition.published_at


def test_lines_of_one_batch_that_cite_one_report_are_published_as_of_its_review(run, editor):
    sources = [{"name": "The Agency", "url": "https://agency.example/1", "basis": "own"}]
    days = ("12", "11")
    lines = [LINE | {"headline": f"Of {day}", "date": f"2021-03-{day}", "sources": sources} for day in days]
    said, refused = run(*lines, publish=True, login=editor.username)
    assert "2 new, published" in said, refused
    # The report is accepted as of the 12th, so both dispatches are dated the 12th.
    assert {str(edition.dated) for edition in Edition.objects.live()} == {"2021-03-12"}
    assert Report.objects.get().reviewed_at == Edition.objects.live().first().published_at


def test_what_is_published_later_changes_what_cites_the_same_report(run, editor):
    make_source(name="AP/AFP", grade="A")
    make_source(name="Paper", grade="A")
    sources = [{"name": "Paper", "basis": "own"}, {"name": "AP/AFP", "url": "https://x.example/1", "basis": "own"}]
    run(LINE | {"sources": sources}, publish=True, login=editor.username)
    assert Edition.objects.live().get().origins == 1


def test_two_of_one_day_with_one_headline_have_two_addresses(run, editor):
    run(LINE | {"id": "1"}, LINE | {"id": "2"}, publish=True, login=editor.username)
    slugs = sorted(edition.slug for edition in Edition.objects.live())
    assert slugs == ["the-port-of-haifa-is-closed", "the-port-of-haifa-is-closed-2"]


def test_what_was_expunged_is_not_imported_again(run, editor):
    line = LINE | {"id": "the-name"}
    run(line, publish=True, login=editor.username)
    desk.expunge(dispatch=Dispatch.objects.get(), actor=editor, note="By order of a court.")
    run(line, publish=True, login=editor.username)
    assert Dispatch.objects.count() == 1
    # Another line with its headline is another dispatch, at another address.
    run(line | {"id": "another"}, publish=True, login=editor.username)
    assert Dispatch.objects.exclude(expunged_at=None).get().external_id != "the-name"
    assert Dispatch.objects.get(external_id="another").slug == "the-port-of-haifa-is-closed-2"
    assert {report.title for report in Report.objects.all()} == {"Expunged"}


def test_what_can_t_be_published_stays_a_draft_and_is_told(run, editor):
    make_source(name="The Agency", grade="E")
    line = LINE | {"sources": LINE["sources"][:1]}
    said, reasons = run(line, publish=True, login=editor.username)
    assert "Could not be published, so left as drafts: 1." in said
    assert "line 1 is a draft: Cite at least one report" in reasons
    assert Dispatch.objects.exists()
    assert not Edition.objects.exists()


REFUSED = {
    "no JSON": ("{", "not valid JSON"),
    "no object": ("[]", "not a JSON object"),
    "nothing said": (LINE | {"text": " \x00"}, "Add a “headline”"),
    "nothing but what is removed": (LINE | {"text": "\u202e\ufffe"}, "Add a “headline”"),
    "no date": (LINE | {"date": "yesterday"}, "Add a “date”"),
    "a date to come": (LINE | {"date": "2999-01-01"}, "not in the future"),
    "no source": (LINE | {"sources": []}, "at least one entry to “sources”"),
    "a source without a name": (LINE | {"sources": [{"url": "https://x.example"}]}, "Source 1 has no “name”"),
    "a source that is none": (LINE | {"sources": ["Reuters"]}, "Source 1 has no “name”"),
    "no address": (LINE | {"sources": [{"name": "A", "url": "javascript:alert(1)"}]}, "invalid “url”"),
    "no basis": (LINE | {"sources": [{"name": "A", "basis": "gossip"}]}, "unknown “basis”"),
    "no kind": (LINE | {"sources": [{"name": "A", "kind": "rumour"}]}, "unknown “kind”"),
    "a long name": (LINE | {"sources": [{"name": "A" * 201}]}, "more than 200 characters"),
    "a number": (LINE | {"text": 7}, "“text” is not a string"),
    "no number": ('{"text": NaN, "date": "2021-03-04", "sources": [{"name": "A"}]}', "“text” is not a string"),
    "an infinite number": ('{"text": 1e999, "date": "2021-03-04", "sources": []}', "“text” is not a string"),
    "a number as date": (LINE | {"date": 20210304}, "Add a “date”"),
    "a deep line": ("[" * 100_000, "not valid JSON"),
    "only half a character": ('{"headline": "\\ud83d", "date": "2021-03-04"}', "Add a “headline”"),
    "bytes that are no UTF-8": ('{"text": "caf\udce9", "date": "2021-03-04"}', "not UTF-8"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_a_line_is_refused_with_its_reason_and_the_others_come_in(run, name):
    line, reason = REFUSED[name]
    said, refused = run(LINE, line, LINE | {"id": "3"})
    assert "2 new drafts; 0 known already; 1 refused." in said
    assert "line 2: " in refused
    assert reason in refused
    assert "1 refused." in refused
    assert Source.objects.count() == 2


def test_what_is_refused_is_kept_to_be_mended(run, tmp_path):
    path = tmp_path / "refused.jsonl"
    run(LINE, LINE | {"date": "never"}, refused=path)
    (kept,) = [json.loads(line) for line in path.read_text().splitlines()]
    assert kept["line"] == 2
    assert json.loads(kept["content"])["date"] == "never"


def test_a_dry_run_keeps_nothing(run):
    said, refused = run(LINE, "{", dry_run=True)
    assert "1 would be new" in said
    assert "not valid JSON" in refused
    assert not Dispatch.objects.exists()
    assert not Source.objects.exists()


def test_a_section_that_is_not_here_is_told(run, section):
    other = make_section(slug="desk")
    said, _ = run(LINE | {"category": None}, LINE | {"id": "2", "category": "Sports"}, section="desk")
    assert "2 have no known section" in said
    assert set(Dispatch.objects.values_list("section", flat=True)) == {other.pk}
    assert Section.objects.count() == 2


def test_a_packed_file_is_read_and_what_is_no_file_is_told(tmp_path, section):
    path = tmp_path / "file.jsonl.gz"
    path.write_bytes(gzip.compress(json.dumps(LINE).encode()))
    assert "1 new drafts" in call("import_dispatches", path)[0]
    assert "can't be read" in call("import_dispatches", tmp_path / "nowhere")[1]


def test_only_who_may_publish_publishes(run, django_user_model):
    django_user_model.objects.create_user("reporter", is_staff=True)
    assert "--as LOGIN" in run(LINE, publish=True)[1]
    assert "lacks the permission" in run(LINE, publish=True, login="reporter")[1]
    assert "There is no user" in run(LINE, publish=True, login="nobody")[1]
    assert not Dispatch.objects.exists()


def test_a_source_s_own_words_are_looked_at(run):
    words = "JERUSALEM (Reuters) — The port was closed on Thursday after a crane had fallen on the eastern quay."
    run(LINE | {"sources": [{"name": "The Paper", "text": words}]})
    assert Proposal.objects.get().credits.name == "Reuters"


def table(tmp_path, text) -> str:
    path = tmp_path / "table.csv"
    path.write_text(text)
    return str(path)


def test_sources_come_from_a_table_with_owner_grade_and_feed(tmp_path):
    make_source(name="The Paper", aliases="Paper")
    path = table(
        tmp_path,
        "name,owner,grade,kind,aliases,feed,state\n"
        "The Paper,Holdings Inc,b,,TP|Paper,https://paper.example/rss,HI\n"
        "The Agency,Holdings Inc,A,agency,,,NY\n"
        ",Nobody,A,,,,\n"
        "The Tower,,Z,,,,\n"
        "The Paper,Others Ltd,b,,,,NY\n",
    )
    said, refused = call("import_sources", path)
    assert "New sources: 1; already known and updated: 1" in said
    assert "line 4: The row has no name." in refused
    assert "line 5: grade:" in refused
    assert "line 6: Line 2 has different data for “The Paper”" in refused
    paper, agency = Source.objects.get(name="The Paper"), Source.objects.get(name="The Agency")
    assert paper.owner == agency.owner == Owner.objects.get()
    assert (paper.grade, paper.names, agency.kind) == ("B", ["The Paper", "Paper", "TP"], "agency")
    assert Feed.objects.get().source == paper
    assert agency.is_confidential
    assert not Source.objects.filter(name="The Tower").exists()


def test_holdings_come_from_a_table_of_any_column_names_and_signals_follow(tmp_path):
    one, other = make_source(name="Canal Un"), make_source(name="Radio Deux")
    from factories import make_report

    edition = publish(make_report(one), make_report(other))
    assert edition.origins == 2
    path = table(
        tmp_path,
        "id\torigine\tqualificatif\tvaleur\tcible\n1\tGroupe\tégal à\t100.00%\tCanal Un\n"
        "2\tGroupe\tcontrôle\t\tRadio Deux\n3\tGroupe\tégal à\tbeaucoup\tX\n4\tGroupe\t\t150\tY\n"
        "5\tAutre\tcontrôle\t\tRadio Deux\n",
    )
    columns = ["holder=origine", "held=cible", "percent=valeur", "control=qualificatif"]
    said, refused = call("import_sources", path, holdings=True, column=columns)
    assert "New holdings: 2" in said
    assert "line 4: “beaucoup” is not a percentage." in refused
    assert "line 5: percent:" in refused
    assert "line 6: “Radio Deux” is already controlled by “Groupe”" in refused
    assert Holding.objects.count() == 2
    assert Edition.objects.live().get(publication=edition.publication_id).origins == 1


def test_half_a_character_is_left_out(run):
    line = (
        '{"id": "2", "date": "2021-03-04", "headline": "Cut \\ud83d", "text": "T", "sources": [{"name": "S\\ud83d"}]}'
    )
    assert "3 new drafts" in run(LINE | {"id": "1"}, line, LINE | {"id": "3"})[0]
    assert Dispatch.objects.filter(headline="Cut").exists()
    assert Source.objects.filter(name="S").exists()


@pytest.mark.parametrize(
    ("row", "why"),
    [
        (b"B\x00,B,,", ""),
        (b"caf\xe9,B,,", "not UTF-8"),
        (b'"' + b"x" * 200_000 + b'",B,,', "The row can't be read"),
        ("\u200b,B,,".encode(), "name"),
        (b"B,Z,,", "grade"),
        (b"B,B,nonsense,", "kind"),
        (b"B,B,,javascript:alert(1)", "address"),
        (b"x" * 300 + b",B,,", "name"),
    ],
)
def test_a_row_is_refused_in_words_and_the_others_come_in(tmp_path, row, why):
    path = tmp_path / "table.csv"
    path.write_bytes(b"name,grade,kind,feed\nFirst,B,,\n" + row + b"\nLast,C,,\n")
    _, refused = call("import_sources", path)
    assert set(Source.objects.values_list("name", flat=True)) >= {"First", "Last"}
    assert why in refused
    assert ("line 3: " in refused) == bool(why)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_a_table_of_a_spreadsheet_is_read(tmp_path, encoding):
    path = tmp_path / "table.csv"
    path.write_bytes("name;owner\r\nהעיתון;Łódź Media\r\n".encode(encoding))
    assert "New sources: 1" in call("import_sources", path)[0]
    assert Source.objects.get().owner.name == "Łódź Media"


@pytest.mark.parametrize("percent", ["NaN", "Infinity", "1e999", "-1", "101", "x", "٥٠x"])
def test_a_percentage_that_is_none_is_refused(tmp_path, percent):
    _, refused = call("import_sources", table(tmp_path, f"holder,held,percent\nA,B,{percent}\n"), holdings=True)
    assert "line 2: " in refused
    assert not Holding.objects.exists()


def test_a_list_of_feeds_in_another_encoding_is_read_or_refused(tmp_path):
    path = tmp_path / "feeds.opml"
    outline = '<opml><body><outline text="שלום" xmlUrl="https://heb.example/rss"/></body></opml>'
    path.write_bytes(outline.encode("cp1255"))
    assert "encoding" in call("import_feeds", path)[1]
    path.write_bytes(b'<?xml version="1.0" encoding="windows-1255"?>' + outline.encode("cp1255"))
    assert "New feeds: 1" in call("import_feeds", path)[0]
    assert Source.objects.get().name == "שלום"
    assert "already known: 1" in call("import_feeds", path)[0]


def test_a_damaged_archive_is_told(tmp_path, section):
    path = tmp_path / "lines.jsonl.gz"
    path.write_bytes(gzip.compress(json.dumps(LINE).encode() * 50)[:-20])
    assert "damaged or cut off" in call("import_dispatches", path)[1]


def test_a_table_without_a_needed_column_says_how_to_name_it(tmp_path):
    _, refused = call("import_sources", table(tmp_path, "outlet,owner\nA,B\n"))
    assert "There is no column “name”. Name it with --column name=…" in refused


OPML = """<opml><body><outline text="The Paper" xmlUrl="https://paper.example/rss?a=1&b=2"/>
<outline text="The Radio" xmlUrl="https://radio.example/rss"/><outline text="Bad" xmlUrl="feed:x"/></body></opml>"""


def test_a_list_of_feeds_gives_sources_with_feeds_once(tmp_path):
    paper = make_source(name="The Paper")
    path = tmp_path / "feeds.opml"
    path.write_text(OPML)
    said, refused = call("import_feeds", path)
    assert "New feeds: 2; already known: 0" in said
    assert "line 2: Its address can't be polled" in refused
    assert Feed.objects.get(source=paper).url == "https://paper.example/rss?a=1&b=2"
    assert Source.objects.get(name="The Radio").grade == "F"
    assert "New feeds: 0; already known: 2" in call("import_feeds", path)[0]
    assert "is not a list of feeds" in call("import_feeds", table(tmp_path, "name\nA\n"))[1]
