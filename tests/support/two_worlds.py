"""What two worlds need in common, so that a test can compare them: the same ids and the same clock."""

import secrets
from contextlib import AbstractContextManager
from random import Random
from unittest.mock import patch

from django.core.management.color import no_style
from django.db import connection

from dispatches.models import Citation, Development, Dispatch, Story
from dispatches.public.models import Edition, Section
from sources.models import Report, Source


def restart_numbers() -> None:
    """Restart the ids, as in the other world."""
    models = [Dispatch, Development, Edition, Section, Story, Source, Report, Citation]
    with connection.cursor() as cursor:
        for statement in connection.ops.sequence_reset_sql(no_style(), models):
            cursor.execute(statement)


def draw_ids(seed: object) -> AbstractContextManager:
    """Draw the same random ids in each world, for public and for hidden publications."""
    return patch.object(secrets, "randbelow", Random(str(seed)).randrange)  # noqa: S311 - a test
