"""Migrations: which databases are refused, and what they need."""

import re

import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from django.db.migrations.recorder import MigrationRecorder

from wire.settings import BASE_DIR

MIGRATIONS = [path for app in ("sources", "dispatches") for path in (BASE_DIR / app / "migrations").glob("0*.py")]


@pytest.mark.parametrize("path", MIGRATIONS, ids=lambda path: f"{path.parent.parent.name}-{path.stem}")
def test_a_migration_imports_none_of_the_code_that_changes(path):
    found = re.findall(r"\b(?:import|from) (\w+)", path.read_text())
    assert not {"sources", "dispatches", "wire"} & {*found}


@pytest.mark.django_db
@pytest.mark.parametrize("app", ["sources", "dispatches"])
def test_a_database_of_another_version_is_left_alone(app):
    call_command("migrate", verbosity=0)
    MigrationRecorder(connection).record_applied(app, "0012_of_another_version")
    with pytest.raises(CommandError, match="was created by another version of The Wire"):
        call_command("migrate", verbosity=0)
