"""Writing in a browser: counters, the preview, references by keys, clean paste, order, shortcuts."""

import pytest
from browsing import employ, log_in
from factories import cite, develop, make_dispatch, make_report, publish
from playwright.sync_api import Page, expect

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


def paste(page: Page, html: str) -> str:
    page.get_by_label("Body:").focus()
    page.evaluate(
        """(html) => {
            const data = new DataTransfer();
            data.setData("text/html", html);
            data.setData("text/plain", "plain");
            const event = new ClipboardEvent("paste", { clipboardData: data, bubbles: true, cancelable: true });
            document.activeElement.dispatchEvent(event);
        }""",
        html,
    )
    return page.get_by_label("Body:").input_value()


def save(page: Page) -> None:
    page.keyboard.press("Control+s")
    expect(page.locator(".messagelist")).to_contain_text("was changed successfully")
    page.wait_for_load_state()


def test_counters_follow(page):
    page.get_by_label("Headline:").fill("שלום")
    expect(page.locator("#id_headline_count")).to_have_text("4 of 140")
    assert page.get_by_label("Headline:").get_attribute("dir") == "auto"
    page.get_by_label("Headline:").fill("x" * 141)
    expect(page.locator("#id_headline_count")).to_have_class("desk-count desk-over")


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


def test_marks_are_set_by_keys_and_taken_back(page):
    body = page.get_by_label("Body:")
    body.fill("closed")
    body.select_text()
    body.press("Control+b")
    expect(body).to_have_value("**closed**")
    body.press("Control+z")
    expect(body).to_have_value("closed")


def test_rows_are_moved_by_keys_and_stay_so(page):
    order = page.locator("#developments-group tr.dynamic-developments [name$=-text]")
    before = [each.input_value() for each in order.all()]
    order.last.press("Alt+ArrowUp")
    page.keyboard.press("Alt+ArrowUp")
    save(page)
    assert [each.input_value() for each in order.all()] == [before[2], before[0], before[1]]


def test_rows_are_moved_by_dragging(page):
    rows = page.locator("#developments-group tr.dynamic-developments")
    texts = page.locator("#developments-group tr.dynamic-developments [name$=-text]")
    before = [each.input_value() for each in texts.all()]
    rows.nth(2).locator(".desk-handle").hover()
    page.mouse.down()
    box = rows.nth(0).bounding_box()
    page.mouse.move(box["x"] + 60, box["y"] + box["height"] / 2, steps=8)
    page.mouse.up()
    assert [each.input_value() for each in texts.all()] == [before[2], before[0], before[1]]


def test_a_citation_is_given_to_a_development_that_is_there(page):
    from dispatches.models import Dispatch

    cite(Dispatch.objects.get(headline="The port"), make_report())
    page.reload()
    select = page.locator("#id_citations-1-development")
    select.focus()
    select.select_option("Second")
    save(page)
    expect(select.locator("option:checked")).to_have_text("Second")


def test_the_sheet_of_shortcuts_opens_and_closes(page):
    page.get_by_role("button", name="Keyboard shortcuts").focus()
    page.keyboard.press("?")
    expect(page.get_by_role("dialog", name="Keyboard shortcuts")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.get_by_role("dialog")).to_have_count(0)
    page.get_by_label("Headline:").press("End")
    page.keyboard.type("?")
    expect(page.get_by_label("Headline:")).to_have_value("The port?")
