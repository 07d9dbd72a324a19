"""Pictures that people upload. What is stored is always our own re-encoding of the pixels: no
script, no metadata, no oversize, whatever the file claimed to be (matrix row F14)."""

from io import BytesIO
from typing import Any, Final

from django import forms
from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import models
from PIL import Image, ImageOps

MAX_BYTES: Final = 10 * 1024 * 1024
MAX_PIXELS: Final = 40_000_000
LONGEST_SIDE: Final = 1600
_FORMATS: Final = ("JPEG", "PNG", "WEBP")


def reencode(content: bytes) -> bytes:
    """A picture as WebP, upright, without metadata, at most `LONGEST_SIDE` pixels wide and high.

    Raises ValidationError when it is not a JPEG, PNG or WebP picture, is damaged, or would unpack
    to more than `MAX_PIXELS`.
    """
    try:
        with Image.open(BytesIO(content), formats=_FORMATS) as picture:
            _refuse_bomb(picture)  # only the header has been read so far
            return _encode(picture)
    except ValidationError:
        raise
    except Exception as error:  # Pillow raises nearly anything on a damaged file
        raise ValidationError("Upload a JPEG, PNG or WebP picture.", "invalid_image") from error


def _refuse_bomb(picture: Image.Image) -> None:
    if picture.width * picture.height > MAX_PIXELS:
        raise ValidationError("The picture has too many pixels.", "too_many_pixels")


def _encode(picture: Image.Image) -> bytes:
    picture.thumbnail((LONGEST_SIDE, LONGEST_SIDE))
    upright = ImageOps.exif_transpose(picture)
    output = BytesIO()
    upright.convert("RGBA" if upright.has_transparency_data else "RGB").save(
        output, "WEBP", quality=82
    )
    return output.getvalue()


class PictureFormField(forms.FileField):
    """A file input whose value is the re-encoded picture."""

    widget = forms.ClearableFileInput

    def to_python(self, data: Any) -> SimpleUploadedFile | None:
        upload = super().to_python(data)
        if upload is None:
            return None
        if upload.size > MAX_BYTES:
            raise ValidationError("The file is larger than 10 MB.", "too_large")
        return SimpleUploadedFile("picture.webp", reencode(upload.read()), "image/webp")


class PictureField(models.ImageField):
    """An image whose uploads through any model form are re-encoded."""

    def formfield(self, **kwargs: Any) -> Any:
        return super().formfield(**{"form_class": PictureFormField} | kwargs)
