"""Writing in a browser: counters, preview, references by keyboard, clean paste, order, shortcuts."""

from html import escape

import pytest
from browsing import employ, log_in
from factories import develop, make_dispatch, publish
from playwright.sync_api import Page, expect

from dispatches.desk.prose import Reference, render
from dispatches.public.search.documents import plain_text

pytestmark = pytest.mark.django_db(transaction=True)

WORD = """<html><head><style>p.MsoNormal{margin:0}</style></head><body><!--StartFragment-->
<p class=MsoNormal><b>The port</b>&nbsp;is <i>closed</i>, <a href="https://example.org/a">they say</a>.<o:p></o:p></p>
<p class=MsoListParagraphCxSpFirst style='mso-list:l0'><span style='mso-list:Ignore'>·&nbsp;</span>One</p>
<p class=MsoListParagraphCxSpLast style='mso-list:l0'><span style='mso-list:Ignore'>·&nbsp;</span>Two</p></body>"""
DOCS = """<b style="font-weight:normal" id="docs-internal-guid-1"><p dir="ltr"><span style="font-weight:700">Bold</span>
<span style="font-style:italic">slanted</span></p><ul><li><p>One</p></li><ul><li><p>Nested</p></li></ul></ul>
<script>alert(1)</script><img src="https://example.org/pixel.gif"></b>"""


@pytest.fixture
def page(open_page) -> Page:
    dispatch = make_dispatch(headline="The port", body="")
    for text in ("First", "Second", "Third"):
        develop(dispatch, text)
    employ("Editor")
    return log_in(open_page(f"/desk/dispatches/dispatch/{dispatch.pk}/change/"), "Editor")


def dispatch_paste(page: Page, html: str, text: str) -> None:
    """Paste into the focused element."""
    page.evaluate(
        """([html, text]) => {
            const data = new DataTransfer();
            if (html) data.setData("text/html", html);
            data.setData("text/plain", text);
            const event = new ClipboardEvent("paste", { clipboardData: data, bubbles: true, cancelable: true });
            // What the browser does where no script takes it.
            if (document.activeElement.dispatchEvent(event)) document.execCommand("insertText", false, text);
        }""",
        [html, text],
    )


def paste(page: Page, html: str, text: str = "plain", into: str = "Body:") -> str:
    field = page.get_by_label(into, exact=True)
    field.focus()
    dispatch_paste(page, html, text)
    return field.input_value()


def save(page: Page) -> None:
    page.keyboard.press("Control+s")
    expect(page.locator(".messagelist")).to_contain_text("was changed successfully")
    page.wait_for_load_state()


def test_counters_follow(page):
    page.get_by_label("Headline:").fill("שלום")
    expect(page.locator("#id_headline_count")).to_have_text("4 of 140")
    assert page.get_by_label("Headline:").get_attribute("dir") == "auto"
    page.get_by_label("Headline:").fill("x" * 141)
    expect(page.locator("#id_headline_count")).to_have_class("desk-length desk-over")


def test_the_body_is_seen_beside_the_text(page):
    publish(headline="Yesterday's strike", slug="strike")
    body = page.get_by_label("Body:", exact=True)
    body.fill("It is **closed**, [[str")
    body.press("End")
    body.press_sequentially("i")
    expect(page.get_by_role("option", name="Yesterday's strike")).to_be_visible()
    body.press("Enter")
    expect(body).to_have_value("It is **closed**, [[strike]]")
    page.keyboard.press("Alt+Shift+P")
    pane = page.get_by_label("The body as readers will see it")
    expect(pane.locator("strong")).to_have_text("closed")
    body.press_sequentially(" *now*")
    expect(pane.locator("em")).to_have_text("now")


def test_what_is_pasted_is_made_clean(page):
    assert paste(page, WORD) == "**The port** is *closed*, [they say](https://example.org/a).\n\n- One\n- Two"
    page.get_by_label("Body:").fill("")
    text = paste(page, DOCS)
    assert "**Bold**" in text
    assert "*slanted*" in text
    assert "- One\n   - Nested" in text
    assert "alert" not in text
    assert "pixel" not in text


# Plain text that Markdown would interpret.
TYPED = [
    *("# x", "1. x", "1) x", "- x", "+ x", "* x", "> x", "---", "===", "***", "~~~", "[x]: y", "`x` ```"),
    *("*x* _x_ **x** a*b*c", "[x](y) ![x](y) [[x]]", "&amp; R&D <https://x.example> <b>", r"C:\dir \* style=x"),
]

