"""`manage.py digest_pages`: what readers get, as digests, to compare two installations."""

import hashlib
from argparse import ArgumentParser
from collections.abc import Iterator
from io import BytesIO
from typing import Any
from urllib.parse import unquote, urlsplit

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.templatetags.static import static
from django.urls import reverse

from dispatches.public.models import Edition, Section
from wire.cache.pagecache import Application
from wire.times import format_time

LISTS = ("top-stories", "wire", "corrections", "signal", "following", "items", "sitemap-index", "sitemap-pages")


class Command(BaseCommand):
    help = (
        "Print the status and a digest of the bytes that readers get at public addresses: the lists, the feeds, and a "
        "sample of dispatches, the newest and others at equal distances. Two installations with the same content and "
        "settings print the same; compare them with diff."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--dispatches", type=int, default=50, metavar="N", help="the size of the sample (50)")
        parser.add_argument("address", nargs="*", help="only these addresses, such as /wire/")

    def handle(self, *args: Any, dispatches: int, address: list[str], **options: Any) -> None:
        # It creates an application, which commands do not need otherwise.
        from wire.wsgi import create_application

        try:
            static("wire/wire.css")
        except ValueError as error:
            raise CommandError("Static files are missing. Run `manage.py collectstatic --noinput` first.") from error
        application = create_application()
        for each in address or addresses(dispatches):
            status, body = ask(application, each)
            self.stdout.write(f"{status} {hashlib.sha256(body).hexdigest()} {each}")


def addresses(dispatches: int) -> Iterator[str]:
    """Return addresses of every kind of page that does not depend on the clock, with a sample of dispatches."""
    yield from (reverse(name) for name in LISTS)
    yield from (reverse("wire-feed", args=[kind]) for kind in ("atom", "rss", "json"))
    for section in Section.objects.all():
        yield section.get_absolute_url()
        yield reverse("section-feed", args=[section.slug, "atom"])
    live = Edition.objects.live().order_by("-published_at", "-publication")
    step = max(live.count() // max(dispatches // 2, 1), 1)
    newest = list(live[: dispatches - dispatches // 2])
    for edition in {each.pk: each for each in (*newest, *live[::step][: dispatches // 2])}.values():
        address = [edition.dated, edition.slug]
        yield from (reverse(name, args=address) for name in ("dispatch", "history", "ninjs", "signal-ledger"))
        if edition.story:
            yield reverse("story", args=[edition.story])
        if not edition.is_withdrawn:
            yield reverse("card", args=[*address, edition.number])
            for earlier in edition.history[:-1]:
                yield f"{reverse('dispatch', args=address)}?at={format_time(earlier.live_at)}"


def ask(application: Application, address: str) -> tuple[int, bytes]:
    """Request a page from the application as a reader would. Returns the status and the body."""
    site, asked = urlsplit(settings.WIRE_SITE_URL), urlsplit(address)
    answered: list[str] = []
    chunks = application(
        {
            "REQUEST_METHOD": "GET",
            # WSGI passes the bytes of an address as characters (PEP 3333).
            "PATH_INFO": unquote(asked.path, "latin-1"),
            "QUERY_STRING": asked.query,
            "SCRIPT_NAME": "",
            "SERVER_NAME": site.hostname or "",
            "SERVER_PORT": str(site.port or (443 if site.scheme == "https" else 80)),
            "SERVER_PROTOCOL": "HTTP/1.1",
            "HTTP_HOST": site.netloc,
            "HTTP_X_FORWARDED_PROTO": site.scheme,
            "wsgi.url_scheme": site.scheme,
            "wsgi.input": BytesIO(),
        },
        lambda status, headers, exc_info=None: answered.append(status),
    )
    return int(answered[0].split()[0]), b"".join(chunks)
