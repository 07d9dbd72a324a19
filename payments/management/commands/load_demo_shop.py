"""A shop to look at: products, people to log in as, and a gateway."""

from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from accounts.models import Role, User
from catalog.demo import load_demo_products
from payments.models import Coupon, PaymentGateway

PASSWORD = "rentwell-demo"  # noqa: S105 (the demo's, printed by `make demo`)
PEOPLE = (
    ("alice@example.com", "Alice Archer", Role.CUSTOMER),
    ("bob@example.com", "Bob Baker", Role.CUSTOMER),
    ("staff@example.com", "Stella Staff", Role.STAFF),
    ("admin@example.com", "Ada Admin", Role.ADMIN),
)


class Command(BaseCommand):
    help = "Load the demo shop: some thirty products, four logins, a coupon and a gateway."

    def handle(self, *args: Any, **options: Any) -> None:
        if settings.PRODUCTION:
            raise CommandError("The demo's logins are public: they are not loaded in production.")
        count = load_demo_products()
        for email, name, role in PEOPLE:
            if not User.objects.filter(email=email).exists():
                User.objects.create_user(email, PASSWORD, name=name, role=role)
        Coupon.objects.get_or_create(
            code="WELCOME", defaults={"percent": 10, "once_per_customer": True}
        )
        PaymentGateway.objects.get_or_create(
            gateway_type="STRIPE",
            is_active=True,
            defaults={"name": "Stripe Payment Gateway", "is_test_mode": True},
        )
        self.stdout.write(f"{count} products, {len(PEOPLE)} logins, password: {PASSWORD}")
