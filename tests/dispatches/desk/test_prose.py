import re
from html import unescape

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dispatches.desk.prose import Reference, escape_markdown, render
from dispatches.public.bidi import is_rtl, isolate


def html(markdown, **known):
    return render(markdown, lambda name: known.get(name.replace("-", "_"))).html


@pytest.mark.parametrize(
    "hostile",
    [
        "<script>alert(1)</script>",
        "[x](javascript:alert(1))",
        '<img src=x onerror="alert(1)">',
        "[x](data:text/html;base64,PHNjcmlwdD4=)",
        "<cite data-publication='1'>as we reported</cite>",
        '[a](https://x.example/"onmouseover="alert(1))',
        "![x](https://tracker.example/pixel.png)",
    ],
)
def test_what_an_editor_pastes_can_do_no_harm(hostile):
    result = html(hostile)
    for forbidden in ("<script", "<img", "<cite", 'href="javascript:', 'href="data:', ' onmouseover="'):
        assert forbidden not in result


def test_headings_begin_below_the_page_s_own():
    assert html("# One\n\n#### Two") == "<h3>One</h3>\n<h4>Two</h4>"


def test_links_leak_no_referrer():
    assert html("[x](https://x.example/)") == '<p><a href="https://x.example/" rel="noopener noreferrer">x</a></p>'


def test_a_reference_becomes_its_phrase_and_is_told():
    prose = render("It was closed, [[a-slug]].", {"a-slug": Reference(7, "as The Zioneer reported on June 14")}.get)
    assert prose.html == '<p>It was closed, <cite data-publication="7">as The Zioneer reported on June 14</cite>.</p>'
    assert prose.references == (7,)


@pytest.mark.parametrize("before", ["", "It closed. ", "It said: ", "“", "First paragraph.\n\n"])
def test_a_reference_that_begins_a_sentence_has_a_capital(before):
    assert ">As we reported</cite>, it" in html(f"{before}[[x]], it opened.", x=Reference(7, "as we reported"))


def test_what_no_dispatch_answers_to_is_told_and_not_shown():
    prose = render("It was closed [[no-such]].", lambda name: None)
    assert prose.unresolved == ("no-such",)
    assert "no-such" not in prose.html


def test_single_brackets_and_unfinished_references_stay_text():
    assert html("[x] and [[x") == "<p>[x] and [[x</p>"


def test_a_site_name_with_special_characters_is_escaped():
    assert "as A &amp; B reported" in html("See [[x]].", x=Reference(7, "as A & B reported"))


def test_a_hebrew_quotation_has_its_direction_and_language():
    result = html("> אנחנו לא יודעים, אמר 12.\n\nHe said so.")
    assert '<blockquote dir="rtl" lang="he">\n<p dir="rtl" lang="he">אנחנו' in result
    assert "<p>He said so.</p>" in result
    assert "bdi" not in result


def test_a_translation_inside_an_arabic_quotation_reads_from_left_to_right():
    result = html("> لا نعرف بعد\n>\n> We do not know yet")
    assert '<p dir="rtl" lang="ar">' in result
    assert '<p dir="ltr" lang="en">We do' in result


def test_hebrew_inside_an_english_sentence_is_set_apart_with_its_number():
    assert html("The text “תיקון מס׳ 12 (הוראת שעה)” passed.") == (
        '<p>The text “<bdi dir="rtl" lang="he">תיקון מס׳ 12 (הוראת שעה)</bdi>” passed.</p>'
    )


def test_right_to_left_text_is_escaped_too():
    assert isolate("א<b>ב") == '<bdi dir="rtl" lang="he">א</bdi>&lt;b&gt;<bdi dir="rtl" lang="he">ב</bdi>'


def test_direction_follows_the_first_and_most_of_the_letters():
    assert is_rtl("“שלום” world שלום עולם")
    assert not is_rtl("A שלום שלום עולם")
    assert not is_rtl("He said שלום")
    assert not is_rtl("1948")


@pytest.mark.parametrize(
    "text",
    [
        "[[x]]، أُغلق الميناء.",
        "أُغلق الميناء [[x]].",
        "[Reuters](https://reuters.example/a) قال إن الميناء مغلق.",
        "https://reuters.example/a-long-address أُغلق.",
        "`Harbour control` أُغلق.",
        "[الميناء](https://reuters.example/a-long-address)",
        "35 سفينة تنتظر.",
    ],
)
@pytest.mark.parametrize(("mark", "tag"), [("", "p"), ("- ", "li"), ("> ", "blockquote"), ("## ", "h3")])
def test_a_reference_link_or_number_does_not_turn_a_block_around(text, mark, tag):
    assert f'<{tag} dir="rtl" lang="ar">' in html(mark + text, x=Reference(7, "as The Zioneer reported on June 14"))


def test_an_arabic_link_does_not_turn_english_around():
    assert html("[الميناء](https://a.example) is the name of the port").startswith("<p><a")


def test_each_reference_is_looked_up_once_however_often_it_stands():
    asked = []
    render("[[a]] " * 1000 + "[[b]]", lambda name: asked.append(name))
    assert asked == ["a", "b"]


@pytest.mark.parametrize("hostile", ["[" * 30_000, "[[" * 15_000, "[[a" * 10_000, "א(" * 15_000, "> " * 3_000])
def test_a_text_of_brackets_is_only_a_text(hostile):
    assert render(hostile, lambda name: None).references == ()


def test_english_before_hebrew_in_one_quotation_reads_from_left_to_right():
    result = html("> He said:\n>\n> אנחנו לא יודעים")
    assert result.startswith("<blockquote>\n<p>He said")
    assert '<p dir="rtl" lang="he">' in result


# Input that Markdown would interpret.
TYPED = [
    "#",
    "##",
    "*",
    "**",
    "_",
    "__",
    "`",
    "```",
    "~~~",
    "[",
    "]",
    "](x)",
    "[[x]]",
    "[x]:",
    "<https://x.example>",
    ">",
    "&amp;",
]
TYPED += [
    "-",
    "--",
    "---",
    "===",
    "+",
    "1.",
    "2)",
    "\\",
    "!",
    "|",
    "x",
    "12",
    "34",
    "אב",
    " ",
    " ",
    "    ",
    "\n",
    "\n\n",
    "\t",
]


@given(st.lists(st.sampled_from(TYPED), min_size=1, max_size=12).map("".join))
def test_plain_text_made_markdown_means_what_it_says(text):
    rendered = unescape(re.sub(r"<[^>]*>", "", html(escape_markdown(text))))
    assert rendered.split() == text.replace("\t", " | ").split() or "\t" in text
    assert "".join(rendered.replace("|", "").split()) == "".join(text.replace("|", "").split())


def test_lines_and_cells_of_plain_text_stay_apart():
    assert html(escape_markdown("12\n34\n\n1. Haifa\t12\t\n2. Acre\t34")) == (
        "<p>12<br>\n34</p>\n<p>1. Haifa | 12<br>\n2. Acre | 34</p>"
    )