# What is pasted, and the lines that readers get: no cells, rows or blocks are joined.
PASTED = [
    ("<table><tr><td>12</td><td>34</td></tr><tr><td>56</td><td>78</td></tr></table>", ["12 | 34", "56 | 78"]),
    # Excel
    (
        """<html xmlns:x="urn:x"><head><style>td{color:red}</style></head><body><table border=0 width=128>
        <!--StartFragment--><col width=64 span=2><tr height=20><td height=20 class=xl65 x:num>12</td>
        <td x:num="34.5">34.5</td></tr><!--EndFragment--></table></body></html>""",
        ["12 | 34.5"],
    ),
    # Google Sheets
    (
        """<google-sheets-html-origin><style>td {border: 0}</style><table><colgroup><col width="100"/></colgroup><tbody>
        <tr><td style="overflow:hidden;padding:2px" data-sheets-value="x">12</td><td>34</td></tr></tbody></table>""",
        ["12 | 34"],
    ),
    # Word
    (
        """<table class=MsoTableGrid><tr style='mso-yfti-irow:0'><td><p class=MsoNormal><b>City</b><o:p></o:p></p></td>
        <td><p class=MsoNormal>12<o:p></o:p></p><p class=MsoNormal>34<o:p></o:p></p></td></tr></table>""",
        ["City | 12; 34"],
    ),
    # Web pages
    (
        """<table><caption>Dead</caption><thead><tr><th>City<th colspan=2>Of 100</thead>
        <tr><td rowspan=2>North<td>12<td>34<tr><td>56<td><tfoot><tr><td colspan=3>All</table>""",
        ["Dead", "City | Of 100", "North | 12 | 34", "| 56", "All"],
    ),
    (
        "<table><tr><td>1</td><td><table><tr><td>2</td><td>3</td></tr></table></td><td>4</td></tr></table>",
        ["1", "2 | 3", "4"],
    ),
    ("<table><tr><td>Menu<td><h2>Head</h2><p>12<p>34</table>", ["Menu", "Head", "12", "34"]),
    ("1<td>2</td><td>3</td>4", ["1", "2 | 3", "4"]),
    ("<li>1<li>2", ["1", "2"]),
    ("<dl><dt>1<dd>2<dd>3</dl>4", ["1", "2", "3", "4"]),
    (
        """<main><section>1</section>2<figure>3<figcaption>4</figcaption></figure><div>5</div><p>6<address>7</address>
        </main><div style="display:flex"><span style="display:inline-block">8</span>
        <span style="display:block">9</span></div>""",
        ["1", "2", "3", "4", "5", "6", "7", "8", "9"],
    ),
    ("12<br>34<br><br>56<hr>78", ["12", "34", "56", "78"]),
    ("<pre>1  2\n3<br>4\n</pre>", ["1 2", "3", "4"]),
    ("<ol start=3><li>1<li>2<li value=7>3</ol><ol><li>4<ul><li>5<li><p>6<p>7</ul></ol>", list("1234567")),
    (
        (
            "10<sup>3</sup> m<sup>2</sup> 10<sup>-6</sup> 12<del>13</del><ins>14</ins> "
            "5<math><mfrac><mn>1</mn><mn>2</mn></mfrac></math>"
        ),
        ["10³ m² 10⁻⁶ 12 13 14 5 1/2"],
    ),
    # Word splits this number into runs; it stays one.
    ("<span>12</span><span style='color:red'>34</span> <b>5</b><b>6</b>", ["1234 56"]),
    # Typed
    ("".join(f"<p>{escape(line)}</p>" for line in TYPED), TYPED),
    ("".join(f"<li>{escape(line)}" for line in TYPED), TYPED),
    ("".join(f"<h2>{escape(line)} #</h2>" for line in TYPED), [f"{line} #" for line in TYPED]),
    (f"<p>{'<br>'.join(map(escape, TYPED))}", TYPED),
    (f"<table><tr><td>{'<td>'.join(map(escape, TYPED))}</table>", [" | ".join(TYPED)]),
]


def test_no_figure_is_lost_or_joined_to_another_by_pasting(page):
    for html, lines in PASTED:
        page.get_by_label("Body:", exact=True).fill("")
        rendered = render(paste(page, html), lambda name: Reference(0, "a dispatch"))
        assert plain_text(rendered.html).splitlines() == lines, html


def test_what_needs_no_escape_gets_none_and_the_spaces_of_figures_stay(page):
    figures = "<p>1&nbsp;234 1&#8239;234 1&thinsp;234, 12 \u221234, Wirt&shy;schaft"
    assert paste(page, figures) == "1\u00a0234 1\u202f234 1\u2009234, 12 \u221234, Wirtschaft"
    page.get_by_label("Body:", exact=True).fill("")
    text = r"2 * 3 * 4, snake_case, R&D [sic] #1 a-b 1.5 <b>; C:\dir"
    assert paste(page, f"<p>{escape(text)}</p>") == text


def test_lists_keep_their_numbers(page):
    text = paste(page, "<ol start=3><li>a<li>b<li value=9>c</ol><ol><li>d</ol>")
    assert text == "3. a\n4. b\n\n9) c\n\n1. d"
    page.get_by_label("Body:", exact=True).fill("")
    word = """<p class=MsoListParagraph style='mso-list:l0 level{} lfo1'><span style='mso-list:Ignore'>{}</span>x</p>"""
    bullets = ((1, "2."), (1, "3."), (2, "·"), (1, "4."), (1, "b)"))
    assert paste(page, "".join(word.format(*each) for each in bullets)) == "2. x\n3. x\n   - x\n4. x\n\n- b) x"


