"""Headers of every response: addresses, methods, errors and static files."""

import re
from datetime import datetime, timedelta

import pytest
from django.contrib.staticfiles import finders
from django.core.handlers.wsgi import WSGIHandler
from django.http.cookie import SimpleCookie
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from factories import DESK, dispatch_of, publish
from public_addresses import public_addresses, public_names
from readers import ask

from dispatches import desk
from wire import wsgi
from wire.middleware import SHARED, SHARED_FILES

pytestmark = pytest.mark.django_db

POLICIES = {
    "Content-Security-Policy": "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; "
    "font-src 'self'; manifest-src 'self'; connect-src 'self'; form-action 'self'; base-uri 'none'; "
    "frame-ancestors 'none'",
    "X-Frame-Options": "DENY",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
}
SHARED_POLICIES = POLICIES | {"Cross-Origin-Resource-Policy": "cross-origin"}
# The only page that other sites may frame. It loads nothing but its style sheet.
FRAMED_POLICIES = SHARED_POLICIES | {
    "Content-Security-Policy": "default-src 'none'; style-src 'self'; form-action 'none'; base-uri 'none'; "
    "frame-ancestors *",
}
del FRAMED_POLICIES["X-Frame-Options"]
HTTPS = {"x_forwarded_proto": "https"}


@pytest.fixture
def https(settings):
    """The settings of a public site."""
    settings.SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
    settings.SECURE_SSL_REDIRECT = settings.SESSION_COOKIE_SECURE = settings.CSRF_COOKIE_SECURE = True
    settings.SECURE_HSTS_SECONDS = 63_072_000
    settings.SESSION_COOKIE_NAME, settings.CSRF_COOKIE_NAME = "__Host-sessionid", "__Host-csrftoken"


def policies_of(response) -> dict[str, str]:
    found = {name: value for name, value in response.headers.items() if name in POLICIES}
    found["Content-Security-Policy"] = "; ".join(
        f"{name} {value}" for name, value in sorted(directives_of(response).items())
    )
    assert response.headers["Permissions-Policy"].count("=()") > 20
    return found


def directives_of(response) -> dict[str, str]:
    parts = response.headers["Content-Security-Policy"].split(";")
    return dict(part.strip().split(" ", 1) for part in parts)


def expected(policies: dict[str, str]) -> dict[str, str]:
    return policies | {"Content-Security-Policy": "; ".join(sorted(policies["Content-Security-Policy"].split("; ")))}


def test_every_public_address_has_the_policies_of_its_kind(client):
    edition = publish()
    withdrawn = publish()
    desk.withdraw(dispatch=dispatch_of(withdrawn), actor=DESK, note="It was wrong.")
    assert edition.is_live()
    assert public_names() > SHARED
    for name, addresses in public_addresses().items():
        for address in addresses:
            for method in ("get", "head", "post", "options"):
                answer = getattr(client, method)(address)
                assert answer.status_code in {200, 403, 405, 410}, (method, address)
                policies = SHARED_POLICIES if name in SHARED else POLICIES
                if name == "embed" and method in {"get", "head"}:
                    policies = FRAMED_POLICIES
                assert policies_of(answer) == expected(policies), (method, address)


ERRORS = {
    400: ("/wire/", "GET", {"host": "evil.example"}),
    301: ("/wire/", "GET", {"x_forwarded_proto": "http"}),
    302: ("/desk/", "GET", HTTPS),
    403: ("/desk/login/", "POST", HTTPS),
    404: ("/no/such/page/", "GET", HTTPS),
    405: ("/wire/", "POST", HTTPS),
}


@pytest.mark.django_db(transaction=True)
@pytest.mark.usefixtures("https")
@pytest.mark.parametrize("status", ERRORS)
def test_errors_and_redirects_have_them(status):
    address, method, headers = ERRORS[status]
    answer = ask(wsgi.create_application(), address, method, **headers)
    assert answer.status == status
    assert policies_of(answer) == expected(POLICIES)
    is_secure = headers.get("x_forwarded_proto") == "https"
    assert answer.headers.get("Strict-Transport-Security") == ("max-age=63072000" if is_secure else None)


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("address", ["/signal/", "/desk/login/"])
@pytest.mark.parametrize("handler", [wsgi.create_application, WSGIHandler])
def test_a_failure_has_them(monkeypatch, handler, address):
    def fail(*args, **kwargs):
        raise RuntimeError("broken")

    monkeypatch.setattr("django.contrib.admin.sites.AdminSite.each_context", fail)
    monkeypatch.setattr("wire.views.about.work_examples", fail)
    answer = ask(handler(), address)
    assert answer.status == 500
    assert policies_of(answer) == expected(POLICIES)


@pytest.mark.parametrize(
    "name", ["wire/wire.js", "wire/icon.svg", *sorted(SHARED_FILES), "wire/wire.0123456789ab.css", "none.css"]
)
def test_static_files_have_them(settings, name):
    settings.WHITENOISE_USE_FINDERS = settings.WHITENOISE_AUTOREFRESH = True
    answer = Client().get(f"/static/{name}")
    answer.close()
    assert answer.status_code == (200 if finders.find(name) else 404)
    policies = policies_of(answer)
    assert policies == expected(SHARED_POLICIES if name.replace(".0123456789ab", "") in SHARED_FILES else POLICIES)
    assert "Access-Control-Allow-Origin" not in answer.headers


