"""People who log in, by e-mail address. Their role decides what they may do (permissions.py)."""

import uuid
from typing import Any, ClassVar

from django.contrib.auth.models import AbstractBaseUser, BaseUserManager
from django.db import models
from django.db.models.functions import Lower
from django.utils import timezone


class Role(models.TextChoices):
    CUSTOMER = "CUSTOMER", "Customer"
    STAFF = "STAFF", "Staff"
    ADMIN = "ADMIN", "Administrator"


class UserManager(BaseUserManager["User"]):
    def create_user(self, email: str, password: str | None = None, **fields: Any) -> "User":
        """A new user, a customer unless `role` says otherwise.

        Without a password nobody can log in. Raises IntegrityError if the address is taken.
        """
        user = self.model(email=normalize_email(email), **fields)
        user.set_password(password)
        user.save(using=self._db)
        return user

    def create_superuser(self, email: str, password: str | None = None, **fields: Any) -> "User":
        """An administrator; `manage.py createsuperuser` calls this."""
        return self.create_user(email, password, **{"name": "", **fields, "role": Role.ADMIN})

    def get_by_natural_key(self, username: str | None) -> "User":
        return self.get(email=normalize_email(username or ""))


def normalize_email(email: str) -> str:
    """The form in which an address is stored and compared."""
    return email.strip().lower()


class User(AbstractBaseUser):
    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    email = models.EmailField("e-mail address", unique=True)
    name = models.CharField(max_length=150, blank=True)
    role = models.CharField(max_length=10, choices=Role, default=Role.CUSTOMER)
    is_active = models.BooleanField(
        "active",
        default=True,
        help_text="Turn off instead of deleting: ends every session at once.",
    )
    date_joined = models.DateTimeField(default=timezone.now, editable=False)
    cache_version = models.BigIntegerField(
        default=0,
        editable=False,
        help_text="Version of everything cached for this user; bumped in the writer's transaction.",
    )

    objects: ClassVar[UserManager] = UserManager()

    USERNAME_FIELD = "email"
    EMAIL_FIELD = "email"
    REQUIRED_FIELDS: ClassVar[list[str]] = []

    class Meta:
        ordering = ("email",)
        constraints = (
            models.CheckConstraint(
                condition=models.Q(email=Lower("email")), name="user_email_is_lower_case"
            ),
            models.CheckConstraint(
                condition=models.Q(role__in=Role.values), name="user_role_is_known"
            ),
        )

    def __str__(self) -> str:
        return self.email

    def clean(self) -> None:
        self.email = normalize_email(self.email)

    def get_full_name(self) -> str:
        """The name, or the address of someone who gave none."""
        return self.name or self.email

    def get_short_name(self) -> str:
        return self.get_full_name()

    @property
    def is_admin(self) -> bool:
        return self.role == Role.ADMIN

    @property
    def is_staff(self) -> bool:
        """Whether they may enter the admin and see every customer's orders."""
        return self.role in (Role.STAFF, Role.ADMIN)

    def has_perm(self, perm: str, obj: object = None) -> bool:
        """Django's permission check ("app.action_model"), decided by role alone.

        Administrators may everything; staff everything in catalog and payments but to touch the
        gateways' credentials, and may look at accounts; customers nothing.
        """
        if not self.is_active:
            return False
        if self.is_admin:
            return True
        return self.is_staff and _staff_may(perm)

    def has_perms(self, perm_list: Any, obj: object = None) -> bool:
        return all(self.has_perm(perm, obj) for perm in perm_list)

    def has_module_perms(self, app_label: str) -> bool:
        if not self.is_active:
            return False
        return self.is_admin or (self.is_staff and app_label in _STAFF_APPS)


_STAFF_APPS = frozenset({"accounts", "catalog", "payments"})


def _staff_may(perm: str) -> bool:
    app, _, codename = perm.partition(".")
    action, _, model = codename.partition("_")
    if app == "accounts":
        return action == "view"
    if app == "payments" and model == "paymentgateway":
        return action == "view"
    return app in ("catalog", "payments")