def test_blocks_are_pasted_into_a_text_as_blocks(page):
    body = page.get_by_label("Body:", exact=True)
    body.fill("Before after")
    body.evaluate("(field) => field.setSelectionRange(6, 6)")
    assert paste(page, "<table><tr><td>12<td>34</table>") == "Before\n\n- 12 | 34\n\n after"
    body.fill("12")
    assert paste(page, "<b>now</b>") == "12**now**"


# Plain text, and the lines that readers get.
PLAIN = [
    *((f"{line}", [line]) for line in TYPED),
    ("\n\n".join(TYPED), TYPED),
    ("Dead\nHaifa\t12\t34\r\n1. Acre\t\t56\nend", ["Dead", "Haifa | 12 | 34", "1. Acre | | 56", "end"]),
    ("12\n34\n\n  # x\n    56", ["12", "34", "# x 56"]),
]


def test_plain_text_means_itself(page):
    body = page.get_by_label("Body:", exact=True)
    for text, lines in PLAIN:
        body.fill("")
        rendered = render(paste(page, "", text), lambda name: Reference(0, "a dispatch"))
        assert plain_text(rendered.html).splitlines() == lines, text


def test_markdown_is_pasted_as_such_on_demand_and_from_the_body(page):
    body = page.get_by_label("Body:", exact=True)
    body.fill("")
    # Not pressed: that would paste what another test has copied.
    body.dispatch_event("keydown", {"key": "V", "ctrlKey": True, "shiftKey": True})
    assert paste(page, "", "## Dead\n\n*12*\t34") == "## Dead\n\n- \\*12\\* | 34"
    body.fill("**now**")
    body.press("Control+a")
    copied = page.evaluate(
        """() => {
            const data = new DataTransfer();
            const event = new ClipboardEvent("cut", { clipboardData: data, bubbles: true, cancelable: true });
            document.activeElement.dispatchEvent(event);
            return [data.getData("text/plain"), data.getData("text/markdown"), document.activeElement.value];
        }"""
    )
    assert copied == ["**now**", "**now**", ""]


def test_a_line_is_pasted_as_one_and_joins_no_figures(page):
    lines = [
        ("Two  lines\r\nof a text\n", "Two lines of a text"),
        ("12\t34\n56\t78\n", "12 | 34; 56 | 78"),
        ("12\n34", "12; 34"),
        ("12\x0b34", "12; 34"),
        ("*x* # y", "*x* # y"),
    ]
    for into in ("Headline:", "TL;DR:"):
        for text, line in lines:
            page.get_by_label(into, exact=True).fill("")
            assert paste(page, "<p>other", text, into) == line
    page.get_by_role("button", name="Edit: First").click()
    page.get_by_label("Text", exact=True).first.fill("")
    page.get_by_label("Text", exact=True).first.focus()
    dispatch_paste(page, "", "12\t34")
    expect(page.get_by_label("Text", exact=True).first).to_have_value("12 | 34")


def test_marks_are_set_by_keys_and_taken_back(page):
    body = page.get_by_label("Body:")
    body.fill("closed")
    body.select_text()
    body.press("Control+b")
    expect(body).to_have_value("**closed**")
    body.press("Control+z")
    expect(body).to_have_value("closed")


def texts_of(page) -> list[str]:
    return [each.text_content() or "" for each in page.locator("#developments-group .desk-row-text bdi").all()]


def test_rows_are_moved_by_keys_and_stay_so(page):
    before = texts_of(page)
    page.locator("#developments-group .desk-handle").last.press("ArrowUp")
    page.locator("#developments-group .desk-edit").nth(1).focus()
    page.keyboard.press("Alt+ArrowUp")
    save(page)
    assert texts_of(page) == [before[2], before[0], before[1]]


def test_rows_are_moved_by_dragging(page):
    before = texts_of(page)
    rows = page.locator("#developments-group .desk-row")
    rows.nth(2).scroll_into_view_if_needed()
    rows.nth(2).locator(".desk-handle").hover()
    page.mouse.down()
    box = rows.nth(0).bounding_box()
    page.mouse.move(box["x"] + 60, box["y"] + box["height"] / 2, steps=8)
    page.mouse.up()
    assert texts_of(page) == [before[2], before[0], before[1]]


def test_the_sheet_of_shortcuts_opens_and_closes(page):
    page.locator(".desk-more > summary").focus()
    page.keyboard.press("?")
    expect(page.get_by_role("dialog", name="Keyboard shortcuts")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.get_by_role("dialog")).to_have_count(0)
    page.get_by_label("Headline:").press("End")
    page.keyboard.type("?")
    expect(page.get_by_label("Headline:")).to_have_value("The port?")
