"""Owners, what they hold of each other, and merging two that are one."""

from django import forms
from django.contrib import admin
from django.contrib.auth.models import User

from dispatches import desk
from dispatches.admin.own_lists import OwnListsInline
from dispatches.admin.searching import NameSearchMixin
from dispatches.admin.verbs import DeskAdmin, Verb
from sources.models import Holding, Owner


class HoldingInline(OwnListsInline):
    model = Holding
    fk_name = "held"
    autocomplete_fields = ["holder"]
    verbose_name = "holder"
    verbose_name_plural = "held by"


def _merge(owner: Owner, editor: User, gone: Owner) -> str:
    name = gone.name
    desk.merge_owners(into=owner, merged=gone, actor=editor)
    return f"Merged. Everything “{name}” owned and held now belongs to “{owner}”; affected Signals were updated."


class MergeForm(forms.Form):
    gone = forms.ModelChoiceField(Owner.objects.all(), label="Owner to merge", help_text="It is deleted afterwards.")


@admin.register(Owner)
class OwnerAdmin(NameSearchMixin, DeskAdmin):
    search_fields = ["folded_name"]
    inlines = [HoldingInline]
    verbs = [
        Verb(
            "merge",
            "Merge another owner",
            _merge,
            lambda owner: owner is not None,
            "Use this if two entries are one owner. Moves the other's sources and holdings to this one.",
            MergeForm,
            is_destructive=True,
        ),
    ]
