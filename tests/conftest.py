"""What all tests share. Each may use the database: everything here is about what is stored and shown."""

from io import StringIO

import pytest
from django.core.management import call_command
from django.db import transaction

from wire.cache.fragments import fragments


@pytest.fixture(autouse=True)
def plain_static_files(settings):
    """Static files by their own names: hashed ones need `collectstatic`, which is not under test."""
    settings.STORAGES = settings.STORAGES | {
        "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}
    }


@pytest.fixture(autouse=True)
def no_fragments():
    """Another test has other editions under the same numbers."""
    fragments.clear()


@pytest.fixture(autouse=True)
def quick_passwords(settings):
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]


@pytest.fixture(scope="module")
def demo(django_db_setup, django_db_blocker):
    """The demonstration, loaded once for all tests of a module; each of them takes back what it changes."""
    with django_db_blocker.unblock(), transaction.atomic():
        call_command("load_demo", stdout=StringIO())
        yield
        transaction.set_rollback(True)


@pytest.fixture
def editor(db, django_user_model):
    return django_user_model.objects.create_superuser("editor", password="a pass phrase")


@pytest.fixture
def desk_client(client, editor):
    client.force_login(editor)
    return client