@pytest.mark.usefixtures("https")
def test_cookies_are_for_this_host_over_https(editor):
    editor.set_password("a pass phrase")
    editor.save()
    client = Client(enforce_csrf_checks=True, headers={"X-Forwarded-Proto": "https", "Host": "testserver"})
    form = client.get(reverse("admin:login"))
    token = re.search(r'name="csrfmiddlewaretoken" value="(\w+)"', form.text)[1]
    sent = {"username": "editor", "password": "a pass phrase", "csrfmiddlewaretoken": token}
    done = client.post(
        reverse("admin:login") + "?next=/desk/", sent, headers={"Referer": "https://testserver/desk/login/"}
    )
    assert (done.status_code, done["Location"]) == (302, "/desk/")
    cookies: SimpleCookie = done.cookies
    assert set(cookies) == {"__Host-sessionid", "__Host-csrftoken"}
    for name, cookie in cookies.items():
        assert cookie["secure"]
        assert (cookie["path"], cookie["domain"], cookie["samesite"]) == ("/", "", "Lax")
        assert bool(cookie["httponly"]) == (name == "__Host-sessionid")
    # The forms in other tabs stay valid.
    again = client.get("/desk/").cookies.get("__Host-csrftoken")
    assert again is None or again.value == cookies["__Host-csrftoken"].value


@pytest.mark.django_db(transaction=True)
def test_a_reader_s_page_is_the_same_for_an_editor(desk_client):
    publish()
    application = wsgi.create_application()
    session = desk_client.cookies["sessionid"].value
    for address in (
        *(each for found in public_addresses().values() for each in found),
        "/no/such/page/",
        "/?x" + "&x" * 101,
    ):
        plain = ask(application, address)
        assert "Set-Cookie" not in plain.headers
        assert "Cookie" not in plain.headers.get("Vary", "")
        for sent in ({"cookie": f"sessionid={session}"}, {"cookie": "sessionid=x; a=b"}, {"authorization": "Bearer x"}):
            assert ask(application, address, **sent) == plain, (address, sent)
    assert ask(application, "/desk/", cookie=f"sessionid={session}").status == 200


# The HTTP Observatory


def observatory_score(page, redirect) -> int:
    """Score a page by the rules that MDN publishes for the HTTP Observatory (Tests and scoring).

    Only what concerns this site: without a rule here, the best or only case of the rule is asserted.
    """
    policy, score = directives_of(page), 100
    # Redirection: to HTTPS on the same host first. HSTS: six months at least.
    assert redirect.status_code == 301
    assert redirect["Location"].startswith("https://testserver/")
    assert int(re.search(r"max-age=(\d+)", page["Strict-Transport-Security"])[1]) >= 15_768_000
    # Neither inline nor foreign code: scripts and styles are from this site, so that integrity hashes are not needed.
    assert not [value for value in policy.values() if re.search(r"unsafe|data:|https?:|\*", value)]
    assert not re.search(r"(?:src|href)=\"(?:https?:)?//[^\"]*\.(?:js|css)", page.text)
    assert page["X-Content-Type-Options"] == "nosniff"
    assert "Access-Control-Allow-Origin" not in page.headers
    # Cookies: none, or secure, HttpOnly and SameSite.
    score += 5 if page.cookies and all(cookie["samesite"] for cookie in page.cookies.values()) else 0
    assert all(cookie["secure"] for cookie in page.cookies.values())
    score += 10 if policy["default-src"] == "'none'" else 0
    score += 5 if policy["frame-ancestors"] == "'none'" else 0
    score += 5 if page["Referrer-Policy"] in {"no-referrer", "same-origin", "strict-origin"} else 0
    score += 10 if page["Cross-Origin-Resource-Policy"] in {"same-origin", "same-site"} else 0
    return score


@pytest.mark.usefixtures("https")
@pytest.mark.parametrize("address", ["/", "/wire/", "/signal/", "/search/?q=port", "/no/such/page/", "/desk/login/"])
def test_every_page_scores_130_with_the_observatory(address):
    page = Client(headers={"X-Forwarded-Proto": "https"}).get(address)
    assert page["Content-Type"].startswith("text/html")
    assert observatory_score(page, Client().get(address)) >= 130


# security.txt


def test_security_txt_says_where_and_until_when(client, settings, time_machine):
    for at in ("2026-01-01T00:00:00+00:00", "2026-11-30T23:59:59+00:00"):
        time_machine.move_to(datetime.fromisoformat(at), tick=False)
        answer = client.get("/.well-known/security.txt")
        fields = dict(line.split(": ", 1) for line in answer.text.splitlines())
        assert answer["Content-Type"] == "text/plain; charset=utf-8"
        assert fields["Contact"] == settings.WIRE_SECURITY_CONTACT
        assert fields["Canonical"] == f"{settings.WIRE_SITE_URL}/.well-known/security.txt"
        left = datetime.fromisoformat(fields["Expires"]) - timezone.now()
        assert timedelta(days=90) < left < timedelta(days=365)
    # It depends on the clock, so the page cache must not keep it.
    assert not answer["Cache-Control"].startswith("public")


def test_without_a_contact_there_is_none(client, settings):
    settings.WIRE_SECURITY_CONTACT = ""
    answer = client.get("/.well-known/security.txt")
    assert answer.status_code == 404
    assert "names no contact" in answer.text
