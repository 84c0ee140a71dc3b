"""Pictures of pixels: decoded to see that they are sound, and written with nothing but the pixels."""

import io
import struct
import zlib
from dataclasses import dataclass

from PIL import Image, ImageOps, UnidentifiedImageError

from question_bank.jpeg import rebuilt_jpeg
from question_bank.media_refusal import MediaRefused

MAX_SIDE = 8_000
MAX_PIXELS = 20_000_000
"""Decoded, at most 80 MB: an import stays within the memory that it is allowed."""
_SHRUNK_SIDES = (2_560, 1_600, 1_000, 700)
_JPEG_QUALITY = 88
_PNG_MAGIC = b"\x89PNG\r\n\x1a\n"
_PNG_CHUNKS = frozenset({b"IHDR", b"PLTE", b"tRNS", b"IDAT", b"IEND"})
_PNG_SAMPLES = {0: 1, 2: 3, 3: 1, 4: 2, 6: 4}  # samples per pixel by colour type

_READABLE = {_PNG_MAGIC: "PNG", b"\xff\xd8\xff": "JPEG", b"GIF87a": "GIF", b"GIF89a": "GIF", b"BM": "BMP"}
_UNREADABLE = {
    b"\xd7\xcd\xc6\x9a": "WMF",
    b"\x01\x00\x09\x00": "WMF",
    b"\x02\x00\x09\x00": "WMF",
    b"\x01\x00\x00\x00": "EMF",
    b"II*\0": "TIFF",
    b"MM\0*": "TIFF",
    b"%PDF": "PDF",
    b"%!PS": "EPS",
    b"\0\0\1\0": "ICO",
    b"8BPS": "PSD",
}
_UPRIGHT = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}

# Pillow would warn from this many pixels on. Sizes are checked below, before any pixel is decoded, and refused.
Image.MAX_IMAGE_PIXELS = None


@dataclass(frozen=True, slots=True)
class Picture:
    """A cleaned picture; `ending` is that of its type, `width` and `height` are in CSS pixels."""

    ending: str
    data: bytes
    width: int
    height: int


def raster_kind(data: bytes) -> str | None:
    """Return the name of the type that the first bytes tell, or None where they tell none.

    Raises:
        MediaRefused: a known type that browsers do not show or that is not accepted.
    """
    for magic, kind in _READABLE.items():
        if data.startswith(magic):
            return kind
    if data.startswith(b"RIFF") and data[8:12] == b"WEBP":
        return "WEBP"
    for magic, kind in _UNREADABLE.items():
        if data.startswith(magic):
            raise MediaRefused("image_type_unsupported", {"type": kind})
    if data[4:8] == b"ftyp":
        raise MediaRefused("image_type_unsupported", {"type": "HEIC/AVIF"})
    return None


def clean_raster(data: bytes, kind: str, *, max_bytes: int) -> Picture:
    """Return the picture as PNG or JPEG of at most `max_bytes`, scaled down if need be.

    Raises:
        MediaRefused: `image_dimensions`, `image_animated`, `image_unreadable`, `image_too_large`.
    """
    try:
        picture = _jpeg(data) if kind == "JPEG" else _others(data, kind)
        return picture if len(picture.data) <= max_bytes else _shrunk(picture, max_bytes)
    except MediaRefused:
        raise
    # Decoders fail on hostile files in all these ways; each is the file's fault.
    except (
        UnidentifiedImageError, OSError, SyntaxError, ValueError, TypeError, LookupError, EOFError, ArithmeticError,
        AttributeError, struct.error, zlib.error,
    ) as error:  # fmt: skip
        raise MediaRefused("image_unreadable") from error


