"""Take in the feeds of a list (OPML), and write one."""

from collections.abc import Iterable
from urllib.parse import urlsplit
from xml.etree import ElementTree

from django.core.exceptions import ValidationError

from dispatches import desk
from dispatches.intake.lines import Refused
from dispatches.intake.tables import add_feed
from sources.intake.opml import Subscription, is_usable
from sources.lineage.parties import find_composite, find_source
from sources.models import Feed, Source


def take_in_subscription(subscription: Subscription, *, actor: desk.Actor, names: bool) -> bool:
    """Add a feed to the source of its name; a missing source is added as an ungraded outlet.

    New sources are confidential unless `names` is True. Returns False if the feed is known. Raises Refused.
    """
    if not is_usable(subscription):
        raise Refused(["Its address can't be polled: it must begin with https:// or http://."])
    if Feed.objects.filter(url=subscription.url).exists():
        return False
    name = subscription.name or urlsplit(subscription.url).hostname or ""
    if composite := find_composite(name):
        name = composite.carrier
    source = find_source(name) or Source(name=name, kind=Source.Kind.OUTLET.value, is_confidential=not names)
    try:
        with desk.publication_lock():
            if source.pk is None:
                with desk.saving(source, actor=actor, how="Imported"):
                    source.full_clean()
                    source.save()
            return add_feed(source, subscription.url, actor)
    except ValidationError as error:
        raise Refused(error.messages) from error


def write_opml(feeds: Iterable[Feed], title: str) -> str:
    """Return a list of these feeds that this and other programs can import. Expects their sources selected."""
    root = ElementTree.Element("opml", version="2.0")
    ElementTree.SubElement(ElementTree.SubElement(root, "head"), "title").text = title
    body = ElementTree.SubElement(root, "body")
    for feed in feeds:
        named = {"text": feed.source.name, "title": feed.source.name, "type": "rss", "xmlUrl": feed.url}
        ElementTree.SubElement(body, "outline", named)
    ElementTree.indent(root)
    return ElementTree.tostring(root, encoding="unicode", xml_declaration=False)
