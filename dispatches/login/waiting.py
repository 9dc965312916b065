"""The page that asks someone who logs in to wait."""

from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render


def ask_to_wait(request: HttpRequest, *, status: int, title: str, text: str, seconds: int) -> HttpResponse:
    """Return a page with this status that says when to try again, also in its header Retry-After."""
    context = admin.site.each_context(request) | {"title": title, "text": text}
    response = render(request, "admin/wait.html", context, status=status)
    response["Retry-After"] = str(seconds)
    response["Cache-Control"] = "no-store"
    return response
