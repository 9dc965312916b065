"""What the desk's search reads: the words of working copies, reports, sources, owners and stories."""

from django.db import models

from sources.fields import CharField


class DeskDocument(models.Model):
    """The folded words of one object at the desk. The full-text index of the database is built on it.

    Readers' search has an index of its own, of live editions only. Who may find an object is not stored here: a search
    is always limited to the objects that a user may see.
    """

    place = models.BigIntegerField(
        primary_key=True, help_text="The id of its object times eight, plus the number of its model."
    )
    title = models.TextField(help_text="The words of its headline or name.")
    body = models.TextField(help_text="All other words.")
    owner = models.TextField(help_text="The words of a source's owner, for those who may see owners.")
    digest = CharField(max_length=32, help_text="A hash of the words.")

    class Meta:
        default_permissions = ()

    def __str__(self) -> str:
        return f"document {self.place}"
