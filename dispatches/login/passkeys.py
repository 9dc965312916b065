"""The addresses with which browsers register and use passkeys (django-otp-webauthn), for staff who have logged in."""

from typing import Any

from django.http import HttpResponse
from django.urls import path, reverse
from django.views.i18n import JavaScriptCatalog
from django_otp_webauthn import exceptions, views

from dispatches.login.recording import record_factor


class StaffMixin:
    """Refuse whoever has not logged in with a password: passkeys are a second factor."""

    request: Any

    def initial(self, request: Any, *args: Any, **kwargs: Any) -> None:
        if not (request.user.is_active and request.user.is_staff):
            raise exceptions.NotAuthenticated
        super().initial(request, *args, **kwargs)  # type: ignore[misc]

    def handle_exception(self, exc: Exception) -> HttpResponse:
        # What a browser sends is parsed by a library that raises more than it documents.
        if isinstance(exc, KeyError | TypeError | ValueError | AttributeError):
            exc = exceptions.MalformedRequest()
        response: HttpResponse = super().handle_exception(exc)  # type: ignore[misc]
        return response


class BeginRegistration(StaffMixin, views.BeginCredentialRegistrationView):
    """Start adding a passkey."""


class CompleteRegistration(StaffMixin, views.CompleteCredentialRegistrationView):
    """Add a passkey."""

    def post(self, *args: Any, **kwargs: Any) -> HttpResponse:
        response: HttpResponse = super().post(*args, **kwargs)
        self.request.session.cycle_key()
        record_factor(self.request, "add_passkey")
        return response


class BeginAuthentication(StaffMixin, views.BeginCredentialAuthenticationView):
    """Start logging in with a passkey."""


class CompleteAuthentication(StaffMixin, views.CompleteCredentialAuthenticationView):
    """Pass the second factor with a passkey."""

    def complete_auth(self, device: Any) -> Any:
        super().complete_auth(device)
        self.request.session.cycle_key()
        record_factor(self.request, "pass_second_factor")

    def get_success_url(self) -> str:
        return str(self.get_redirect_url()) or reverse("admin:index")


app_name = "otp_webauthn"
urlpatterns = [
    path("registration/begin/", BeginRegistration.as_view(), name="credential-registration-begin"),
    path("registration/complete/", CompleteRegistration.as_view(), name="credential-registration-complete"),
    path("authentication/begin/", BeginAuthentication.as_view(), name="credential-authentication-begin"),
    path("authentication/complete/", CompleteAuthentication.as_view(), name="credential-authentication-complete"),
    path("jsi18n/", JavaScriptCatalog.as_view(packages=["django_otp_webauthn"]), name="js-i18n-catalog"),
]
