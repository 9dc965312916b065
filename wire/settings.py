"""All settings of an installation, read from environment variables or from a `.env` file beside manage.py.
The defaults are a safe site on one laptop. `WIRE_SITE_URL` is its public address; once that is not this machine, the
settings that a public site needs are required, and an error message names the missing ones.
"""

import ipaddress
import os
import re
import secrets
from contextlib import suppress
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from csp.constants import NONE, SELF
from django.core.exceptions import ImproperlyConfigured
from environs import Env, EnvError

BASE_DIR = Path(__file__).resolve().parent.parent

env = Env()
if (BASE_DIR / ".env").exists():
    env.read_env(str(BASE_DIR / ".env"), recurse=False)

# The directory for the SQLite database, the secret key, and the collected static files. Only its owner may read it.
VAR_DIR = Path(env.str("WIRE_VAR_DIR", str(BASE_DIR / "var")))


def _for_owner_only(folder: Path) -> None:
    """Create a directory that only its owner can enter. An existing one, and the files in it, are corrected."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    for path in (folder, *filter(Path.is_file, folder.iterdir())):
        # A file may be gone by now, such as SQLite's; or it may belong to someone else, who has to correct it.
        with suppress(FileNotFoundError, PermissionError):
            if (mode := path.stat().st_mode & 0o777) & 0o077:
                path.chmod(mode & 0o700)


_for_owner_only(VAR_DIR)


# The site's address decides the allowed hosts, and whether cookies require HTTPS.

WIRE_SITE_URL = env.str("WIRE_SITE_URL", "http://localhost:8000").rstrip("/")
_site = urlsplit(WIRE_SITE_URL)
if _site.scheme not in {"http", "https"} or not _site.hostname or _site.path:
    raise ImproperlyConfigured(
        f"WIRE_SITE_URL is {WIRE_SITE_URL!r}. It must be a scheme and a host only, such as https://news.example.org"
    )


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost" or host.endswith(".localhost")


WIRE_IS_LOCAL = _is_loopback(_site.hostname)
ALLOWED_HOSTS = [_site.hostname, *env.list("WIRE_ALLOWED_HOSTS", [])]
if WIRE_IS_LOCAL:
    ALLOWED_HOSTS += ["localhost", "127.0.0.1", "[::1]"]
CSRF_TRUSTED_ORIGINS = [WIRE_SITE_URL]

DEBUG = env.bool("WIRE_DEBUG", False)


def _secret_of_this_machine() -> str:
    """Return a secret key generated on first use: a laptop needs no setting, and no default is shared."""
    path = VAR_DIR / "secret-key"
    try:
        with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
            file.write(secrets.token_urlsafe(50))
    except FileExistsError:
        pass
    return path.read_text()


SECRET_KEY = env.str("WIRE_SECRET_KEY", "") or (_secret_of_this_machine() if WIRE_IS_LOCAL else "")

if not WIRE_IS_LOCAL:
    _faults = []
    if len(SECRET_KEY) < 40:
        _faults.append(
            "WIRE_SECRET_KEY is missing or shorter than 40 characters. "
            "Generate one with: python -c 'import secrets; print(secrets.token_urlsafe(50))'"
        )
    if DEBUG:
        _faults.append("WIRE_DEBUG is on. It exposes the site's internals to readers: remove it.")
    if "*" in ALLOWED_HOSTS:
        _faults.append("WIRE_ALLOWED_HOSTS contains '*'. List the hosts of this site instead.")
    if _site.scheme == "http":
        _faults.append("WIRE_SITE_URL starts with http://. The desk's passwords need https://.")
    if _faults:
        raise ImproperlyConfigured(f"{WIRE_SITE_URL} can't be served like this:\n  - " + "\n  - ".join(_faults))
    SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = True
    # Browsers accept these names only over HTTPS and from this very host, not from another one of the same domain.
    SESSION_COOKIE_NAME, CSRF_COOKIE_NAME = "__Host-sessionid", "__Host-csrftoken"
    SECURE_SSL_REDIRECT = env.bool("WIRE_REDIRECT_TO_HTTPS", True)
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
    # Two years, as browsers' preload lists recommend. They want all subdomains included.
    SECURE_HSTS_SECONDS = env.int("WIRE_HSTS_SECONDS", 63_072_000)
    SECURE_HSTS_PRELOAD = SECURE_HSTS_INCLUDE_SUBDOMAINS = env.bool("WIRE_HSTS_PRELOAD", False)


# What readers see of the installation.

WIRE_SITE_NAME = env.str("WIRE_SITE_NAME", "The Zioneer")
WIRE_DESK_NAME = env.str("WIRE_DESK_NAME", f"{WIRE_SITE_NAME} Intelligence Desk")
WIRE_COORDINATES = env.str("WIRE_COORDINATES", "31°46′40.7″N 35°14′07.7″E")
WIRE_ACCOUNTABILITY = env.str(
    "WIRE_ACCOUNTABILITY",
    f"This dispatch is published under {WIRE_DESK_NAME}. Raw intake channels remain internal provenance; an external "
    "outlet or channel is named only when it materially helps readers evaluate a specific claim.",
)
# The size limit of each process's page cache, in MB.
WIRE_PAGE_CACHE_MB = env.int("WIRE_PAGE_CACHE_MB", 24)
# A WebSub hub. It is not notified: it polls the feeds, which carry its address, and forwards what is new.
WIRE_WEBSUB_HUB = env.str("WIRE_WEBSUB_HUB", "")
if WIRE_WEBSUB_HUB and urlsplit(WIRE_WEBSUB_HUB).scheme not in {"http", "https"}:
    raise ImproperlyConfigured(
        f"WIRE_WEBSUB_HUB is {WIRE_WEBSUB_HUB!r}. It must be an absolute URL starting with https://"
    )
# Where to report a weakness, for /.well-known/security.txt.
WIRE_SECURITY_CONTACT = env.str("WIRE_SECURITY_CONTACT", "")
if WIRE_SECURITY_CONTACT and not re.fullmatch(r"(https://|mailto:)[!-~]+", WIRE_SECURITY_CONTACT):
    raise ImproperlyConfigured(
        f"WIRE_SECURITY_CONTACT is {WIRE_SECURITY_CONTACT!r}. It must be an address such as "
        "mailto:security@news.example.org or https://news.example.org/security"
    )
# Private networks whose feeds may be polled, such as 10.1.2.0/24. Never include the network of the servers.
try:
    _networks: list[str] = env.list("WIRE_INTAKE_NETWORKS", [])
    WIRE_INTAKE_NETWORKS = [ipaddress.ip_network(network.strip()) for network in _networks]
except ValueError as error:
    raise ImproperlyConfigured(
        f"WIRE_INTAKE_NETWORKS: {error}. It must be networks such as 10.1.2.0/24, separated by commas."
    ) from error
# Reports that one intake key may push per minute.
WIRE_INTAKE_PER_MINUTE = env.int("WIRE_INTAKE_PER_MINUTE", 120)
# Whether someone other than its last editor must publish a text: never, if it is Confirmed, or always.
WIRE_SECOND_PERSON = env.str("WIRE_SECOND_PERSON", "never")
if WIRE_SECOND_PERSON not in {"never", "confirmed", "always"}:
    raise ImproperlyConfigured(f"WIRE_SECOND_PERSON is {WIRE_SECOND_PERSON!r}. It must be never, confirmed or always.")
TIME_ZONE = env.str("WIRE_TIME_ZONE", "Asia/Jerusalem")
try:
    ZoneInfo(TIME_ZONE)
except (ZoneInfoNotFoundError, ValueError, OSError) as error:
    raise ImproperlyConfigured(
        f"WIRE_TIME_ZONE is {TIME_ZONE!r}, which is not a time zone. Use a name such as Asia/Jerusalem or Europe/Paris"
    ) from error


def _zone_label(name: str) -> str:
    """Return a zone's city and “time”. A name with an offset becomes that offset: Etc/GMT+3 is UTC−3."""
    if re.fullmatch(r"(Etc/)?(GMT([+-]?\d+)?|UTC|UCT|Universal|Greenwich|Zulu)", name):
        hours = (ZoneInfo(name).utcoffset(datetime(2000, 1, 1)) or timedelta()) // timedelta(hours=1)  # noqa: DTZ001
        return f"UTC{'−' if hours < 0 else '+'}{abs(hours)}" if hours else "UTC"
    is_abbreviation = re.fullmatch(r"[A-Z]{2,3}T|[A-Z]{3}\d[A-Z]{3}", name)
    return name if is_abbreviation else name.rsplit("/", 1)[-1].replace("_", " ") + " time"


