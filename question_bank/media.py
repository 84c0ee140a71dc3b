"""Images of questions: what may be stored, under a name taken from its content, and nothing but the picture.

A picture comes from a stranger. Its type is read from its first bytes, never from its name; what the type allows
beside the picture (places, thumbnails, comments, scripts, a second file behind the first) does not survive.
Stored are PNG, JPEG and SVG only: they show in every browser, print, and go into every exchange format.

Cleaning is idempotent to the byte, so that an export that comes back keeps the names of its images.
"""

import hashlib
import re
from dataclasses import dataclass

from question_bank.media_refusal import MESSAGES, MediaRefused
from question_bank.raster import Picture, clean_raster, raster_kind
from question_bank.svg import clean_svg, looks_like_svg

__all__ = ["MAX_BYTES", "MEDIA_NAME", "MEDIA_TYPES", "MESSAGES", "CleanImage", "MediaRefused", "clean_image"]

MAX_BYTES = 2 * 2**20
"""The largest stored image."""
MAX_INPUT_BYTES = 20 * 2**20
MEDIA_TYPES = {
    "png": "image/png",
    "jpg": "image/jpeg",
    "gif": "image/gif",
    "webp": "image/webp",
    "svg": "image/svg+xml",
}
"""The media type by the ending of a media name."""
MEDIA_NAME = re.compile(r"[0-9a-f]{32}\.(?:png|jpg|gif|webp|svg)")
"""How a media name is spelt: the first 32 hex digits of the SHA-256 of the file, and its ending."""


@dataclass(frozen=True, slots=True)
class CleanImage:
    """An image that may be stored and served; `name` is its address. `width` and `height` are in CSS pixels."""

    name: str
    media_type: str
    data: bytes
    width: int
    height: int


def clean_image(data: bytes) -> CleanImage:
    """Return the picture that the bytes hold, without anything else, at most `MAX_BYTES` long.

    PNG and JPEG keep their pixels exactly, GIF and BMP become PNG, WebP becomes JPEG or (where it is transparent)
    PNG; a photograph is turned upright as its camera noted; what is larger than `MAX_BYTES` is scaled down. SVG
    keeps its drawing: shapes, text, gradients, inner styles and embedded images, cleaned in turn.

    Raises:
        MediaRefused: another type, too large, animated, broken, or an SVG that is not a plain drawing.
    """
    if len(data) > MAX_INPUT_BYTES:
        raise MediaRefused("image_too_large", {"limit_mb": MAX_INPUT_BYTES // 2**20})
    kind = raster_kind(data)
    if kind is not None:
        return _named(clean_raster(data, kind, max_bytes=MAX_BYTES))
    if not looks_like_svg(data):
        raise MediaRefused("image_unknown")
    drawing = clean_svg(data, max_image_bytes=MAX_BYTES)
    if len(drawing.data) > MAX_BYTES:
        raise MediaRefused("image_too_large", {"limit_mb": MAX_BYTES // 2**20})
    return _named(drawing)


def _named(picture: Picture) -> CleanImage:
    name = f"{hashlib.sha256(picture.data).hexdigest()[:32]}.{picture.ending}"
    return CleanImage(name, MEDIA_TYPES[picture.ending], picture.data, picture.width, picture.height)
