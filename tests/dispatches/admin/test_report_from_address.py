"""Filing a report from its web address, also from the form of a dispatch, to which a link then leads back."""

import re
from html import unescape

import pytest
from django.contrib.auth.models import Group
from factories import make_dispatch, make_source
from serving import LOOPBACK, say, serve

from sources.models import Report

pytestmark = pytest.mark.django_db

PAGE = b"<!doctype html><title>Crane down</title><article><h1>Crane down</h1><p>The port stopped loading.</p></article>"
LINK = re.compile(r'<a href="([^"]*_words=[^"]*)">Cite it in')


def test_a_report_filed_for_a_dispatch_leads_back_to_it(desk_client, settings):
    settings.WIRE_INTAKE_NETWORKS = LOOPBACK
    dispatch = make_dispatch(headline="The port <stands> still")
    with serve({"/crane": say(200, PAGE, Content_Type="text/html")}) as site:
        found = desk_client.get(f"/desk/dispatches/dispatch/{dispatch.pk}/reports/", {"q": f"{site}/crane"}).text
        filing = unescape(re.search(r'href="(/desk/sources/report/address/[^"]*)"', found)[1])
        sent = {"url": f"{site}/crane", "source": make_source().pk}
        page = desk_client.post(filing, sent, follow=True).text
        again = desk_client.post(filing, sent, follow=True).text
    assert "The port &lt;stands&gt; still" in page
    form = desk_client.get(unescape(LINK.search(page)[1])).text
    assert f'name="_cite" value="{Report.objects.get(title="Crane down").pk}"' in form
    assert "The desk already has this report" in again
    assert LINK.search(again)


def test_a_dispatch_that_a_user_may_not_see_is_not_named(client, settings, django_user_model):
    settings.WIRE_INTAKE_NETWORKS = LOOPBACK
    reporter = django_user_model.objects.create(username="grace", is_staff=True)
    reporter.groups.add(Group.objects.get(name="Reporter"))
    client.force_login(reporter)
    hidden = make_dispatch(headline="Somebody’s draft")
    with serve({"/crane": say(200, PAGE, Content_Type="text/html")}) as site:
        for wanted in (hidden.pk, "x", 10**40):
            page = client.post(
                f"/desk/sources/report/address/?dispatch={wanted}",
                {"url": f"{site}/crane", "source": make_source().pk},
                follow=True,
            )
            assert page.status_code == 200
            assert "Cite it" not in page.text
            assert "Somebody" not in page.text