def _opened(data: bytes, kind: str) -> Image.Image:
    image = Image.open(io.BytesIO(data), formats=[kind])
    width, height = image.size
    if max(width, height) > MAX_SIDE or width * height > MAX_PIXELS or not width or not height:
        limits = {"side": MAX_SIDE, "megapixels": MAX_PIXELS // 1_000_000}
        raise MediaRefused("image_dimensions", {"width": width, "height": height, **limits})
    if getattr(image, "is_animated", False):
        raise MediaRefused("image_animated")
    image.load()
    return image


def _jpeg(data: bytes) -> Picture:
    rebuilt = rebuilt_jpeg(data)
    image = _opened(rebuilt.data, "JPEG")
    turn = _UPRIGHT.get(_orientation(rebuilt.exif))
    if turn is None and image.mode in ("L", "RGB"):
        return Picture("jpg", rebuilt.data, *image.size)
    return _as_jpeg(image.transpose(turn) if turn is not None else image)


def _orientation(exif: bytes) -> int:
    found = Image.Exif()
    try:
        found.load(exif)
        return int(found.get(0x0112, 1))
    except (OSError, SyntaxError, ValueError, TypeError, LookupError, struct.error):
        return 1  # the note of the camera is broken, the picture need not be


def _others(data: bytes, kind: str) -> Picture:
    if kind == "PNG" and _is_bare_png(data):
        return Picture("png", data, *_opened(data, kind).size)
    image = ImageOps.exif_transpose(_opened(data, kind))
    if kind == "WEBP" and not image.has_transparency_data:
        return _as_jpeg(image)
    return _as_png(image)


def _as_png(image: Image.Image) -> Picture:
    if image.mode not in ("1", "L", "LA", "P", "RGB", "RGBA", "I;16"):
        image = image.convert("RGBA" if image.has_transparency_data else "RGB")
    # Pillow writes colour profiles and comments that it finds here.
    image.info = {name: value for name, value in image.info.items() if name == "transparency"}
    buffer = io.BytesIO()
    image.save(buffer, "PNG")
    return Picture("png", buffer.getvalue(), *image.size)


def _as_jpeg(image: Image.Image) -> Picture:
    buffer = io.BytesIO()
    image = image if image.mode in ("L", "RGB") else image.convert("RGB")
    image.info = {}
    image.save(buffer, "JPEG", quality=_JPEG_QUALITY, progressive=False)
    return Picture("jpg", rebuilt_jpeg(buffer.getvalue()).data, *image.size)


def _shrunk(picture: Picture, max_bytes: int) -> Picture:
    is_jpeg = picture.ending == "jpg"
    image = _opened(picture.data, "JPEG" if is_jpeg else "PNG")
    if image.mode not in ("L", "RGB", "RGBA"):
        image = image.convert("RGBA" if image.has_transparency_data else "RGB")
    for side in _SHRUNK_SIDES:
        image.thumbnail((side, side))
        smaller = _as_jpeg(image) if is_jpeg else _as_png(image)
        if len(smaller.data) <= max_bytes:
            return smaller
    raise MediaRefused("image_too_large", {"limit_mb": max_bytes // 2**20})


def _is_bare_png(data: bytes) -> bool:
    """Tell whether the file holds the pixels and nothing beside, before, between or behind them.

    Such a file is kept byte for byte: it is what `_as_png` writes, whichever version of the encoder wrote it.
    """
    chunks = _png_chunks(data)
    if chunks is None or chunks[0][0] != b"IHDR" or chunks[-1] != (b"IEND", b"") or len(chunks[0][1]) != 13:
        return False
    names = [name for name, _ in chunks]
    if not _PNG_CHUNKS.issuperset(names) or any(names.count(n) > 1 for n in _PNG_CHUNKS - {b"IDAT"}):
        return False
    width, height, depth, colour, _compression, _filter, interlace = struct.unpack(">IIBBBBB", chunks[0][1])
    if interlace or colour not in _PNG_SAMPLES or not 0 < width <= MAX_SIDE or not 0 < height <= MAX_SIDE:
        return False
    length = height * (1 + (width * depth * _PNG_SAMPLES[colour] + 7) // 8)
    stream = zlib.decompressobj()
    raw = stream.decompress(b"".join(body for name, body in chunks if name == b"IDAT"), length + 1)
    return len(raw) == length and stream.eof and not stream.unused_data


def _png_chunks(data: bytes) -> list[tuple[bytes, bytes]] | None:
    """Return names and contents, or None where lengths or checksums are wrong or bytes follow the end."""
    chunks, place = [], len(_PNG_MAGIC)
    while place < len(data):
        length, name = struct.unpack(">I4s", data[place : place + 8])
        body, checksum = data[place + 8 : place + 8 + length], data[place + 8 + length : place + 12 + length]
        if zlib.crc32(name + body).to_bytes(4, "big") != checksum:
            return None
        chunks.append((name, body))
        place += 12 + length
    return chunks or None
