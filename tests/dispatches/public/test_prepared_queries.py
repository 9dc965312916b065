"""Every prepared query of readers' pages gives what the ORM gives, for all values in the demo."""

import pytest
from public_addresses import public_addresses

from dispatches.public import prepared
from dispatches.public.models import Section

# All names; of compound ones, the first part.
NAMES = {
    *("standing", "relations", "on a story", "readable", "documents", "newest", "pinned", "places"),
    *("wire", "searched", "days of a month", "months of a year", "day before", "day after"),
}


@pytest.mark.django_db
def test_what_was_built_once_gives_what_the_orm_gives(client, demo, monkeypatch):
    asked = {}
    find = prepared._find

    def remember(name, build, values):
        asked.setdefault(name, {})[values] = build
        return find(name, build, values)

    monkeypatch.setattr(prepared, "_find", remember)
    section = Section.objects.first().slug
    for addresses in public_addresses().values():
        for address in addresses[:45]:
            client.get(address)
    for address in (f"/search/?q=ha&section={section}", f"/wire/?section={section}&signal=strong"):
        assert client.get(address).status_code == 200
    monkeypatch.undo()
    assert {name if isinstance(name, str) else name[0] for name in asked} >= NAMES
    for name, calls in asked.items():
        for values, build in list(calls.items())[:20]:
            assert prepared.ask(name, build, *values) == list(build(*values)), (name, values)
