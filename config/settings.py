"""All settings, read from the environment. `.env.example` describes each variable.

Nothing set means: development on this machine, with an embedded PostgreSQL and Redis
(config/embedded.py). `RENTWELL_ENV=production` refuses to start on anything unsafe
(config/safety.py).
"""

from datetime import timedelta
from pathlib import Path
from typing import Any

import environ
from psycopg import IsolationLevel

from common.logging import logging_config
from config import embedded

BASE_DIR = Path(__file__).resolve().parent.parent
env = environ.Env()
environ.Env.read_env(BASE_DIR / ".env")

# --- What this process is -------------------------------------------------------------------------
ENVIRONMENT: str = env.str("RENTWELL_ENV", "development")
PRODUCTION = ENVIRONMENT == "production"
DEBUG = env.bool("DEBUG", False)
# For development only: config/safety.py refuses it in production.
INSECURE_SECRET_KEY = "insecure-development-key-0000000000000000000000000000"  # noqa: S105
SECRET_KEY: str = env.str("SECRET_KEY", INSECURE_SECRET_KEY)
ALLOWED_HOSTS: list[str] = env.list("ALLOWED_HOSTS", default=["localhost", "127.0.0.1", "[::1]"])
CSRF_TRUSTED_ORIGINS: list[str] = env.list("CSRF_TRUSTED_ORIGINS", default=[])
SITE_URL: str = env.str("SITE_URL", "http://localhost:8000").rstrip("/")
# How many reverse proxies of ours stand in front; the peer's address is read accordingly.
TRUSTED_PROXIES: int = env.int("TRUSTED_PROXIES", 0)

# --- The shop -------------------------------------------------------------------------------------
SHOP_NAME: str = env.str("SHOP_NAME", "Rentwell Demo Shop")
# What stands on documents: the address with `|` between its lines, and the terms of agreements.
SHOP_ADDRESS: str = env.str("SHOP_ADDRESS", "")
SHOP_TAX_ID: str = env.str("SHOP_TAX_ID", "")
RENTAL_TERMS_FILE: str = env.str("RENTAL_TERMS_FILE", "")
RENTAL_TERMS: str = Path(RENTAL_TERMS_FILE).read_text("utf-8") if RENTAL_TERMS_FILE else ""
UNFOLD = {
    "SITE_TITLE": SHOP_NAME,
    "SITE_HEADER": SHOP_NAME,  # what staff see above the admin
    "SITE_DROPDOWN": [
        {"icon": "today", "title": "Today", "link": "/board/"},
        {"icon": "storefront", "title": "Shop", "link": "/"},
    ],
}
SHOP_CURRENCY: str = env.str("SHOP_CURRENCY", "EUR").upper()
SHOP_TIME_ZONE: str = env.str("SHOP_TIME_ZONE", "Europe/Berlin")
# A checkout can be paid for this long (Stripe: 30 minutes from when it hears of it to 24 hours) ...
CHECKOUT_WINDOW = timedelta(minutes=env.int("CHECKOUT_MINUTES", 60))
# ... and units stay held a little longer, so that money never arrives for units already released.
HOLD_GRACE = timedelta(minutes=env.int("HOLD_GRACE_MINUTES", 10))
# A rental is booked so long before its pickup, where a product does not say otherwise (D2.10).
LEAD_TIME = timedelta(minutes=env.int("LEAD_TIME_MINUTES", 0))
BOOKING_HORIZON = timedelta(days=env.int("BOOKING_HORIZON_DAYS", 730))
# A customer may hold this many unpaid orders at once (matrix row F08).
MAX_PENDING_ORDERS: int = env.int("MAX_PENDING_ORDERS", 20)

