"""Django's settings, each taken from the environment or `.env`; the README's table says what each means."""

from importlib.util import find_spec
from pathlib import Path

from orderstream import env, logs
from orderstream.configuration import rules
from orderstream.configuration.durability import Durability

BASE_DIR = Path(__file__).resolve().parent.parent
VAR_DIR = BASE_DIR / "var"
VAR_DIR.mkdir(mode=0o700, exist_ok=True)  # sessions and hashed passwords lie in it
env.read_dotenv(BASE_DIR / ".env")

DEBUG = env.flag("DEBUG", default=False)
SECRET_KEY = env.secret("SECRET_KEY", VAR_DIR / "secret-key")
ALLOWED_HOSTS = env.names("ALLOWED_HOSTS", "localhost 127.0.0.1 [::1]")
CSRF_TRUSTED_ORIGINS = env.names("CSRF_TRUSTED_ORIGINS")

# --- OrderStream's own; orderstream/conf.py is the only reader.

# REDIS_IS_NAMED: somebody runs the server for us; without it `runstack` starts its own.
REDIS_IS_NAMED = env.is_redis_named()
REDIS_URL = env.redis_url(VAR_DIR / "redis")

ORDERSTREAM_KEY_PREFIX = env.text("ORDERSTREAM_KEY_PREFIX")
# DURABILITY_IS_CHOSEN: somebody relies on the level, so that a server that does not keep it is refused.
ORDERSTREAM_DURABILITY = env.choice("ORDERSTREAM_DURABILITY", Durability.EVERYSEC, tuple(Durability))
DURABILITY_IS_CHOSEN = env.is_given("ORDERSTREAM_DURABILITY")
ORDERSTREAM_REPLICAS = env.number("ORDERSTREAM_REPLICAS", 1, least=1, most=100)
ORDERSTREAM_REPLICA_WAIT_SECONDS = env.seconds("ORDERSTREAM_REPLICA_WAIT_SECONDS", 1)
ORDERSTREAM_LEASE_SECONDS = env.seconds("ORDERSTREAM_LEASE_SECONDS", 10)
ORDERSTREAM_BEAT_SECONDS = env.seconds("ORDERSTREAM_BEAT_SECONDS", 1)
ORDERSTREAM_SWEEP_SECONDS = env.seconds("ORDERSTREAM_SWEEP_SECONDS", 2)
ORDERSTREAM_TIME_LIMIT_SECONDS = env.seconds("ORDERSTREAM_TIME_LIMIT_SECONDS", 60)
ORDERSTREAM_ATTEMPTS = env.number("ORDERSTREAM_ATTEMPTS", 5, least=1, most=rules.MOST_ATTEMPTS)
ORDERSTREAM_BACKOFF_SECONDS = env.seconds("ORDERSTREAM_BACKOFF_SECONDS", 1)
ORDERSTREAM_BACKOFF_CAP_SECONDS = env.seconds("ORDERSTREAM_BACKOFF_CAP_SECONDS", 300)
ORDERSTREAM_BACKLOG_LIMIT = env.number("ORDERSTREAM_BACKLOG_LIMIT", 100_000, least=1, most=rules.MOST_BACKLOG)
ORDERSTREAM_TARGET_WAITING_SECONDS = env.seconds("ORDERSTREAM_TARGET_WAITING_SECONDS", 30)
ORDERSTREAM_TARGET_PROCESSING_SECONDS = env.seconds("ORDERSTREAM_TARGET_PROCESSING_SECONDS", 10)
ORDERSTREAM_CONCURRENCY = env.number("ORDERSTREAM_CONCURRENCY", 100, least=1, most=10_000)
ORDERSTREAM_DRAIN_SECONDS = env.seconds("ORDERSTREAM_DRAIN_SECONDS", 30)
ORDERSTREAM_HANDLER = env.text("ORDERSTREAM_HANDLER", "workers.handlers.simulate")
# Those that a manager may choose while workers run; the one above is always among them.
ORDERSTREAM_HANDLERS = env.names(
    "ORDERSTREAM_HANDLERS", "workers.handlers.simulate workers.handlers.reserve_stock"
)
ORDERSTREAM_SIMULATE_SECONDS = env.span("ORDERSTREAM_SIMULATE_SECONDS", "1-5")
ORDERSTREAM_SIMULATE_FAILURE_RATE = env.fraction("ORDERSTREAM_SIMULATE_FAILURE_RATE", 0.0)
# Where TLS ends: `on` here, `proxy` in front of us (it sets X-Forwarded-Proto), `off` nowhere.
ORDERSTREAM_HTTPS = env.choice("ORDERSTREAM_HTTPS", "off" if DEBUG else "on", ("on", "proxy", "off"))
ORDERSTREAM_TRUSTED_PROXIES = env.networks("ORDERSTREAM_TRUSTED_PROXIES")
# Of one name, address, session, key or person; 0: no limit.
ORDERSTREAM_SIGN_INS_PER_MINUTE = env.number("ORDERSTREAM_SIGN_INS_PER_MINUTE", 10, most=1_000_000)
ORDERSTREAM_HANDSHAKES_PER_MINUTE = env.number("ORDERSTREAM_HANDSHAKES_PER_MINUTE", 600, most=100_000)
ORDERSTREAM_READING_PER_SECOND = env.number("ORDERSTREAM_READING_PER_SECOND", 1_000, most=rules.FASTEST)
ORDERSTREAM_PLACING_PER_SECOND = env.number("ORDERSTREAM_PLACING_PER_SECOND", 10_000, most=rules.FASTEST)
ORDERSTREAM_OPERATING_PER_SECOND = env.number("ORDERSTREAM_OPERATING_PER_SECOND", 1_000, most=rules.FASTEST)
# Empty: files come straight out of the apps. A folder: what `collectstatic` put there, under hashed names.
ORDERSTREAM_STATIC_ROOT = env.text("ORDERSTREAM_STATIC_ROOT")
ORDERSTREAM_LOG_FORMAT = env.choice("ORDERSTREAM_LOG_FORMAT", "console", ("console", "json"))
ORDERSTREAM_LOG_LEVEL = env.choice("ORDERSTREAM_LOG_LEVEL", "info", ("debug", "info", "warning", "error"))

