"""No parameter of the desk's pages, however odd, ends in an error 500; on PostgreSQL, NUL is an error of its own."""

import pytest
from factories import make_report

pytestmark = pytest.mark.django_db

ODD = ["%00", "a%00b", "%ed%a0%80", "%ff", "abc", "1e999", "NaN", "-1", "99999999999999999999", "%E2%80%AE", "[", "٣"]
ADDRESSES = [
    # Each fills in a field of its own, and so all of them in one request.
    "sources/report/add/?source={0}&relays={0}&credits={0}&said_at={0}&said_at_0={0}&title={0}&url={0}",
    *(f"sources/report/?{name}=" for name in ("q", "p", "o", "source__id__exact", "said_at__gte", "review", "e")),
    *("sources/feed/add/?source=", "sources/source/add/?owner=", "dispatches/dispatch/add/?story="),
    *("dispatches/dispatch/?q=", "sources/source/?q=", "sources/feed/?q=", "sources/owner/?q="),
    "autocomplete/?app_label=dispatches&model_name=citation&field_name=report&term=",
    "autocomplete/?app_label=sources&model_name=report&field_name=source&term=",
]


@pytest.mark.parametrize("address", ADDRESSES)
def test_an_odd_parameter_is_answered(desk_client, address):
    for odd in ODD:
        filled = address.format(odd) if "{0}" in address else f"{address}{odd}"
        response = desk_client.get(f"/desk/{filled}", follow=True)
        assert response.status_code < 500, odd


@pytest.mark.parametrize("path", ["sources/report/%s/change/", "sources/report/%s/history/", "dispatches/dispatch/%s/"])
def test_an_odd_id_is_answered(desk_client, path):
    for odd in ODD:
        assert desk_client.get(f"/desk/{path % odd}", follow=True).status_code < 500, odd


def test_an_odd_field_is_answered(desk_client):
    report = make_report(accepted=False)
    for address in (
        f"/desk/sources/report/{report.pk}/change/",
        "/desk/sources/source/add/",
        "/desk/sources/feed/add/",
    ):
        for odd in ("\x00", "a\x00b", "NaN", "1e999", "\u202e", "9" * 30, "0001-01-01", "9999-12-31"):
            names = (
                "title",
                "url",
                "name",
                "source",
                "owner",
                "said_at_0",
                "said_at_1",
                "interval",
                "_version",
                "grade",
            )
            response = desk_client.post(address, dict.fromkeys(names, odd))
            assert response.status_code < 500, (address, odd)
