"""Settings as `startproject` creates them, with the templates of bench/peer.py."""

import os

from wire.settings import *  # noqa: F403
from wire.settings import INSTALLED_APPS as OURS

BASE = """<!doctype html><html lang="en"><head><meta charset="utf-8">
<title>{% block title %}The Wire{% endblock %}</title><link rel="stylesheet" href="/static/site.css"></head><body>
<header><a href="/list">The Wire</a><nav><ul>{% for each in sections %}
<li><a href="/sections/{{ each.slug }}">{{ each.name }}</a> {{ each.beat }}</li>{% endfor %}</ul></nav></header>
<main>{% block main %}{% endblock %}</main><footer>All times are local.</footer></body></html>"""
CARD = """<article><p>{{ each.section.name }} <time datetime="{{ each.published_at|date:'c' }}">
{{ each.published_at|date:'F j, H:i' }}</time></p><h2>
<a href="{% url 'article' each.slug %}">{{ each.headline }}</a></h2>
<p>{{ each.tldr }}</p><p class="signal">{{ each.get_rung_display }}</p></article>"""
LIST = """{% extends "base.html" %}{% block main %}<h1>The Wire</h1>{% for each in page_obj %}{% include "card.html" %}
{% endfor %}<p>Page {{ page_obj.number }} of {{ page_obj.paginator.num_pages }}
{% if page_obj.has_next %}<a href="?page={{ page_obj.next_page_number }}">Older</a>{% endif %}</p>{% endblock %}"""
ARTICLE = """{% extends "base.html" %}{% block title %}{{ object.headline }}{% endblock %}{% block main %}
<h1>{{ object.headline }}</h1><p>{{ object.byline }}, {{ object.published_at|date:'F j, Y, H:i' }},
{{ object.get_rung_display }}</p><p>{{ object.tldr }}</p>{{ object.body_html|safe }}
<ol>{% for step in object.public_developments %}<li>{{ step.at|date:'F j, H:i' }} {{ step.text }}</li>{% endfor %}</ol>
<ul>{% for line in object.public_ledger %}
<li><a href="{{ line.url }}">{{ line.source }}</a> {{ line.explanation }}</li>{% endfor %}</ul>
{% for each in related %}{% include "card.html" %}{% endfor %}{% endblock %}"""

ROOT_URLCONF = "bench.peer"
WSGI_APPLICATION = "bench.peer.application"
INSTALLED_APPS = [app for app in OURS if app not in {"csp", "django_htmx"}]
_COMMON = [
    "django.middleware.security.SecurityMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
]
MIDDLEWARE = (
    [
        "django.middleware.cache.UpdateCacheMiddleware",
        *_COMMON,
        "django.middleware.cache.FetchFromCacheMiddleware",
    ]
    if os.environ.get("BENCH_PEER_CACHE")
    else _COMMON
)
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ],
            "loaders": [
                (
                    "django.template.loaders.cached.Loader",
                    [
                        (
                            "django.template.loaders.locmem.Loader",
                            {"base.html": BASE, "card.html": CARD, "list.html": LIST, "article.html": ARTICLE},
                        )
                    ],
                )
            ],
        },
    },
]
