"""Photos of how units looked when they went out or came back."""

from typing import Any
from uuid import UUID

from django.core.files.uploadedfile import UploadedFile
from django.db import transaction

from accounts.models import User
from payments.models import Movement, MovementPhoto
from payments.services.files import check_room, keep_file
from payments.services.journal import Actor, record
from payments.services.lifecycle import lock_order


def add_photo(*, movement_id: UUID, upload: "UploadedFile[bytes]", staff: User) -> MovementPhoto:
    """Store a photo with a movement. Raises InvalidInput (see `keep_file`) and TooMuchEvidence."""
    return keep_file(upload, lambda columns: _write(movement_id, columns, staff))


def _write(movement_id: UUID, columns: dict[str, Any], staff: User) -> MovementPhoto:
    with transaction.atomic(durable=True):
        movement = Movement.objects.get(pk=movement_id)
        order = lock_order(movement.order_id)
        check_room(movement.photos.count())
        photo = MovementPhoto.objects.create(movement=movement, added_by=staff, **columns)
        record(order, "units.photo", Actor.of(staff), movement=str(movement_id))
    return photo
