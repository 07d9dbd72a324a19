"""Pictures and documents that belong to something of an order (matrix row F14)."""

import uuid
from pathlib import PurePath

from django.conf import settings
from django.core.files.storage import Storage, storages
from django.db import models


def evidence_storage() -> Storage:
    """Apart from the pictures of products: nothing of it is ever served by its address."""
    return storages["evidence"]


def evidence_path(evidence: "StoredFile | None", name: str) -> str:
    """Where a file is kept: nobody chooses the name of it."""
    return f"{uuid.uuid4().hex}{PurePath(name).suffix}"


class StoredFile(models.Model):
    """A file that staff added, as it is kept and served; a subclass says what it belongs to."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    file = models.FileField(storage=evidence_storage, upload_to=evidence_path)
    name = models.CharField(max_length=100, help_text="As it is called when it is saved.")
    content_type = models.CharField(max_length=40)
    size = models.PositiveIntegerField(help_text="In bytes.")
    added_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+"
    )
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        abstract = True
        ordering = ["created_at"]

    def __str__(self) -> str:
        return self.name