# How the time zone is named beside times.
WIRE_TIME_ZONE_LABEL = env.str("WIRE_TIME_ZONE_LABEL", _zone_label(TIME_ZONE))

LANGUAGE_CODE = "en"
USE_I18N = False
FORMAT_MODULE_PATH = "wire.formats"
USE_TZ = True


# Components

INSTALLED_APPS = [
    "dispatches.apps.DeskConfig",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django_htmx",
    "csp",
    # The order matters: after `migrate`, the roles get the permissions of these apps.
    "sources",
    "dispatches",
    "wire",
]

# The first four set headers: also on static files, on redirects to HTTPS, and on what one of them refuses.
MIDDLEWARE = [
    "csp.middleware.CSPMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "wire.middleware.set_policies",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django_http_compression.middleware.HttpCompressionMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "wire.middleware.clean_text",
]

# Middleware that public pages need not pass (`wire/wsgi.py`). All other middleware applies to them.
DESK_MIDDLEWARE = {
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django_http_compression.middleware.HttpCompressionMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
}

# Middleware whose only effect on public pages are headers that are always the same.
CONSTANT_MIDDLEWARE = {"csp.middleware.CSPMiddleware", "django.middleware.clickjacking.XFrameOptionsMiddleware"}

ROOT_URLCONF = "wire.urls"
# The view with which the desk previews an edition.
PREVIEW_VIEW = "wire.views.dispatches.preview"

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "OPTIONS": {
            "loaders": [
                (
                    "django.template.loaders.cached.Loader",
                    ["wire.templating.Loader", "django.template.loaders.app_directories.Loader"],
                )
            ],
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "wire.context.site",
            ],
        },
    },
]


