"""Every address of the site."""

from django.contrib import admin
from django.urls import path, register_converter

from wire import views
from wire.converters import DayConverter

register_converter(DayConverter, "day")

urlpatterns = [
    path("", views.top_stories, name="top-stories"),
    path("wire/", views.the_wire, name="wire"),
    path("wire/<day:dated>/<slug:slug>/", views.dispatch, name="dispatch"),
    path("wire/<day:dated>/<slug:slug>/history/", views.history, name="history"),
    path("wire/<day:dated>/<slug:slug>.signal.json", views.signal_ledger, name="signal-ledger"),
    path("sections/<slug:slug>/", views.section, name="section"),
    path("corrections/", views.corrections, name="corrections"),
    path("signal/", views.signal, name="signal"),
    path("healthz", views.healthz, name="healthz"),
    path("desk/", admin.site.urls),
]

handler400 = "wire.views.bad_request"
handler403 = "wire.views.forbidden"
handler404 = "wire.views.not_found"
handler500 = "wire.views.server_error"
