"""All addresses of the site."""

from django.conf import settings
from django.contrib import admin
from django.urls import URLPattern, URLResolver, include, path, register_converter

from wire.converters import DayConverter, MonthConverter, NumberConverter, WordsConverter, YearConverter
from wire.views import about, crawlers, dispatches, embeds, feeds, health, icons, lists, search

register_converter(YearConverter, "year")
register_converter(MonthConverter, "month")
register_converter(DayConverter, "day")
register_converter(NumberConverter, "number")
register_converter(WordsConverter, "words")

# Where the desk's addresses begin, and among them those for machines that push reports.
DESK, INTAKE = "desk/", "intake/"

urlpatterns: list[URLPattern | URLResolver] = [
    path("", lists.top_stories, name="top-stories"),
    path("wire/", lists.the_wire, name="wire"),
    path("wire/new/", lists.new, name="new"),
    path("wire/<year:year>/", lists.year, name="year"),
    path("wire/<month:month>/", lists.month, name="month"),
    path("wire/<day:dated>/", lists.day, name="day"),
    path("wire/<day:dated>/<words:slug>/", dispatches.dispatch, name="dispatch"),
    path("wire/<day:dated>/<words:slug>/newer/", dispatches.newer, name="newer"),
    path("wire/<day:dated>/<words:slug>/history/", dispatches.history, name="history"),
    path("wire/<day:dated>/<words:slug>/card-<number:number>.png", dispatches.card, name="card"),
    path("wire/<day:dated>/<words:slug>.json", dispatches.ninjs, name="ninjs"),
    path("wire/<day:dated>/<words:slug>.signal.json", dispatches.signal_ledger, name="signal-ledger"),
    path("wire/<day:dated>/<words:slug>/embed/", embeds.embed, name="embed"),
    path("oembed.json", embeds.oembed, name="oembed"),
    path("sections/<slug:slug>/", lists.section, name="section"),
    path("stories/<words:slug>/", lists.story, name="story"),
    path("search/", search.find, name="search"),
    path("corrections/", about.corrections, name="corrections"),
    path("signal/", about.signal, name="signal"),
    path("feeds/", feeds.following, name="following"),
    path("feeds/ninjs.json", feeds.items, name="items"),
    path("feeds/wire.<slug:kind>", feeds.wire_feed, name="wire-feed"),
    path("feeds/corrections.<slug:kind>", feeds.corrections_feed, name="corrections-feed"),
    path("feeds/sections/<slug:slug>.<slug:kind>", feeds.section_feed, name="section-feed"),
    path("feeds/stories/<words:slug>.<slug:kind>", feeds.story_feed, name="story-feed"),
    path("feeds/signal/<slug:rung>.<slug:kind>", feeds.signal_feed, name="signal-feed"),
    path("sitemap.xml", crawlers.sitemap_index, name="sitemap-index"),
    path("sitemaps/pages.xml", crawlers.sitemap_pages, name="sitemap-pages"),
    path("sitemaps/<number:part>.xml", crawlers.sitemap, name="sitemap"),
    path("news-sitemap.xml", crawlers.news_sitemap, name="news-sitemap"),
    path("robots.txt", crawlers.robots, name="robots"),
    path(".well-known/security.txt", crawlers.security, name="security"),
    path("favicon.ico", icons.favicon, name="favicon"),
    path("apple-touch-icon.png", icons.touch_icon, name="touch-icon"),
    path("site.webmanifest", icons.manifest, name="manifest"),
    path("healthz", health.healthz, name="healthz"),
    path("readyz", health.readyz, name="readyz"),
]

if settings.WIRE_SURFACE != "public":
    urlpatterns += [
        path(DESK + INTAKE, include("dispatches.intake.urls")),
        path(DESK + "passkeys/", include("dispatches.login.passkeys")),
        path(DESK, admin.site.urls),
    ]

handler400 = "wire.views.errors.bad_request"
handler403 = "wire.views.errors.forbidden"
handler404 = "wire.views.errors.not_found"
handler500 = "wire.views.errors.server_error"
