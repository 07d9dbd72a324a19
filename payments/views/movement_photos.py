"""Photos of a movement: staff add them, the order's owner sees them, and nobody else does."""

from uuid import UUID

from django.http import FileResponse
from rest_framework.generics import get_object_or_404
from rest_framework.request import Request
from rest_framework.response import Response

from common.api.envelope import documented, envelope_of, ok
from payments.models import Movement, MovementPhoto
from payments.serializers import MovementPhotoSerializer
from payments.services.movement_photos import add_photo
from payments.views.files import (
    FILE_ERRORS,
    FILE_FORM,
    FILE_RULES,
    TakesFiles,
    documented_file,
    handed_out,
    uploaded,
)
from payments.views.of_an_order import StaffWrites


class MovementPhotosView(TakesFiles):
    serializer_class = MovementPhotoSerializer

    def get_movement(self, movement_id: UUID) -> Movement:
        return get_object_or_404(Movement, pk=movement_id, order=self.get_object())

    @documented(
        "The photos of a movement",
        envelope_of(MovementPhotoSerializer, "MovementPhotos", many=True),
        errors=(401, 404),
        operation_id="payments_rental_orders_movements_photos_list",
    )
    def get(self, request: Request, pk: str, movement_id: UUID) -> Response:
        found = self.get_movement(movement_id).photos.all()
        shown = MovementPhotoSerializer(found, many=True).data
        return ok(shown, "Photos retrieved successfully")

    @documented(
        "Add a photo to a movement",
        envelope_of(MovementPhotoSerializer, "MovementPhotoAdded"),
        status=201,
        errors=FILE_ERRORS,
        request=FILE_FORM,
        description=FILE_RULES,
    )
    def post(self, request: Request, pk: str, movement_id: UUID) -> Response:
        movement = self.get_movement(movement_id)
        photo = add_photo(movement_id=movement.pk, upload=uploaded(request), staff=self.user)
        return ok(MovementPhotoSerializer(photo).data, "Photo added", status=201)


class MovementPhotoView(StaffWrites):
    serializer_class = MovementPhotoSerializer

    @documented_file("One photo of a movement")
    def get(self, request: Request, pk: str, movement_id: UUID, photo_id: UUID) -> FileResponse:
        photos = MovementPhoto.objects.filter(
            movement=movement_id, movement__order=self.get_object()
        )
        return handed_out(get_object_or_404(photos, pk=photo_id))