# --- Django's.

# The page of the API's documentation comes from ninja's wheel, not from another host. Were ninja an app,
# every command would import it with pydantic and django.test: a quarter of its start, and 11 MB of a worker.
NINJA_DIR = Path(find_spec("ninja").origin).parent  # type: ignore[union-attr,arg-type] # it is installed

INSTALLED_APPS = [
    "orderstream",
    "workers",
    "dashboard",
    "unfold.apps.BasicAppConfig",  # its wheel carries Chart.js; before the admin, whose templates it replaces
    "django.contrib.admin.apps.SimpleAdminConfig",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.messages",
    "servestatic",
    "django.contrib.staticfiles",
    "django_htmx",
    "csp",
]

MIDDLEWARE = [
    "orderstream.api.problems.problem_responses",
    "django.middleware.security.SecurityMiddleware",
    "orderstream.access.charsets.only_utf8",
    "csp.middleware.CSPMiddleware",
    "orderstream.access.renewal.RenewingSessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "orderstream.admin.messages.Messages",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
]

ROOT_URLCONF = "orderstream.urls"
ASGI_APPLICATION = "orderstream.asgi.application"

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates", NINJA_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.template.context_processors.i18n",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ],
        },
    },
]

DATABASES = {"default": env.database("DATABASE_URL", VAR_DIR / "orderstream.sqlite3")}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

CACHES = {
    "default": {
        "BACKEND": "orderstream.access.cache.ForgivingRedisCache",
        "LOCATION": REDIS_URL,
        "KEY_PREFIX": f"{ORDERSTREAM_KEY_PREFIX}cache",
        "OPTIONS": {"socket_timeout": 1, "socket_connect_timeout": 1},
    },
}

CHANNEL_LAYERS = {
    "default": {
        "BACKEND": "channels_redis.core.RedisChannelLayer",
        "CONFIG": {
            # It waits 5 s for a message, and redis-py's time-out is 5 s too: every idle socket would die.
            "hosts": [{"address": REDIS_URL, "socket_timeout": 15, "socket_connect_timeout": 2}],
            "prefix": f"{ORDERSTREAM_KEY_PREFIX}channels",
        },
    },
}

