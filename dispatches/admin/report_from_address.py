"""File a report from a URL: fetch the page, extract its text, and open the form."""

from typing import Any
from urllib.parse import urlencode

from django import forms
from django.contrib import admin, messages
from django.contrib.admin.widgets import AdminURLFieldWidget
from django.contrib.auth.models import User
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString

from dispatches import desk
from dispatches.admin.citing import WORDS
from dispatches.admin.editors import editor_of
from dispatches.admin.own_choices import OwnAutocompleteSelect, as_id, limit_to_own_lists
from dispatches.intake.polling import new_fetcher
from dispatches.models import Dispatch
from sources.intake.articles import HAS_EXTRACTOR, read_article
from sources.intake.fetching import Fetcher, FetchError, Limits
from sources.intake.items import Item
from sources.intake.sandbox import Sandbox, Unreadable
from sources.models import Report, Source
from sources.text import is_web_address

# Short, because an editor waits.
LIMITS = Limits(seconds=15, seconds_of_silence=8)
ACCEPT = "text/html, application/xhtml+xml, text/plain;q=0.8, */*;q=0.1"


class AddressForm(forms.Form):
    url = forms.URLField(label="Address", max_length=1000, assume_scheme="https", widget=AdminURLFieldWidget)
    source = forms.ModelChoiceField(Source.objects.none(), help_text="The source. Type part of its name.")

    def __init__(self, editor: User, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        source: Any = self.fields["source"]
        source.queryset = Source.objects.visible_to(editor)
        source.widget = OwnAutocompleteSelect(Report._meta.get_field("source"), admin.site)
        source.widget.choices = source.choices

    def clean_url(self) -> str:
        url = self.cleaned_data["url"]
        if not is_web_address(url):
            raise forms.ValidationError("Enter an address that starts with https:// or http://.")
        return url


def take_in_address(request: HttpRequest) -> HttpResponse:
    """Ask for a URL and its source, fetch it, file a pending report, and open that report."""
    if not request.user.has_perm("sources.add_report"):
        raise PermissionDenied
    editor = editor_of(request)
    sent = request.POST if request.method == "POST" else None
    form = AddressForm(editor, sent, initial={"url": request.GET.get("url", "").replace("\0", "")})
    limit_to_own_lists(form, request, admin.site)
    if form.is_valid():
        try:
            item = fetch_article(form.cleaned_data["url"])
        except (FetchError, Unreadable) as error:
            form.add_error("url", f"{error} You can file the report by hand and paste the text.")
        else:
            return _file(request, form.cleaned_data["source"], item, form.cleaned_data["url"])
    context = admin.site.each_context(request) | {
        "title": "File a report from a web address",
        "form": form,
        "opts": Report._meta,
        "has_extractor": HAS_EXTRACTOR,
        "by_hand": reverse("admin:sources_report_add"),
    }
    return render(request, "admin/sources/report/address.html", context)


def fetch_article(url: str) -> Item:
    """Fetch the article at a URL. Raises FetchError or Unreadable, with a message for the desk."""
    fetcher = new_fetcher()
    fetched = Fetcher(fetcher.user_agent, fetcher.allowed, LIMITS).fetch(url, accept=ACCEPT)
    with Sandbox() as sandbox:
        return sandbox.call(read_article, fetched.body, fetched.url, fetched.headers.get("content-type", ""))


def _news_of(report: Report) -> str:
    if report.newer_version:
        return "the page now differs from the accepted text; both are shown above the form"
    return "its text was updated"


def _citing(request: HttpRequest, url: str) -> SafeString:
    """Return a link to the dispatch for which the report was filed, where it is found; empty if there is none."""
    wanted = as_id(request.GET.get("dispatch", ""))
    dispatch = Dispatch.objects.visible_to(editor_of(request)).filter(pk=wanted).first() if wanted else None
    if dispatch is None:
        return SafeString()
    form = reverse("admin:dispatches_dispatch_change", args=[dispatch.pk])
    address = f"{form}?{urlencode({WORDS: url})}#citations-group"
    return format_html(' <a href="{}">Cite it in “<bdi>{}</bdi>”</a>', address, dispatch.headline)


def _file(request: HttpRequest, source: Source, item: Item, url: str) -> HttpResponse:
    received = desk.receive(source=source, items=[item], actor=editor_of(request))
    report = (*received.new, *received.changed, *received.known)[0]
    if received.new and item.text:
        level, words = messages.SUCCESS, "Filed. Check the text, and how the source knows."
    elif received.new:
        level, words = messages.WARNING, "Filed with its title only. Paste the text so that copies can be found."
    elif report.expunged_at:
        level, words = messages.WARNING, "The text of this report was deleted by an order. It is not taken in again."
    else:
        news = _news_of(report) if received.changed else "nothing has changed"
        level, words = messages.INFO, f"The desk already has this report; {news}."
    messages.add_message(request, level, format_html("{}{}", words, _citing(request, report.url or url)))
    if request.user.has_perm("sources.view_report"):
        return redirect("admin:sources_report_change", report.pk)
    return redirect("admin:index")
