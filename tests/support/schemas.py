"""The schemas that standards define for our documents, and checks against them."""

import json
from pathlib import Path

import jsonschema
from django.conf import settings
from justhtml import JustHTML

URI, MOMENT, TEXT = {"type": "string", "format": "uri"}, {"type": "string", "format": "date-time"}, {"type": "string"}


def some(required=(), **properties):
    """A list of objects with only these properties, as ninjs has them."""
    of = {"type": "object", "additionalProperties": False, "required": list(required), "properties": properties}
    return {"type": "array", "items": of}


# The part of IPTC's ninjs 3.1 that our items use, copied from the standard's schema: names, types, vocabularies, and
# that nothing else is allowed.
NINJS = {
    "type": "object",
    "required": ["uri"],
    "additionalProperties": False,
    "properties": {
        "uri": URI,
        "type": {
            "enum": ["text", "audio", "video", "picture", "graphic", "composite", "component", "event", "planning"]
        },
        "representationType": {"enum": ["full", "partial"]},
        "version": TEXT,
        "firstCreated": MOMENT,
        "versionCreated": MOMENT,
        "pubStatus": {"enum": ["usable", "withheld", "canceled"]},
        "copyrightHolder": TEXT,
        "edNote": TEXT,
        "language": TEXT,
        "by": TEXT,
        "slugline": TEXT,
        "descriptions": some(["value"], role=TEXT, contentType=TEXT, value=TEXT),
        "headlines": some(["value"], role=TEXT, contentType=TEXT, value=TEXT),
        "bodies": some(
            ["value"],
            role=TEXT,
            contentType=TEXT,
            value=TEXT,
            charCount={"type": "integer"},
            wordCount={"type": "integer"},
        ),
        "subjects": some(name=TEXT, rel=TEXT, uri=URI, literal=TEXT, creator=TEXT),
        "infoSources": some(name=TEXT, role=TEXT, uri=URI, literal=TEXT),
        "renditions": some(
            ["name"],
            name=TEXT,
            uri=URI,
            href=URI,
            contentType=TEXT,
            width={"type": "number"},
            height={"type": "number"},
        ),
        "altIds": some(role=TEXT, value=TEXT),
        "trustIndicators": some(role=URI, title=TEXT, href=URI),
        "standard": some(name=TEXT, version=TEXT, schema=URI)["items"],
    },
}
EXTENSION = json.loads((Path(settings.BASE_DIR) / "static/wire/ninjs.schema.json").read_text())


def check_item(item):
    plain = {name: value for name, value in item.items() if name != "signal"}
    jsonschema.validate(plain, NINJS, format_checker=jsonschema.FormatChecker())
    jsonschema.validate(item["signal"], EXTENSION["properties"]["signal"])
    assert item["standard"]["schema"].endswith("/static/wire/ninjs.schema.json")


def jsonld_of(client, edition):
    page = JustHTML(client.get(edition.get_absolute_url()).text, sanitize=False)
    return json.loads(page.query('script[type="application/ld+json"]')[0].to_text())


ORGANIZATION = {
    "type": "object",
    "required": ["@type", "name"],
    "properties": {"@type": {"enum": ["Organization", "NewsMediaOrganization"]}, "name": TEXT, "url": URI},
}
# The properties of https://schema.org/NewsArticle that we use, with their types.
NEWS_ARTICLE = {
    "type": "object",
    "required": ["@context", "@type", "headline", "image", "datePublished", "dateModified", "author", "publisher"],
    "additionalProperties": False,
    "properties": {
        "@context": {"const": "https://schema.org"},
        "@type": {"const": "NewsArticle"},
        "url": URI,
        "headline": {"type": "string", "maxLength": 140},
        "description": TEXT,
        "datePublished": MOMENT,
        "dateModified": MOMENT,
        "inLanguage": TEXT,
        "isAccessibleForFree": {"type": "boolean"},
        "version": {"type": "integer"},
        "articleSection": TEXT,
        "image": URI,
        "author": ORGANIZATION,
        "publisher": ORGANIZATION
        | {"required": ["name", "url", "correctionsPolicy", "verificationFactCheckingPolicy"]},
        "contentRating": {
            "type": "object",
            "required": ["@type", "ratingValue", "worstRating", "bestRating", "ratingExplanation"],
            "properties": {"@type": {"const": "Rating"}, "ratingValue": {"type": "integer"}},
        },
        "citation": {
            "type": "array",
            "minItems": 1,
            "items": {"type": "object", "properties": {"@type": {"const": "CreativeWork"}, "publisher": ORGANIZATION}},
        },
        "correction": {
            "type": "array",
            "minItems": 1,
            "items": {
                "type": "object",
                "required": ["@type", "text", "datePublished"],
                "properties": {"@type": {"const": "CorrectionComment"}, "text": TEXT, "datePublished": MOMENT},
            },
        },
    },
}

# Required by https://www.jsonfeed.org/version/1.1/
JSON_FEED = {
    "type": "object",
    "required": ["version", "title", "items"],
    "additionalProperties": False,
    "properties": {
        "version": {"const": "https://jsonfeed.org/version/1.1"},
        "title": {"type": "string", "minLength": 1},
        "home_page_url": {"type": "string", "format": "uri"},
        "feed_url": {"type": "string", "format": "uri"},
        "description": {"type": "string"},
        "language": {"type": "string"},
        "authors": {"$ref": "#/$defs/authors"},
        "hubs": {"type": "array", "items": {"type": "object", "required": ["type", "url"]}},
        "items": {
            "type": "array",
            "uniqueItems": True,
            "items": {
                "type": "object",
                "required": ["id", "content_html"],
                "additionalProperties": False,
                "properties": {
                    "id": {"type": "string", "minLength": 1},
                    "url": {"type": "string", "format": "uri"},
                    "title": {"type": "string"},
                    "summary": {"type": "string"},
                    "content_html": {"type": "string", "minLength": 1},
                    "image": {"type": "string", "format": "uri"},
                    "date_published": {"type": "string", "format": "date-time"},
                    "date_modified": {"type": "string", "format": "date-time"},
                    "authors": {"$ref": "#/$defs/authors"},
                    "language": {"type": "string"},
                    "tags": {"type": "array", "items": {"type": "string"}},
                },
            },
        },
    },
    "$defs": {
        "authors": {
            "type": "array",
            "minItems": 1,
            "items": {"type": "object", "properties": {"name": {"type": "string"}, "url": {"type": "string"}}},
        }
    },
}
