"""Examples of every kind of public address. A kind without an example fails a test."""

from collections.abc import Iterator
from urllib.parse import urlencode

from django.urls import URLPattern, get_resolver, reverse

from dispatches.public.models import Edition, Section
from wire.documents.addresses import absolute
from wire.documents.sitemaps import read_parts
from wire.times import format_time


def public_names() -> set[str]:
    """Return the names of all public addresses."""
    return {pattern.name for pattern in get_resolver().url_patterns if isinstance(pattern, URLPattern)}


def public_addresses() -> dict[str, list[str]]:
    """Return addresses by name. Each answers 200, or 410 for a withdrawn dispatch."""
    addresses: dict[str, list[str]] = {name: [] for name in public_names()}
    for name, address in _all():
        addresses[name].append(address)
    return addresses


def pages(most_dispatches: int | None = None) -> list[str]:
    """Return the addresses of HTML pages, errors included, with at most this many dispatches."""
    names = ("top-stories", "wire", "year", "month", "day", "section", "story", "search", "corrections", "signal")
    addresses = public_addresses()
    found = [address for name in (*names, "following") for address in addresses[name]]
    for name in ("dispatch", "embed", "history"):
        # Those that show the most come first.
        found += addresses[name][:most_dispatches]
    return [*found, "/no/such/page/"]


def _all() -> Iterator[tuple[str, str]]:
    editions = list(Edition.objects.live().order_by("-number", "-development_count", "publication"))
    for name in ("top-stories", "wire", "corrections", "signal", "following", "items", "healthz", "readyz", "robots"):
        yield name, reverse(name)
    for name in ("security", "favicon", "touch-icon", "manifest", "sitemap-index", "sitemap-pages", "news-sitemap"):
        yield name, reverse(name)
    yield from (("sitemap", reverse("sitemap", args=[part])) for part in read_parts()[:1])
    yield "new", f"{reverse('new')}?after=0_0"
    for query in ("?signal=strong", "?signal=disputed", f"?section={Section.objects.first().slug}&signal=developing"):
        yield "wire", reverse("wire") + query
        yield "items", reverse("items") + query
    for query in ("", "?q=haifa", "?q=haifa&signal=strong&order=newest", "?q=qqqqqqq", "?q=lihgt+rail"):
        yield "search", reverse("search") + query
    for kind in ("atom", "rss", "json"):
        yield "wire-feed", reverse("wire-feed", args=[kind])
        yield "corrections-feed", reverse("corrections-feed", args=[kind])
        for rung in ("developing", "strong", "confirmed"):
            yield "signal-feed", reverse("signal-feed", args=[rung, kind])
    for section in Section.objects.all():
        yield "section", section.get_absolute_url()
        yield "section", f"{section.get_absolute_url()}?signal=developing"
        yield "section-feed", reverse("section-feed", args=[section.slug, "atom"])
    for slug in sorted({edition.story for edition in editions if edition.story and not edition.is_withdrawn}):
        yield "story", reverse("story", args=[slug])
        yield "story-feed", reverse("story-feed", args=[slug, "rss"])
    for dated in sorted({edition.dated for edition in editions})[-2:]:
        yield "day", reverse("day", args=[dated])
        yield "month", reverse("month", args=[dated.replace(day=1)])
        yield "year", reverse("year", args=[dated.year])
    for edition in editions:
        address = [edition.dated, edition.slug]
        for name in ("dispatch", "history", "ninjs", "signal-ledger", "embed"):
            yield name, reverse(name, args=address)
        yield "newer", f"{reverse('newer', args=address)}?edition=0"
        if edition.is_withdrawn:
            continue
        yield "oembed", f"{reverse('oembed')}?{urlencode({'url': absolute(edition.get_absolute_url())})}"
        yield "card", reverse("card", args=[*address, edition.number])
        for earlier in edition.history[:-1]:
            if not earlier.is_withdrawn:
                yield "dispatch", f"{reverse('dispatch', args=address)}?at={format_time(earlier.live_at)}"
                yield "history", f"{reverse('history', args=address)}?from={earlier.number}&to={edition.number}"
