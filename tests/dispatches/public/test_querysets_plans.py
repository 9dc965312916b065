"""Readers' queries use an index in the displayed order, however much there is."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from public_addresses import public_addresses

pytestmark = [
    pytest.mark.django_db,
    pytest.mark.usefixtures("demo"),
    pytest.mark.skipif(
        "connection.vendor != 'sqlite'", reason="PostgreSQL reads a table as small as this from end to end"
    ),
]


def plan_of(sql):
    with connection.cursor() as cursor:
        cursor.execute(f"EXPLAIN QUERY PLAN {sql}")
        return [step for *_, step in cursor.fetchall()]


def test_no_page_reads_all_editions_or_sorts_more_than_it_shows(client):
    looked_at = 0
    for name, addresses in public_addresses().items():
        for address in addresses[:2]:
            with CaptureQueriesContext(connection) as asked:
                client.get(address)
            for query in asked.captured_queries:
                sql = query["sql"]
                steps = plan_of(sql) if sql.startswith("SELECT") else []
                assert "SCAN dispatches_edition" not in steps, f"{name}: {sql}"
                if "LIMIT" in sql and "dispatches_edition" in sql:
                    # Even if only rows with an equal first column would be sorted.
                    sorts = [step for step in steps if "TEMP B-TREE" in step and step.endswith("ORDER BY")]
                    assert not sorts, f"{name}: {sql}"
                    looked_at += 1
    assert looked_at > 30