def _pool_of(size: int) -> dict[str, Any] | None:
    """Return the options of a connection pool of this size; None for 0."""
    # Give up on opening a connection after five seconds; the next request tries again. By default, psycopg would retry
    # by itself at intervals that grow to minutes.
    return {"min_size": 1, "max_size": size, "timeout": 5, "reconnect_timeout": 5} if size else None


try:
    DATABASES = {"default": env.dj_db_url("DATABASE_URL", f"sqlite:///{VAR_DIR / 'wire.sqlite3'}")}
except (EnvError, ValueError) as error:
    raise ImproperlyConfigured(
        "DATABASE_URL can't be parsed. It must look like postgres://user:password@host:5432/name, "
        "with special characters in the password encoded as %XX."
    ) from error
_database = DATABASES["default"]
# Options in the URL's query string, such as sslmode=verify-full, override those below.
_options = _database.get("OPTIONS", {})
match _database["ENGINE"]:
    case "django.db.backends.sqlite3":
        _database["OPTIONS"] = {
            "transaction_mode": "IMMEDIATE",
            "timeout": 20,
            "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL;",
        } | _options
        _database["TEST"] = {"NAME": str(VAR_DIR / "test.sqlite3")}
        # Created here, so that only its owner can ever read it. SQLite gives the files beside it the same mode.
        if Path(_database["NAME"]).parent == VAR_DIR:
            os.close(os.open(_database["NAME"], os.O_RDWR | os.O_CREAT, 0o600))
        # Keep the file open: opening it takes longer than a query.
        _database["CONN_MAX_AGE"] = None
    case "django.db.backends.postgresql":
        _database["OPTIONS"] = {
            "pool": _pool_of(env.int("WIRE_DATABASE_POOL", 8)),
            # After this many runs on a connection, a query is prepared on the server (`dispatches/public/prepared.py`).
            "prepare_threshold": 5 if env.bool("WIRE_PREPARED_STATEMENTS", True) else None,
            # JIT compilation and parallel workers cost more than they save for queries that take a millisecond.
            "options": "-c jit=off -c max_parallel_workers_per_gather=0",
        } | _options
        _database["CONN_MAX_AGE"] = 0
        # Detect dead connections after a restart of the server. Costs one round trip per checkout: 0.04 ms locally.
        _database["CONN_HEALTH_CHECKS"] = True
    case _:
        raise ImproperlyConfigured("DATABASE_URL must start with postgres:// or sqlite:///.")

DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

STATIC_URL = "/static/"
STATIC_ROOT = VAR_DIR / "static"
STATIC_ROOT.mkdir(exist_ok=True)
STATICFILES_DIRS = [BASE_DIR / "static"]
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {
        "BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"
        if DEBUG
        else "whitenoise.storage.CompressedManifestStaticFilesStorage"
    },
}
WHITENOISE_USE_FINDERS = DEBUG
WHITENOISE_AUTOREFRESH = DEBUG
WHITENOISE_ALLOW_ALL_ORIGINS = False


# Security

PASSWORD_HASHERS = [
    "django.contrib.auth.hashers.Argon2PasswordHasher",
    "django.contrib.auth.hashers.PBKDF2PasswordHasher",
]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 10}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]
X_FRAME_OPTIONS = "DENY"
CSRF_FAILURE_VIEW = "wire.views.errors.forbidden"
SECURE_REFERRER_POLICY = SECURE_CROSS_ORIGIN_OPENER_POLICY = "same-origin"
# Lax, not Strict: following a link from elsewhere to the desk, a browser would not send a strict CSRF cookie, and would
# get a new one, with which forms that are open in other tabs could not be saved without JavaScript. Scripts read it
# (`static/desk/`), so it is not HttpOnly; the session's is.
SESSION_COOKIE_SAMESITE = CSRF_COOKIE_SAMESITE = "Lax"
SESSION_COOKIE_HTTPONLY = True
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [NONE],
        "script-src": [SELF],
        "style-src": [SELF],
        "img-src": [SELF],
        "font-src": [SELF],
        "connect-src": [SELF],
        "form-action": [SELF],
        "base-uri": [NONE],
        "frame-ancestors": [NONE],
    }
}

# A dispatch with hundreds of developments and citations is a form with several thousand fields.
DATA_UPLOAD_MAX_NUMBER_FIELDS = 20_000

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"format": "{asctime} {levelname} {name}: {message}", "style": "{"}},
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "line"}},
    "root": {"handlers": ["console"], "level": "INFO"},
    # It logs every attempt to connect; the request that needed the connection logs the failure anyway.
    "loggers": {"psycopg.pool": {"level": "ERROR"}},
}
