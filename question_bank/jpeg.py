"""A JPEG file rebuilt from the segments that its picture needs, without touching a pixel.

Source: ITU-T T.81 (JPEG) annex B for the segments, T.871 (JFIF), ExifTool's list of APP14 for the colour transform.
"""

import re
import struct
from dataclasses import dataclass

from question_bank.media_refusal import MediaRefused

_START, _END = b"\xff\xd8", b"\xff\xd9"
_FRAMES = frozenset({0xC0, 0xC1, 0xC2})  # baseline, extended, progressive: what browsers decode
_TABLES = frozenset({0xC4, 0xDB, 0xDD})  # Huffman, quantisation, restart interval
_SCAN, _APP0, _APP1, _APP14, _COMMENT = 0xDA, 0xE0, 0xE1, 0xEE, 0xFE
_MAX_SCANS = 100  # a progressive file has about ten; thousands of empty scans cost a decoder minutes
_NEXT_MARKER = re.compile(rb"\xff[^\x00\xd0-\xd7]", re.DOTALL)
_JFIF = b"\xff\xe0\x00\x10JFIF\x00\x01\x01\x00\x00\x01\x00\x01\x00\x00"
_EXIF = b"Exif\0\0"


@dataclass(frozen=True, slots=True)
class RebuiltJpeg:
    """The bare file, and what the camera had noted (empty where there was nothing)."""

    data: bytes
    exif: bytes


def rebuilt_jpeg(data: bytes) -> RebuiltJpeg:
    """Return the file without notes, thumbnails, profiles, comments and whatever follows its end. Idempotent.

    Raises:
        MediaRefused: `image_unreadable` where the segments do not follow each other as they must.
    """
    kept, exif, place, scans = [_START], b"", 2, 0
    while True:
        marker, body, after = _segment(data, place)
        if marker == 0xD9:
            return RebuiltJpeg(b"".join([*kept, _END]), exif)
        if marker in _FRAMES or marker in _TABLES:
            kept.append(_written(marker, body))
        elif marker == _SCAN:
            scans += 1
            end = _NEXT_MARKER.search(data, after)
            if end is None or scans > _MAX_SCANS:
                raise MediaRefused("image_unreadable")
            kept += [_written(marker, body), data[after : end.start()]]
            after = end.start()
        elif marker == _APP0 and body.startswith(b"JFIF\0") and _JFIF not in kept:
            kept.append(_JFIF)
        elif marker == _APP14 and body.startswith(b"Adobe") and len(body) >= 12:
            kept.append(_written(marker, body[:12]))  # says how the colours are coded
        elif marker == _APP1 and body.startswith(_EXIF) and not exif:
            exif = body
        elif not (_APP0 <= marker <= 0xEF or marker == _COMMENT):
            raise MediaRefused("image_unreadable")
        place = after


def _segment(data: bytes, place: int) -> tuple[int, bytes, int]:
    """Return marker, content and the place after it."""
    if data[place : place + 1] != b"\xff":
        raise MediaRefused("image_unreadable")
    while data[place : place + 1] == b"\xff":  # fill bytes may stand before a marker
        place += 1
    marker = data[place] if place < len(data) else 0
    if marker == 0xD9:
        return marker, b"", place + 1
    header = data[place + 1 : place + 3]
    length = struct.unpack(">H", header)[0] if len(header) == 2 else 0
    end = place + 1 + length
    if length < 2 or end > len(data):
        raise MediaRefused("image_unreadable")
    return marker, data[place + 3 : end], end


def _written(marker: int, body: bytes) -> bytes:
    return struct.pack(">BBH", 0xFF, marker, len(body) + 2) + body
