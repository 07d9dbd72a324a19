"""A Django project with dj-stripe, as its documentation tells to make one."""

import os

SECRET_KEY = "not a secret"
USE_TZ = True
ALLOWED_HOSTS = ["*"]
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
INSTALLED_APPS = [
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "djstripe",
]
DATABASES = {
    "default": {
        "ENGINE": "django.db.backends.sqlite3",
        "NAME": "db.sqlite3",
        # Webhooks come in several at once: a file, and writers who wait for one another.
        "TEST": {"NAME": "test.sqlite3"},
        "OPTIONS": {"timeout": 20, "transaction_mode": "IMMEDIATE"},
    }
}
ROOT_URLCONF = "urls"
STATIC_URL = "static/"

STRIPE_LIVE_MODE = False
STRIPE_TEST_SECRET_KEY = os.environ["STRIPE_API_KEY"]
DJSTRIPE_FOREIGN_KEY_TO_FIELD = "id"
# The one thing that is not as with Stripe.
STRIPE_API_HOST = os.environ["SANDBOX"]
