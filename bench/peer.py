"""The same wire as a plain Django site: generic views, the ORM, templates, Django's own middleware.

It reads the same editions. With BENCH_PEER_CACHE=1 it runs behind Django's per-site cache in local memory.
"""

import os
from typing import Any

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "bench.peer_settings")

from django.core.wsgi import get_wsgi_application

application = get_wsgi_application()

from django.db.models import QuerySet  # noqa: E402
from django.urls import path  # noqa: E402
from django.views.generic import DetailView, ListView  # noqa: E402

from dispatches.public.models import Edition, Section  # noqa: E402


class Sections:
    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return super().get_context_data(sections=Section.objects.all(), **kwargs)  # type: ignore[misc]


class Wire(Sections, ListView):
    paginate_by = 20
    template_name = "list.html"

    def get_queryset(self) -> QuerySet:
        return Edition.objects.live().select_related("section").order_by("-published_at")


class Article(Sections, DetailView):
    template_name = "article.html"

    def get_queryset(self) -> QuerySet:
        return Edition.objects.live().select_related("section")

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        others = self.get_queryset().filter(section=self.object.section).exclude(pk=self.object.pk)
        return super().get_context_data(related=others.order_by("-published_at")[:5], **kwargs)


urlpatterns = [path("list", Wire.as_view()), path("article/<slug:slug>", Article.as_view(), name="article")]