SESSION_ENGINE = "orderstream.access.session_store"
SESSION_COOKIE_AGE = 86_400  # from its last use
SESSION_COOKIE_HTTPONLY = True
MESSAGE_STORAGE = "django.contrib.messages.storage.cookie.CookieStorage"
SESSION_COOKIE_SAMESITE = "Lax"
CSRF_COOKIE_SAMESITE = "Lax"

LOGIN_URL = "sign_in"
LOGIN_REDIRECT_URL = "/"
LOGOUT_REDIRECT_URL = "sign_in"
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": f"django.contrib.auth.password_validation.{name}"}
    for name in ("UserAttributeSimilarityValidator", "MinimumLengthValidator", "CommonPasswordValidator")
]

# A body over this never becomes memory of ours; the API's own, lower limits are in orderstream/conf.py.
DATA_UPLOAD_MAX_MEMORY_SIZE = 2_500_000

LANGUAGE_CODE = "en"
LANGUAGES = [("en", "English")]
LOCALE_PATHS = [BASE_DIR / "locale"]
FORMAT_MODULE_PATH = ["orderstream.formats"]
USE_I18N = True
USE_TZ = True
TIME_ZONE = "UTC"

STATIC_URL = "static/"
STATICFILES_DIRS = [NINJA_DIR / "static"]
STATIC_ROOT = ORDERSTREAM_STATIC_ROOT or None
SERVESTATIC_AUTOREFRESH = DEBUG
SERVESTATIC_USE_FINDERS = not STATIC_ROOT
SERVESTATIC_USE_MANIFEST = bool(STATIC_ROOT)
SERVESTATIC_ALLOW_ALL_ORIGINS = False
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {
        "BACKEND": "orderstream.static_files.HashedFiles"
        if STATIC_ROOT
        else "django.contrib.staticfiles.storage.StaticFilesStorage"
    },
}

CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": ["'self'"],
        "script-src": ["'self'"],
        "style-src": ["'self'"],
        "img-src": ["'self'"],
        "font-src": ["'self'"],
        "connect-src": ["'self'"],  # the WebSocket of the same host too, by CSP level 3
        "object-src": ["'none'"],
        "base-uri": ["'none'"],
        "form-action": ["'self'"],
        "frame-ancestors": ["'none'"],
    },
}

UNFOLD = {
    "SITE_TITLE": "OrderStream",
    "SITE_HEADER": "OrderStream",
    "SITE_ICON": "orderstream.admin.look.mark",
    "SITE_FAVICONS": [{"rel": "icon", "type": "image/svg+xml", "href": "orderstream.admin.look.mark"}],
    "SHOW_HISTORY": True,
    "SHOW_VIEW_ON_SITE": False,
    "COLORS": {"base": "orderstream.admin.look.stone", "primary": "orderstream.admin.look.ink"},
    "BORDER_RADIUS": "4px",
    "STYLES": ["orderstream.admin.look.styles"],
    "SIDEBAR": {"navigation": "orderstream.admin.look.navigation"},
}

IS_HTTPS = ORDERSTREAM_HTTPS != "off"
SESSION_COOKIE_SECURE = IS_HTTPS
CSRF_COOKIE_SECURE = IS_HTTPS
SECURE_SSL_REDIRECT = IS_HTTPS
SECURE_REDIRECT_EXEMPT = [r"^healthz$", r"^readyz$"]  # asked over plain http by whoever runs us
SECURE_HSTS_SECONDS = 31_536_000 if IS_HTTPS else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = env.flag("SECURE_HSTS_INCLUDE_SUBDOMAINS", default=False)
SECURE_HSTS_PRELOAD = env.flag("SECURE_HSTS_PRELOAD", default=False)
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if ORDERSTREAM_HTTPS == "proxy" else None
SECURE_REFERRER_POLICY = "same-origin"
SECURE_CONTENT_TYPE_NOSNIFF = True
X_FRAME_OPTIONS = "DENY"
# W005 and W021: other names below the domain belong to whoever owns it; these are asked for, not assumed.
SILENCED_SYSTEM_CHECKS = ["security.W005", "security.W021"]

LOGGING_CONFIG = None
logs.configure(level=ORDERSTREAM_LOG_LEVEL, form=ORDERSTREAM_LOG_FORMAT)
