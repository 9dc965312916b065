"""All settings of an installation, read from environment variables or from a `.env` file beside manage.py.
The defaults are a safe site on one laptop. `WIRE_SITE_URL` is its public address; once that is not this machine, the
settings that a public site needs are required, and an error message names the missing ones.
"""

import hmac
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

from wire.logs import FORMATTERS

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


# The list of what was removed from the site, for a restore. Keep it, and copies of it, apart from the database.
WIRE_REMOVALS_FILE = Path(env.str("WIRE_REMOVALS_FILE", str(VAR_DIR / "removals")))

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
    return path.read_text("ascii")


SECRET_KEY = env.str("WIRE_SECRET_KEY", "") or (_secret_of_this_machine() if WIRE_IS_LOCAL else "")
# Former keys: sessions, and the digests of expunged addresses, stay valid (`sources/digests.py`).
SECRET_KEY_FALLBACKS: list[str] = env.list("WIRE_SECRET_KEY_FALLBACKS", [])

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
# How long a process that can't ask the database serves the pages that it has, in seconds.
WIRE_STALE_SECONDS = env.int("WIRE_STALE_SECONDS", 600)
# Addresses of proxy caches, to which PURGE with a surrogate key is sent after a withdrawal; and the longest time, in
# seconds, that any other cache in front of the site keeps a page.
_purged: list[str] = env.list("WIRE_PURGE", [])
WIRE_PURGE = [address.strip() for address in _purged]
if any(urlsplit(address).scheme not in {"http", "https"} for address in WIRE_PURGE):
    raise ImproperlyConfigured("WIRE_PURGE must be addresses such as http://10.0.0.2:6081/, separated by commas.")
WIRE_CACHE_SECONDS = env.int("WIRE_CACHE_SECONDS", 2)
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
# Roles whose users must have a second factor to log in; also “Superuser”. Checked in `dispatches/apps.py`.
_roles: list[str] = env.list("WIRE_SECOND_FACTOR", [])
WIRE_SECOND_FACTOR = {role.strip() for role in _roles}
# How many proxies stand in front of the site. Each adds the address it was called from to X-Forwarded-For.
WIRE_PROXIES = env.int("WIRE_PROXIES", 0 if WIRE_IS_LOCAL else 1)
# For how many days each is kept before `manage.py prune` deletes it; 0 for good.
WIRE_KEEP_INTAKE_DAYS = env.int("WIRE_KEEP_INTAKE_DAYS", 365)
WIRE_KEEP_REVISIONS_DAYS = env.int("WIRE_KEEP_REVISIONS_DAYS", 0)
WIRE_KEEP_LOG_DAYS = env.int("WIRE_KEEP_LOG_DAYS", 0)
WIRE_KEEP_LOGINS_DAYS = env.int("WIRE_KEEP_LOGINS_DAYS", 30)
WIRE_KEEP_PRESENCE_DAYS = env.int("WIRE_KEEP_PRESENCE_DAYS", 1)
if (_least := min(WIRE_KEEP_INTAKE_DAYS or 30, WIRE_KEEP_REVISIONS_DAYS or 30, WIRE_KEEP_LOG_DAYS or 30)) < 30:
    raise ImproperlyConfigured(
        f"Intake, revisions and the log are kept for at least 30 days, not {_least}; 0 for good."
    )
if min(WIRE_KEEP_LOGINS_DAYS, WIRE_KEEP_PRESENCE_DAYS) < 0:
    raise ImproperlyConfigured("WIRE_KEEP_LOGINS_DAYS and WIRE_KEEP_PRESENCE_DAYS must not be negative.")
SESSION_COOKIE_AGE = 3600 * env.int("WIRE_SESSION_HOURS", 336)
if SESSION_COOKIE_AGE <= 0:
    raise ImproperlyConfigured("WIRE_SESSION_HOURS must be at least 1.")
TIME_ZONE = env.str("WIRE_TIME_ZONE", "Asia/Jerusalem")
try:
    if TIME_ZONE == "localtime" or TIME_ZONE.startswith(("posix/", "right/")):
        # These names exist on this machine only: databases and browsers do not know them.
        raise ZoneInfoNotFoundError(TIME_ZONE)
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
    "axes",
    "django_otp",
    "django_otp.plugins.otp_totp",
    "django_otp.plugins.otp_static",
    "django_otp_webauthn",
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
    "django_otp.middleware.OTPMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "dispatches.login.hashing.BusyMiddleware",
    "axes.middleware.AxesMiddleware",
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
    "django_otp.middleware.OTPMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "dispatches.login.hashing.BusyMiddleware",
    "axes.middleware.AxesMiddleware",
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


# How long a change at the desk waits for another one to end, in seconds.
WIRE_LOCK_SECONDS = env.int("WIRE_LOCK_SECONDS", 15)


