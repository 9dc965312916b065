"""What two worlds need in common, so that a test can compare them: the same ids and the same clock."""

import secrets
from collections.abc import Iterator
from contextlib import contextmanager
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


@contextmanager
def draw_ids(seed: object) -> Iterator[None]:
    """Draw the same random ids and names in each world, for public and for hidden publications."""
    random = Random(str(seed))  # noqa: S311 - a test
    with (
        patch.object(secrets, "randbelow", random.randrange),
        patch.object(secrets, "token_hex", lambda size: random.randbytes(size).hex()),
    ):
        yield
