"""What was posted with a form that could not be handled, to be shown again: nothing that was typed is lost."""

from dataclasses import dataclass

from django.http import HttpRequest

# Parts of the names of fields that are never shown or sent back.
_SECRET = ("password", "token", "passphrase", "otp", "secret")


@dataclass(frozen=True, slots=True)
class PostedField:
    """A field: what somebody typed, or something else that the form needs."""

    name: str
    value: str

    @property
    def label(self) -> str:
        return self.name.replace("-", " ").replace("_", " ").strip().capitalize()

    @property
    def is_typed(self) -> bool:
        value = self.value.strip()
        return self.name != "csrfmiddlewaretoken" and (" " in value or "\n" in value or not value.isascii())


def posted_fields(request: HttpRequest) -> list[PostedField]:
    """Return the fields of a form that this site has sent; none if it has a password, or comes from elsewhere."""
    # Set by Django's CSRF middleware for a form that has passed its check.
    if request.method != "POST" or not getattr(request, "csrf_processing_done", False):
        return []
    names = [name for name in request.POST if name != "csrfmiddlewaretoken"]
    if any(part in name.lower() for name in names for part in _SECRET):
        return []
    return [PostedField(name, value) for name in request.POST for value in request.POST.getlist(name)]