def _pool_of(size: int) -> dict[str, Any] | None:
    """Return the options of a connection pool of this size; None for 0."""
    # Give up on opening a connection after two seconds; the next request tries again, so that all is well at most two
    # seconds after the database is back. By default, psycopg would retry by itself at intervals that grow to minutes.
    return {"min_size": 1, "max_size": size, "timeout": 2, "reconnect_timeout": 1} if size else None


def _postgresql_options() -> str:
    """Return what the server is told of each connection. Commands have no pool, and may take their time."""
    limits = {"jit": "off", "max_parallel_workers_per_gather": "0"}
    # A process that was frozen in a transaction would keep the lock.
    limits["idle_in_transaction_session_timeout"] = "60s"
    if env.int("WIRE_DATABASE_POOL", 12):
        limits |= {"lock_timeout": f"{WIRE_LOCK_SECONDS}s", "statement_timeout": "60s"}
    return " ".join(f"-c {name}={value}" for name, value in limits.items())


def _read_database(variable: str, default: str) -> dict[str, Any]:
    """Return the settings of a database. Options in the URL's query string, such as sslmode, override those here."""
    try:
        database: dict[str, Any] = env.dj_db_url(variable, default)
    except (EnvError, ValueError) as error:
        raise ImproperlyConfigured(
            f"{variable} can't be parsed. It must look like postgres://user:password@host:5432/name, "
            "with special characters in the password encoded as %XX."
        ) from error
    options = database.get("OPTIONS", {})
    match database["ENGINE"]:
        case "django.db.backends.sqlite3":
            # Created here, so that only its owner can ever read it. SQLite gives the files beside it the same mode.
            if Path(database["NAME"]).parent == VAR_DIR:
                os.close(os.open(database["NAME"], os.O_RDWR | os.O_CREAT, 0o600))
            return database | {
                "ENGINE": "wire.databases.sqlite3",
                "OPTIONS": {
                    "transaction_mode": "IMMEDIATE",
                    "timeout": WIRE_LOCK_SECONDS,
                    # FULL: with a write-ahead log, NORMAL would lose the last commits at a power cut, although the
                    # desk has confirmed them.
                    "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL;",
                }
                | options,
                "TEST": {"NAME": str(VAR_DIR / "test.sqlite3")},
                # Keep the file open: opening it takes longer than a query.
                "CONN_MAX_AGE": None,
            }
        case "django.db.backends.postgresql":
            return database | {
                "ENGINE": "wire.databases.postgresql",
                "OPTIONS": {
                    "pool": _pool_of(env.int("WIRE_DATABASE_POOL", 12)),
                    # After this many runs on a connection, a query is prepared on the server
                    # (`dispatches/public/prepared.py`).
                    "prepare_threshold": 5 if env.bool("WIRE_PREPARED_STATEMENTS", True) else None,
                    # JIT compilation and parallel workers cost more than they save for queries that take a millisecond.
                    "options": _postgresql_options(),
                    # A server that is cut off is noticed within ten seconds.
                    "connect_timeout": 3,
                    "tcp_user_timeout": 10_000,
                    "keepalives_idle": 5,
                    "keepalives_interval": 2,
                    "keepalives_count": 3,
                }
                | options,
                "CONN_MAX_AGE": 0,
                # Detect dead connections after a restart of the server. Costs one round trip per checkout: 0.04 ms
                # locally.
                "CONN_HEALTH_CHECKS": True,
            }
        case _:
            raise ImproperlyConfigured(f"{variable} must start with postgres:// or sqlite:///.")


def _limit_to(purpose: str, database: dict[str, Any], **options: Any) -> dict[str, Any]:
    """Return the settings of a connection for readers or heartbeats only (`dispatches/public/wall.py`)."""
    limited = database | {"OPTIONS": database["OPTIONS"] | options, "TEST": {"MIRROR": "default"}}
    if database["ENGINE"] == "wire.databases.postgresql":
        # A login of its own, with a password that follows from the secret key. `migrate` creates it.
        limited["USER"] = f"{database['NAME'][:50]}_{purpose}"
        limited["PASSWORD"] = hmac.new(SECRET_KEY.encode(), purpose.encode(), "sha256").hexdigest()
    return limited


def _limit_to_readers(database: dict[str, Any]) -> dict[str, Any]:
    is_sqlite = database["ENGINE"] == "wire.databases.sqlite3"
    read_only = {"transaction_mode": None, "init_command": "", "cached_statements": 512}
    return _limit_to("readers", database, **read_only if is_sqlite else {})


def _limit_to_heartbeats(database: dict[str, Any]) -> dict[str, Any]:
    is_sqlite = database["ENGINE"] == "wire.databases.sqlite3"
    # A heartbeat need not survive a power cut.
    plain = {"init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL;"}
    return _limit_to("heartbeat", database, **plain if is_sqlite else {"pool": _pool_of(1)})


