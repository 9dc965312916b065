"""The address where machines push reports."""

from django.urls import path

from dispatches.intake.pushing import push

urlpatterns = [path("", push, name="intake")]