# How much of rent and tax comes back on cancelling: `hours of notice:percent`, longest first (D5).
CANCELLATION_POLICY: str = env.str("CANCELLATION_POLICY", "168:100,48:50")
# How deposits are secured where a product does not say: CHARGE, HOLD, CARD_ON_FILE or NONE (D4).
DEPOSIT_STRATEGY: str = env.str("DEPOSIT_STRATEGY", "CHARGE").upper()
# A hold is placed on the card so long before the rental begins.
DEPOSIT_HOLD_LEAD = timedelta(hours=env.int("DEPOSIT_HOLD_LEAD_HOURS", 24))
# Nothing is handed over before its deposit is secured; staff may do so all the same.
PICKUP_NEEDS_DEPOSIT: bool = env.bool("PICKUP_NEEDS_DEPOSIT", True)
# So long after the return the shop may still claim something; then the deposit is released.
INSPECTION_WINDOW = timedelta(hours=env.int("INSPECTION_HOURS", 48))
# What a late return costs where a product does not say: for each unit and started HOUR or DAY, in
# minor units of SHOP_CURRENCY; 0 asks for nothing, a cap of 0 is none (D4).
LATE_FEE_MINOR: int = env.int("LATE_FEE_MINOR", 0)
LATE_FEE_UNIT: str = env.str("LATE_FEE_UNIT", "DAY").upper()
LATE_GRACE = timedelta(minutes=env.int("LATE_GRACE_MINUTES", 0))
LATE_CAP_MINOR: int = env.int("LATE_CAP_MINOR", 0)
# Above these amounts, in minor units by currency, a second person approves what staff refund.
REFUND_APPROVAL_MINOR: dict[str, int] = env.dict(
    "REFUND_APPROVAL_MINOR", default={}, cast={"value": int}
)

# --- Apps -----------------------------------------------------------------------------------------
INSTALLED_APPS = [
    "unfold",
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.contrib.postgres",
    "rest_framework",
    "rest_framework_simplejwt.token_blacklist",
    "django_filters",
    "drf_spectacular",
    "drf_spectacular_sidecar",
    "procrastinate.contrib.django",
    "common",
    "accounts",
    "catalog",
    "payments",
    "storefront",
]
MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "common.middleware.RequestLogMiddleware",
    "common.middleware.ShopClockMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
]
ROOT_URLCONF = "config.urls"
WSGI_APPLICATION = "config.wsgi.application"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ],
        },
    }
]
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
TEST_RUNNER = "config.test_runner.PytestRunner"

# --- Database: PostgreSQL only --------------------------------------------------------------------
DATABASES: dict[str, dict[str, Any]] = {
    "default": env.db_url_config(env.str("DATABASE_URL", "") or embedded.start_postgres())
}
DB_POOL_SIZE: int = env.int("DB_POOL_SIZE", 0)
DATABASES["default"] |= {
    "TEST": {"NAME": env.str("TEST_DATABASE", "test_rentwell")},
    "ATOMIC_REQUESTS": False,  # a gateway is never called inside a transaction
    # The pool would ask the server before each use, a round trip of its own. Without, a restart of
    # the database costs each pooled connection one 503, and no more.
    "CONN_HEALTH_CHECKS": not DB_POOL_SIZE,
    "CONN_MAX_AGE": 0 if DB_POOL_SIZE else 60,
    "OPTIONS": DATABASES["default"].get("OPTIONS", {})
    | {
        # Under REPEATABLE READ a lock is followed by a stale snapshot (reliability rule R10).
        "isolation_level": IsolationLevel.READ_COMMITTED,
        "connect_timeout": 5,
        "prepare_threshold": 0,  # or nothing is ever prepared; Django's own statements never are
        "options": "-c lock_timeout=3s -c statement_timeout=15s"
        " -c idle_in_transaction_session_timeout=10s",
    }
    | ({"pool": {"min_size": 2, "max_size": DB_POOL_SIZE, "timeout": 5}} if DB_POOL_SIZE else {}),
}

