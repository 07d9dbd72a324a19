"""A Django project with django-payments, as its documentation tells to make one."""

import os

import stripe

SECRET_KEY = "not a secret"
USE_TZ = True
ALLOWED_HOSTS = ["*"]
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
INSTALLED_APPS = ["payments", "shop"]
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

PAYMENT_HOST = "localhost"
PAYMENT_MODEL = "shop.Payment"
PAYMENT_USES_SSL = False
PAYMENT_VARIANTS = {
    "stripe": (
        "payments.stripe.StripeProviderV3",
        {
            "api_key": os.environ["STRIPE_API_KEY"],
            "use_token": True,
            "endpoint_secret": "whsec_django_payments",
            "secure_endpoint": True,
        },
    )
}
# The one thing that is not as with Stripe.
stripe.api_base = os.environ["SANDBOX"]
