"""The log can be added to, and nothing else, whoever asks the database."""

from io import StringIO

import pytest
from django.core.management import call_command
from django.db import IntegrityError, connection, transaction

from dispatches.models import Action, append_only

LOG = append_only.LOG
ENTRY = {"actor_kind": Action.Actor.SYSTEM, "verb": "publish"}


def is_refused(act) -> bool:
    try:
        with transaction.atomic():
            act()
    except IntegrityError as error:
        return append_only.REFUSAL in str(error)
    return False


def execute(sql: str):
    with connection.cursor() as cursor:
        cursor.execute(sql)


@pytest.mark.django_db
def test_an_entry_is_neither_changed_nor_deleted_by_the_orm():
    entry = Action.objects.create(**ENTRY)
    entry.verb = "withdraw"
    for act in (
        entry.save,
        entry.delete,
        lambda: Action.objects.update(verb="withdraw"),
        Action.objects.all().delete,
        lambda: Action.objects.bulk_update([entry], ["verb"]),
        lambda: Action.objects.bulk_create(
            [entry], update_conflicts=True, unique_fields=["id"], update_fields=["verb"]
        ),
    ):
        assert is_refused(act)
    assert Action.objects.get().verb == "publish"


@pytest.mark.django_db
def test_an_entry_is_neither_changed_nor_deleted_by_sql():
    entry = Action.objects.create(**ENTRY)
    statements = [
        f"UPDATE {LOG} SET verb = 'withdraw'",
        f"DELETE FROM {LOG}",
        f"DELETE FROM {LOG} WHERE id = {entry.pk}",
    ]
    if connection.vendor == "postgresql":
        statements += [f"TRUNCATE {LOG}", f"TRUNCATE {LOG} RESTART IDENTITY CASCADE"]
    else:
        columns = "at, actor_kind, actor_name, verb, of, count, has_reason, is_denied, detail, command"
        values = "'2026-01-01', 'user', '', 'withdraw', '', 1, 0, 0, '', ''"
        statements += [
            f"INSERT OR REPLACE INTO {LOG} (id, {columns}) VALUES ({entry.pk}, {values})",
            f"REPLACE INTO {LOG} (id, {columns}) VALUES ({entry.pk}, {values})",
            f"UPDATE OR IGNORE {LOG} SET verb = 'withdraw'",
        ]
    for statement in statements:
        assert is_refused(lambda statement=statement: execute(statement)), statement
    assert Action.objects.get().verb == "publish"


@pytest.mark.django_db(transaction=True)
def test_a_whole_database_can_be_emptied_and_the_log_is_append_only_again():
    Action.objects.create(**ENTRY)
    call_command("flush", interactive=False, verbosity=0, stdout=StringIO())
    assert not Action.objects.exists()
    Action.objects.create(**ENTRY)
    assert is_refused(lambda: Action.objects.update(verb="withdraw"))


@pytest.mark.django_db
def test_the_log_is_append_only_again_after_a_migration():
    append_only.take_down(connection)
    call_command("migrate", verbosity=0)
    Action.objects.create(**ENTRY)
    assert is_refused(Action.objects.all().delete)
