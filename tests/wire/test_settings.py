"""Invalid settings are refused with a message, before anything is served."""

import os
import subprocess
import sys

import pytest

from wire.settings import BASE_DIR, _zone_label

GOOD = {"WIRE_SITE_URL": "https://news.example.org", "WIRE_SECRET_KEY": "x" * 50}


def start(tmp_path, **environment):
    clean = {name: value for name, value in os.environ.items() if not name.startswith(("WIRE_", "DATABASE_URL"))}
    return subprocess.run(
        [sys.executable, "manage.py", "check"],
        cwd=BASE_DIR,
        env=clean | {"WIRE_VAR_DIR": str(tmp_path)} | environment,
        capture_output=True,
        text=True,
        check=False,
    )


def test_a_laptop_needs_no_setting_and_makes_a_secret_of_its_own(tmp_path):
    assert start(tmp_path).returncode == 0
    secret = tmp_path / "secret-key"
    assert len(secret.read_text()) >= 50
    assert secret.stat().st_mode & 0o077 == 0
    before = secret.read_text()
    start(tmp_path)
    assert secret.read_text() == before


def test_what_the_address_of_the_database_asks_for_is_kept(tmp_path):
    said = subprocess.run(
        [sys.executable, "-c", "from wire.settings import DATABASES; print(DATABASES['default']['OPTIONS'])"],
        cwd=BASE_DIR,
        env=os.environ | {"WIRE_VAR_DIR": str(tmp_path), "DATABASE_URL": "postgres://u@h/x?sslmode=verify-full"},
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    assert "'sslmode': 'verify-full'" in said
    assert "'pool'" in said


def test_a_public_site_with_what_it_needs_starts(tmp_path):
    assert start(tmp_path, **GOOD).returncode == 0
    assert not (tmp_path / "secret-key").exists()


def modes_of(folder):
    return {
        path.name: path.stat().st_mode & 0o777
        for path in (folder, *folder.iterdir())
        if not path.is_dir() or path == folder
    }


def test_the_site_s_files_are_for_their_owner_alone(tmp_path):
    folder = tmp_path / "var"
    for command in ("migrate", "check"):
        code = f"""
            import os; os.umask(0); import django; django.setup()
            from django.core.management import call_command; call_command({command!r}, verbosity=0)
            from dispatches.public.announcing import announcements; announcements()
            from django.db import connection; connection.cursor().execute("SELECT 1")
            print(*[f"{{path.name}}:{{path.stat().st_mode & 0o777:o}}" for path in __import__("pathlib").Path(
                os.environ["WIRE_VAR_DIR"]).iterdir() if path.is_file()])
        """
        done = subprocess.run(
            [sys.executable, "-c", "\n".join(line.strip() for line in code.strip().splitlines())],
            cwd=BASE_DIR,
            env=os.environ
            | {
                "WIRE_VAR_DIR": str(folder),
                "DJANGO_SETTINGS_MODULE": "wire.settings",
                "DATABASE_URL": f"sqlite:///{folder}/wire.sqlite3",
            },
            capture_output=True,
            text=True,
            check=True,
        )
        said = dict(each.split(":") for each in done.stdout.splitlines()[-1].split())
        assert said.keys() >= {"secret-key", "wire.sqlite3", "wire.sqlite3-wal"}
        assert set(said.values()) == {"600"}
        assert folder.stat().st_mode & 0o777 == 0o700
        # What was wrong is corrected at the next start.
        folder.chmod(0o755)
        for path in folder.iterdir():
            path.chmod(0o755 if path.is_dir() else 0o644)
    assert start(folder).returncode == 0
    assert set(modes_of(folder).values()) == {0o700, 0o600}


PUBLIC_SITE = (
    "from wire import settings as s; print(s.SESSION_COOKIE_NAME, s.CSRF_COOKIE_NAME, s.SESSION_COOKIE_SECURE, "
    "s.CSRF_COOKIE_SECURE, s.SECURE_HSTS_SECONDS, s.SECURE_HSTS_PRELOAD, s.SECURE_HSTS_INCLUDE_SUBDOMAINS)"
)


@pytest.mark.parametrize("preload", [False, True])
def test_a_public_site_insists_on_https(tmp_path, preload):
    done = subprocess.run(
        [sys.executable, "-c", PUBLIC_SITE],
        cwd=BASE_DIR,
        env=os.environ | GOOD | {"WIRE_VAR_DIR": str(tmp_path), "WIRE_HSTS_PRELOAD": str(int(preload))},
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.split() == [
        "__Host-sessionid",
        "__Host-csrftoken",
        "True",
        "True",
        "63072000",
        *[str(preload)] * 2,
    ]


@pytest.mark.parametrize(
    ("fault", "words"),
    [
        ({"WIRE_SECRET_KEY": ""}, "WIRE_SECRET_KEY is missing"),
        ({"WIRE_SECRET_KEY": "short"}, "WIRE_SECRET_KEY is missing or shorter"),
        ({"WIRE_DEBUG": "1"}, "WIRE_DEBUG is on"),
        ({"WIRE_ALLOWED_HOSTS": "*"}, "WIRE_ALLOWED_HOSTS contains '*'"),
        ({"WIRE_SITE_URL": "http://news.example.org"}, "starts with http://"),
        ({"WIRE_SITE_URL": "news.example.org"}, "It must be a scheme and a host only"),
        ({"WIRE_SITE_URL": "https://news.example.org/blog"}, "It must be a scheme and a host only"),
        ({"WIRE_TIME_ZONE": "Jerusalem"}, "is not a time zone"),
        ({"WIRE_TIME_ZONE": "Europe"}, "is not a time zone"),
        *(
            ({"WIRE_TIME_ZONE": name}, "is not a time zone")
            for name in ("localtime", "posix", "right/UTC", "../UTC", "")
        ),
        ({"WIRE_TIME_ZONE": "Europe/" + "x" * 300}, "is not a time zone"),
        ({"WIRE_TIME_ZONE": "zone.tab"}, "is not a time zone"),
        ({"WIRE_SECURITY_CONTACT": "security@news.example.org"}, "mailto:security@news.example.org"),
        ({"WIRE_SECURITY_CONTACT": "http://news.example.org"}, "It must be an address such as"),
        ({"WIRE_SECOND_PERSON": "sometimes"}, "It must be never, confirmed or always"),
        ({"WIRE_SECOND_FACTOR": "Chief,Editors"}, "WIRE_SECOND_FACTOR names Editors. It must be roles"),
        ({"WIRE_SESSION_HOURS": "0"}, "WIRE_SESSION_HOURS must be at least 1"),
        ({"WIRE_SURFACE": "readers"}, "It must be public, desk or both"),
        ({"WIRE_PURGE": "varnish:6081"}, "WIRE_PURGE must be addresses such as"),
        ({"WIRE_READERS_DATABASE_URL": "mysql://localhost/x"}, "WIRE_READERS_DATABASE_URL must start with"),
        ({"DATABASE_URL": "mysql://localhost/x"}, "DATABASE_URL must start with"),
        ({"DATABASE_URL": "postgres://user:pa[ss@host/x"}, "DATABASE_URL can't be parsed"),
    ],
)
def test_a_bad_configuration_is_refused_in_words(tmp_path, fault, words):
    done = start(tmp_path, **GOOD | fault)
    assert done.returncode != 0
    assert words in done.stderr
    assert "Traceback" not in done.stderr.split("ImproperlyConfigured")[-1]


@pytest.mark.parametrize(
    ("zone", "label"),
    [
        ("Asia/Jerusalem", "Jerusalem time"),
        ("America/Argentina/Buenos_Aires", "Buenos Aires time"),
        ("Etc/GMT+3", "UTC−3"),
        ("Etc/GMT-14", "UTC+14"),
        ("GMT", "UTC"),
        ("Etc/UTC", "UTC"),
        ("CET", "CET"),
        ("EST5EDT", "EST5EDT"),
    ],
)
def test_a_zone_is_named_by_its_place_or_by_its_offset(zone, label):
    assert _zone_label(zone) == label