# --- Cache: never the truth (reliability rule R18) ------------------------------------------------
REDIS_URL: str = env.str("REDIS_URL", "") or embedded.start_redis()
REDIS_CACHE: dict[str, Any] = {
    "BACKEND": "common.cache.ForgivingRedisCache",
    "LOCATION": REDIS_URL,
    "KEY_PREFIX": "rentwell",
    "TIMEOUT": 300,
    "OPTIONS": {
        "SERIALIZER": "django_redis.serializers.json.JSONSerializer",
        "SOCKET_CONNECT_TIMEOUT": 0.2,
        "SOCKET_TIMEOUT": 0.2,
    },
}
# Where there is neither a Redis nor a wheel of one; slower, and good enough for trying out.
DATABASE_CACHE: dict[str, Any] = {
    "BACKEND": "django.core.cache.backends.db.DatabaseCache",
    "LOCATION": "common_cache",  # made by a migration of `common`
    "KEY_PREFIX": "rentwell",
    "TIMEOUT": 300,
    "OPTIONS": {"MAX_ENTRIES": 10_000},
}
CACHES: dict[str, dict[str, Any]] = {"default": REDIS_CACHE if REDIS_URL else DATABASE_CACHE}

# --- People ---------------------------------------------------------------------------------------
AUTH_USER_MODEL = "accounts.User"
LOGIN_URL = "/login/"
LOGIN_REDIRECT_URL = "/"
LOGOUT_REDIRECT_URL = "/"
PASSWORD_HASHERS = ["django.contrib.auth.hashers.PBKDF2PasswordHasher"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": f"django.contrib.auth.password_validation.{name}"}
    for name in (
        "UserAttributeSimilarityValidator",
        "MinimumLengthValidator",
        "CommonPasswordValidator",
        "NumericPasswordValidator",
    )
]
SIMPLE_JWT = {
    "ALGORITHM": "HS256",
    "SIGNING_KEY": SECRET_KEY,
    "AUDIENCE": "rentwell",
    "ISSUER": "rentwell",
    "LEEWAY": 10,
    "ACCESS_TOKEN_LIFETIME": timedelta(minutes=10),
    "REFRESH_TOKEN_LIFETIME": timedelta(days=14),
    "ROTATE_REFRESH_TOKENS": True,
    "BLACKLIST_AFTER_ROTATION": True,
    "CHECK_REVOKE_TOKEN": True,  # a changed password ends every token made before
    "UPDATE_LAST_LOGIN": False,
}

# --- API ------------------------------------------------------------------------------------------
REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": [
        "accounts.authentication.TokenAuthentication",
        "rest_framework.authentication.SessionAuthentication",
    ],
    "DEFAULT_PERMISSION_CLASSES": ["rest_framework.permissions.IsAuthenticated"],
    "DEFAULT_PARSER_CLASSES": ["common.api.parsers.StrictJSONParser"],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_SCHEMA_CLASS": "drf_spectacular.openapi.AutoSchema",
    "DEFAULT_PAGINATION_CLASS": "common.api.pagination.EnvelopePagination",
    "DEFAULT_METADATA_CLASS": None,  # OPTIONS would answer outside the envelope
    "EXCEPTION_HANDLER": "common.api.exceptions.exception_handler",
    "COERCE_DECIMAL_TO_STRING": True,
    "NUM_PROXIES": TRUSTED_PROXIES,
    "UNICODE_JSON": True,
}
SPECTACULAR_SETTINGS = {
    "TITLE": "Rentwell API",
    "DESCRIPTION": "Orders, availability and payments for rental businesses. Money is a decimal"
    " string with its currency beside it; instants carry an offset.",
    "VERSION": "0.1.0",
    "SERVE_INCLUDE_SCHEMA": False,
    "SERVE_PERMISSIONS": ["rest_framework.permissions.AllowAny"],
    "SWAGGER_UI_DIST": "SIDECAR",
    "SWAGGER_UI_FAVICON_HREF": "SIDECAR",
    "COMPONENT_SPLIT_REQUEST": True,
    "ENUM_NAME_OVERRIDES": {
        name: f"payments.domain.states.{name}.choices"
        for name in (
            "ChangeStatus",
            "ClaimStatus",
            "OrderStatus",
            "PaymentStatus",
            "RefundStatus",
            "NotificationStatus",
        )
    }
    | {
        "ChangeKind": "payments.domain.changes.ChangeKind.choices",
        "ClaimKind": "payments.domain.deposits.ClaimKind.choices",
        "DocumentKind": "payments.domain.documents.DocumentKind.choices",
        "MovementKind": "payments.domain.fulfilment.MovementKind.choices",
    },
}

