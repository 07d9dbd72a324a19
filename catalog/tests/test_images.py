"""Matrix row F14: whatever is uploaded, only re-encoded pixels are stored, or nothing."""

import struct
import zlib
from io import BytesIO
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import SimpleUploadedFile
from PIL import Image

from catalog.images import MAX_BYTES, PictureFormField, reencode
from catalog.models import Product, picture_path

SVG = b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>'


def picture(fmt: str = "JPEG", size: tuple[int, int] = (40, 20), **options: Any) -> bytes:
    output = BytesIO()
    Image.new("RGB", size, "red").save(output, fmt, **options)
    return output.getvalue()


def chunk(kind: bytes, content: bytes) -> bytes:
    checksum = zlib.crc32(kind + content)
    return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", checksum)


def png_claiming(width: int, height: int) -> bytes:
    """A tiny PNG whose header promises a picture of the given size."""
    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    data = zlib.compress(b"\0" * 1000)
    return (
        b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", data) + chunk(b"IEND", b"")
    )


def opened(content: bytes) -> Image.Image:
    return Image.open(BytesIO(content))


@pytest.mark.parametrize("fmt", ["JPEG", "PNG", "WEBP"])
def test_a_picture_becomes_webp(fmt: str) -> None:
    result = opened(reencode(picture(fmt)))
    assert result.format == "WEBP"
    assert result.size == (40, 20)


def test_a_large_picture_is_made_smaller_and_a_small_one_is_left() -> None:
    assert opened(reencode(picture(size=(4000, 2000)))).size == (1600, 800)
    assert opened(reencode(picture(size=(10, 10)))).size == (10, 10)


def test_transparency_is_kept() -> None:
    output = BytesIO()
    Image.new("RGBA", (10, 10), (255, 0, 0, 0)).save(output, "PNG")
    assert opened(reencode(output.getvalue())).mode == "RGBA"


def test_a_photo_is_turned_upright_and_loses_where_it_was_taken() -> None:
    exif = Image.Exif()
    exif[0x0112] = 6  # lying on its side
    exif[0x010E] = "home address"
    result = reencode(picture(exif=exif))
    assert opened(result).size == (20, 40)
    assert b"home address" not in result
    assert not opened(result).getexif()


def test_what_is_hidden_behind_the_pixels_is_gone() -> None:
    assert b"<script>" not in reencode(picture("PNG") + b"<script>alert(1)</script>")


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"GIF89a",
        b"%PDF-1.4",
        b"<?php ?>",
        SVG,
        b"\xff\xd8\xff\xe0" + SVG,
        picture("GIF"),
        picture("BMP"),
        picture("TIFF"),
        picture("PNG")[:60],
        picture(size=(400, 400))[:300],
        png_claiming(100, 100),
    ],
    ids=lambda content: repr(content[:12]),
)
def test_what_is_not_a_whole_picture_is_refused(content: bytes) -> None:
    with pytest.raises(ValidationError, match="Upload a JPEG, PNG or WebP picture"):
        reencode(content)


def test_a_bomb_is_refused_before_it_is_unpacked() -> None:
    output = BytesIO()
    Image.new("1", (8_000, 6_000)).save(output, "PNG")
    bomb = output.getvalue()
    assert len(bomb) < 20_000
    with pytest.raises(ValidationError, match="too many pixels"):
        reencode(bomb)


@pytest.mark.parametrize("size", [(20_000, 20_000), (2**31 - 1, 2**31 - 1)])
def test_a_header_that_promises_the_moon_is_refused(size: tuple[int, int]) -> None:
    with pytest.raises(ValidationError):
        reencode(png_claiming(*size))


def test_the_form_field_gives_back_our_own_file() -> None:
    upload = SimpleUploadedFile("../../evil.php", picture(), "text/html")
    result = PictureFormField().clean(upload)
    assert result.name == "picture.webp"
    assert result.content_type == "image/webp"
    assert opened(result.read()).format == "WEBP"


def test_the_form_field_refuses_a_huge_file() -> None:
    upload = SimpleUploadedFile("a.jpg", picture() + b"\0" * MAX_BYTES, "image/jpeg")
    with pytest.raises(ValidationError, match="10 MB"):
        PictureFormField().clean(upload)


def test_an_empty_form_field_is_fine_where_the_picture_is_optional() -> None:
    assert not PictureFormField(required=False).clean(None)


@pytest.mark.parametrize("name", ["../../etc/passwd", "a.php", "a\0.jpg", "C:\\x.exe"])
def test_the_name_of_the_file_is_never_the_uploaders(name: str) -> None:
    path = picture_path(Product(), name)
    folder, _, file = path.partition("/")
    assert folder == "products"
    assert file.removesuffix(".webp").isalnum()