# Which pages this process serves: readers', the desk's, or both. Readers' pages use a database connection that can read
# published rows only. A process with the surface "public" has no other, and no desk.
WIRE_SURFACE = env.str("WIRE_SURFACE", "both")
if WIRE_SURFACE not in {"public", "desk", "both"}:
    raise ImproperlyConfigured(f"WIRE_SURFACE is {WIRE_SURFACE!r}. It must be public, desk or both.")
READERS_DATABASE, HEARTBEAT_DATABASE = "readers", "heartbeat"
DATABASE_ROUTERS = ["dispatches.public.surface.SurfaceRouter"]
_file = f"sqlite:///{VAR_DIR / 'wire.sqlite3'}"
if env.str("WIRE_READERS_DATABASE_URL", ""):
    _readers = _read_database("WIRE_READERS_DATABASE_URL", "")
    if _readers["ENGINE"] == "wire.databases.sqlite3":
        _readers = _limit_to_readers(_readers)
else:
    _readers = _limit_to_readers(_read_database("DATABASE_URL", _file))
if env.str("WIRE_HEARTBEAT_DATABASE_URL", ""):
    _heartbeat = _read_database("WIRE_HEARTBEAT_DATABASE_URL", "")
else:
    _heartbeat = _limit_to_heartbeats(_read_database("DATABASE_URL", env.str("WIRE_READERS_DATABASE_URL", "") or _file))
DATABASES = {
    "default": {} if WIRE_SURFACE == "public" else _read_database("DATABASE_URL", _file),
    "readers": _readers,
    "heartbeat": _heartbeat,
}

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
    "dispatches.login.hashing.BoundedArgon2PasswordHasher",
    "django.contrib.auth.hashers.PBKDF2PasswordHasher",
]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 10}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]
AUTHENTICATION_BACKENDS = ["axes.backends.AxesStandaloneBackend", "django.contrib.auth.backends.ModelBackend"]

# After ten wrong passwords for one user from one address, that address must wait for 15 minutes. Others need not, so
# nobody can lock an editor out from elsewhere.
AXES_LOCKOUT_PARAMETERS = [["username", "ip_address"]]
AXES_FAILURE_LIMIT = 10
AXES_COOLOFF_TIME = timedelta(minutes=15)
AXES_RESET_ON_SUCCESS = True
# Attempts while locked out neither count nor extend the wait.
AXES_RESET_COOL_OFF_ON_FAILURE_DURING_LOCKOUT = False
AXES_CLIENT_IP_CALLABLE = "dispatches.login.lockout.client_address"
AXES_LOCKOUT_CALLABLE = "dispatches.login.lockout.refuse"
AXES_DISABLE_ACCESS_LOG = True
AXES_ENABLE_ADMIN = False
AXES_VERBOSE = False

OTP_TOTP_ISSUER = WIRE_DESK_NAME
# Browsers offer passkeys to https sites with a name, and to localhost.
WIRE_HAS_PASSKEYS = _site.hostname == "localhost" or not WIRE_IS_LOCAL
OTP_WEBAUTHN_RP_ID = _site.hostname
OTP_WEBAUTHN_RP_NAME = WIRE_DESK_NAME
OTP_WEBAUTHN_ALLOWED_ORIGINS = [WIRE_SITE_URL if WIRE_HAS_PASSKEYS else "http://localhost"]
OTP_WEBAUTHN_ALLOW_PASSWORDLESS_LOGIN = False

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
        "manifest-src": [SELF],
        "connect-src": [SELF],
        "form-action": [SELF],
        "base-uri": [NONE],
        "frame-ancestors": [NONE],
    }
}

# A dispatch with hundreds of developments and citations is a form with several thousand fields.
DATA_UPLOAD_MAX_NUMBER_FIELDS = 20_000

# How the log is written: a "line" for people, or "json" for machines.
WIRE_LOG_FORMAT = env.str("WIRE_LOG_FORMAT", "line")
if WIRE_LOG_FORMAT not in FORMATTERS:
    raise ImproperlyConfigured(f"WIRE_LOG_FORMAT is {WIRE_LOG_FORMAT!r}. It must be line or json.")
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": FORMATTERS,
    "filters": {
        "addresses": {"()": "wire.logs.ConcealAddresses"},
        "outages": {"()": "wire.outages.OneLineEach"},
    },
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": WIRE_LOG_FORMAT}},
    "root": {"handlers": ["console"], "level": "INFO"},
    "loggers": {
        "django.request": {"filters": ["addresses", "outages"]},
        # It logs every attempt to connect; the request that needed the connection logs the failure anyway.
        "psycopg.pool": {"level": "ERROR"},
        "axes": {"level": "WARNING"},
    },
}