# --- Payments -------------------------------------------------------------------------------------
# Used where the active PaymentGateway row holds no credentials of its own.
STRIPE_PUBLIC_KEY: str = env.str("STRIPE_PUBLIC_KEY", "")
STRIPE_SECRET_KEY: str = env.str("STRIPE_SECRET_KEY", "")
# One secret, or several separated by commas while a secret is being rolled.
STRIPE_WEBHOOK_SECRET: str = env.str("STRIPE_WEBHOOK_SECRET", "")
STRIPE_API_BASE: str = env.str("STRIPE_API_BASE", "https://api.stripe.com")
GATEWAY_TIMEOUT = 10  # seconds for one call, connection and answer together
# Fernet keys that encrypt gateway credentials, newest first; see docs/operations.md.
INSECURE_CREDENTIAL_KEY = "aW5zZWN1cmUtZGV2ZWxvcG1lbnQta2V5LTAwMDAwMDA="
CREDENTIAL_KEYS: list[str] = env.list("CREDENTIAL_KEYS", default=[INSECURE_CREDENTIAL_KEY])

# --- Messages -------------------------------------------------------------------------------------
vars().update(env.email("EMAIL_URL", default=f"filemail:///{BASE_DIR / '.local' / 'mail'}"))
DEFAULT_FROM_EMAIL: str = env.str("DEFAULT_FROM_EMAIL", "Rentwell <shop@localhost>")
EMAIL_TIMEOUT = 10

# --- Language, time, files ------------------------------------------------------------------------
USE_TZ = True
TIME_ZONE = "UTC"
LANGUAGE_CODE = "en-us"
STATIC_URL = "/static/"
STATIC_ROOT = BASE_DIR / "staticfiles"
STATIC_ROOT.mkdir(exist_ok=True)  # whitenoise wants it there, even while finders serve the files
MEDIA_URL = "/media/"
MEDIA_ROOT = BASE_DIR / ".local" / "media"
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    # Evidence of claims: a web server must not reach it, only the API hands it out.
    "evidence": {
        "BACKEND": "django.core.files.storage.FileSystemStorage",
        "OPTIONS": {"location": BASE_DIR / ".local" / "evidence"},
    },
    "staticfiles": {
        "BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"
        if PRODUCTION
        else "django.contrib.staticfiles.storage.StaticFilesStorage"
    },
}
WHITENOISE_USE_FINDERS = not PRODUCTION
DATA_UPLOAD_MAX_MEMORY_SIZE = 1024 * 1024

# --- Logs -----------------------------------------------------------------------------------------
LOG_LEVEL: str = env.str("LOG_LEVEL", "INFO")
LOG_FORMAT: str = env.str("LOG_FORMAT", "json")
SLOW_QUERY_SECONDS: float = env.float("SLOW_QUERY_SECONDS", 0.2)
LOGGING = logging_config(LOG_LEVEL, LOG_FORMAT)

# --- Transport security ---------------------------------------------------------------------------
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = PRODUCTION
SECURE_SSL_REDIRECT = PRODUCTION and env.bool("SECURE_SSL_REDIRECT", True)
SECURE_REDIRECT_EXEMPT = [r"^healthz$", r"^readyz$"]
SECURE_HSTS_SECONDS: int = env.int("SECURE_HSTS_SECONDS", 31536000 if PRODUCTION else 0)
SECURE_HSTS_INCLUDE_SUBDOMAINS = SECURE_HSTS_PRELOAD = PRODUCTION
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if TRUSTED_PROXIES else None
X_FRAME_OPTIONS = "DENY"
