"""Images from strangers: what is kept of them is a picture, and nothing else."""

import base64
import hashlib
import io
import struct
import zlib
from contextlib import suppress
from typing import Any

import pytest
from PIL import Image

from question_bank.media import MAX_BYTES, MEDIA_NAME, CleanImage, MediaRefused, clean_image

SVG = "http://www.w3.org/2000/svg"


def picture(kind: str = "PNG", size: tuple[int, int] = (12, 8), *, mode: str = "RGB", **saving: Any) -> bytes:
    """A picture whose upper left pixel is red."""
    image = Image.new(mode, size, "white")
    if mode == "RGB":
        image.paste((200, 0, 0), (0, 0, size[0] // 2, size[1] // 2))
    buffer = io.BytesIO()
    image.save(buffer, kind, **saving)
    return buffer.getvalue()


def noise(size: tuple[int, int], kind: str, **saving: Any) -> bytes:
    seed = b"".join(hashlib.sha256(str(i).encode()).digest() for i in range(size[0] * size[1] * 3 // 32 + 1))
    buffer = io.BytesIO()
    Image.frombytes("RGB", size, seed[: size[0] * size[1] * 3]).save(buffer, kind, **saving)
    return buffer.getvalue()


def drawing(inner: str, **attributes: str) -> bytes:
    written = " ".join(f'{name}="{value}"' for name, value in attributes.items())
    return f'<svg xmlns="{SVG}" xmlns:xlink="http://www.w3.org/1999/xlink" {written}>{inner}</svg>'.encode()


def refusal_of(data: bytes) -> str:
    with pytest.raises(MediaRefused) as caught:
        clean_image(data)
    assert caught.value.message("vi")
    assert caught.value.message("en")
    return caught.value.code


def pixels(image: CleanImage) -> Image.Image:
    return Image.open(io.BytesIO(image.data))


@pytest.mark.parametrize(
    ("kind", "ending"), [("PNG", "png"), ("JPEG", "jpg"), ("GIF", "png"), ("BMP", "png"), ("WEBP", "jpg")]
)
def test_a_picture_becomes_a_type_that_every_browser_shows(kind: str, ending: str) -> None:
    clean = clean_image(picture(kind))
    assert clean.name == f"{hashlib.sha256(clean.data).hexdigest()[:32]}.{ending}"
    assert MEDIA_NAME.fullmatch(clean.name)
    assert (clean.width, clean.height) == (12, 8)
    red, green, _blue = pixels(clean).convert("RGB").getpixel((1, 1))
    assert red > 150 > 90 > green


SOURCES = [
    picture("PNG"),
    picture("PNG", mode="RGBA"),
    picture("PNG", mode="P"),
    picture("PNG", mode="1"),
    picture("JPEG", quality=70),
    picture("JPEG", quality=70, progressive=True),
    picture("JPEG", mode="CMYK"),
    picture("GIF"),
    picture("WEBP", mode="RGBA"),
    drawing('<rect width="3" height="2" style="fill:red"/><text>x &lt; 1</text>', viewBox="0 0 9 6"),
]


@pytest.mark.parametrize("data", SOURCES)
def test_cleaning_a_clean_image_changes_no_byte(data: bytes) -> None:
    clean = clean_image(data)
    assert clean_image(clean.data) == clean


def test_the_place_where_a_photograph_was_taken_is_gone_and_the_photograph_stands_upright() -> None:
    exif = Image.Exif()
    exif[0x0112] = 6  # the camera was held upright: turn by 90 degrees
    exif[0x010E] = "bí mật"
    exif.get_ifd(0x8825)[2] = (10.0, 2.0, 33.0)  # GPS latitude
    photograph = picture("JPEG", (16, 8), exif=exif.tobytes(), comment=b"secret comment")
    assert b"Exif" in photograph
    clean = clean_image(photograph)
    assert (clean.width, clean.height) == (8, 16)
    assert b"Exif" not in clean.data
    assert b"secret" not in clean.data
    assert dict(pixels(clean).getexif()) == {}


@pytest.mark.parametrize("kind", ["PNG", "WEBP", "JPEG"])
def test_notes_profiles_and_comments_are_gone(kind: str) -> None:
    exif = Image.Exif()
    exif.get_ifd(0x8825)[2] = (10.0, 2.0, 33.0)
    exif[0x010E] = "SECRET-NOTE"
    data = picture(kind, exif=exif.tobytes(), icc_profile=b"SECRET-PROFILE" * 20, xmp=b"<x>SECRET-XMP</x>")
    assert b"SECRET" in data
    assert b"SECRET" not in clean_image(data).data


def test_a_quality_photograph_keeps_its_pixels_exactly() -> None:
    data = noise((64, 48), "JPEG", quality=93, comment=b"x")
    assert pixels(clean_image(data)).tobytes() == Image.open(io.BytesIO(data)).tobytes()


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "GIF", "WEBP", "BMP"])
def test_what_follows_the_end_of_a_picture_is_not_kept(kind: str) -> None:
    script = b"<script>alert(document.cookie)</script>"
    clean = clean_image(picture(kind) + script + b"PK\x03\x04 a second file")
    assert b"script" not in clean.data
    assert b"PK\x03\x04" not in clean.data


def png_chunk(name: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + name + body + zlib.crc32(name + body).to_bytes(4, "big")


def test_what_hides_behind_the_pixels_of_a_png_is_not_kept() -> None:
    head = png_chunk(b"IHDR", struct.pack(">IIBBBBB", 1, 1, 8, 0, 0, 0, 0))
    body = zlib.compress(b"\0\x80", 0)
    for hidden in (body + b"<script>", zlib.compress(b"\0\x80<script>" * 9, 0)):
        data = b"\x89PNG\r\n\x1a\n" + head + png_chunk(b"IDAT", hidden) + png_chunk(b"IEND", b"")
        assert b"script" not in clean_image(data).data


def test_a_script_that_begins_like_a_gif_is_refused() -> None:
    assert refusal_of(b"GIF89a/*" + b"\0" * 20 + b"*/=1;alert(1)//") == "image_unreadable"


def test_a_web_page_under_the_name_of_an_image_is_refused() -> None:
    assert refusal_of(b"<html><body><script>alert(1)</script></body></html>") == "image_unknown"
    assert refusal_of(b"") == "image_unknown"


@pytest.mark.parametrize(
    ("magic", "type_"),
    [
        (b"\xd7\xcd\xc6\x9a", "WMF"),
        (b"\x01\x00\x00\x00", "EMF"),
        (b"II*\0", "TIFF"),
        (b"%PDF-1.7", "PDF"),
        (b"\0\0\0\x18ftypheic", "HEIC/AVIF"),
    ],
)
def test_a_type_that_browsers_do_not_show_is_named_with_advice(magic: bytes, type_: str) -> None:
    with pytest.raises(MediaRefused) as caught:
        clean_image(magic + b"\0" * 100)
    assert caught.value.code == "image_type_unsupported"
    assert type_ in caught.value.message()
    assert "PNG" in caught.value.message()


def test_a_small_file_that_unpacks_into_a_huge_picture_is_refused_before_it_is_unpacked() -> None:
    head = png_chunk(b"IHDR", struct.pack(">IIBBBBB", 60_000, 60_000, 8, 2, 0, 0, 0))
    bomb = (
        b"\x89PNG\r\n\x1a\n"
        + head
        + png_chunk(b"IDAT", zlib.compress(b"\0" * 1_000_000))
        + png_chunk(b"IEND", b"")
    )
    assert refusal_of(bomb) == "image_dimensions"
    assert refusal_of(picture("PNG", (5_000, 4_100), mode="1")) == "image_dimensions"
    assert refusal_of(picture("PNG", (8_001, 1), mode="1")) == "image_dimensions"


def test_a_jpeg_of_thousands_of_scans_is_refused() -> None:
    data = picture("JPEG", progressive=True)
    scan = data[data.index(b"\xff\xda") : -2]
    assert refusal_of(data[:-2] + scan * 200 + data[-2:]) == "image_unreadable"


def test_a_file_too_large_to_read_is_refused_unread() -> None:
    assert refusal_of(b"\x89PNG\r\n\x1a\n" + bytes(21 * 2**20)) == "image_too_large"


@pytest.mark.parametrize(("kind", "saving"), [("PNG", {}), ("JPEG", {"quality": 97})])
def test_a_picture_over_the_limit_is_scaled_down_in_proportion(kind: str, saving: dict[str, Any]) -> None:
    clean = clean_image(noise((1_800, 1_200), kind, **saving))
    assert len(clean.data) <= MAX_BYTES
    assert abs(clean.width * 2 - clean.height * 3) <= 3
    assert clean_image(clean.data) == clean


@pytest.mark.parametrize("kind", ["GIF", "PNG", "WEBP"])
def test_a_moving_image_is_refused(kind: str) -> None:
    frames = [Image.new("RGB", (9, 9), colour) for colour in ("red", "blue", "green")]
    buffer = io.BytesIO()
    frames[0].save(buffer, kind, save_all=True, append_images=frames[1:], duration=50)
    assert refusal_of(buffer.getvalue()) == "image_animated"


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "GIF", "WEBP", "BMP"])
@pytest.mark.parametrize("share", [0.3, 0.6, 0.9])
def test_a_picture_that_is_cut_off_is_refused(kind: str, share: float) -> None:
    data = noise((40, 40), kind)
    assert refusal_of(data[: int(len(data) * share)]) == "image_unreadable"


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "GIF", "WEBP"])
def test_a_damaged_picture_is_refused_or_read_and_never_breaks_the_reader(kind: str) -> None:
    data = noise((20, 20), kind)
    for place in range(4, len(data), max(1, len(data) // 150)):
        damaged = data[:place] + bytes([data[place] ^ 0xFF]) + data[place + 1 :]
        with suppress(MediaRefused):
            assert clean_image(damaged).width


FORBIDDEN = (
    "script",
    "alert",
    "onload",
    "javascript",
    "evil",
    "foreign",
    "import",
    "http:",
    "https:",
    "//evil",
    "file:",
)
HOSTILE = {
    "script": "<script>alert(1)</script><g><script href='//evil'/></g>",
    "other prefix": f"<x:script xmlns:x='{SVG}'>alert(1)</x:script>",
    "handler": "<rect onload='alert(1)' onclick='alert(1)' width='1' height='1'/>",
    "foreign": "<foreignObject><b xmlns='http://www.w3.org/1999/xhtml'><iframe src='//evil'/></b></foreignObject>",
    "link": "<a xlink:href='javascript:alert(1)'><text>đi</text></a>",
    "animated link": "<a><animate attributeName='href' values='javascript:alert(1)'/><text>đi</text></a>",
    "set": "<set attributeName='onmouseover' to='alert(1)'/>",
    "use elsewhere": "<use href='//evil.example/x.svg#a'/><use xlink:href='data:image/svg+xml,x#a'/>",
    "paint elsewhere": "<rect fill='url(https://evil.example/a#b)' width='1' height='1'/>",
    "style elsewhere": "<rect style='fill:url(//evil/a);background-image:image-set(\"//evil/b\" 1x)' width='1'/>",
    "style sheet": "<style>@import url(http://evil); @font-face{src:url(http://evil)} rect{fill:url('//evil')}</style>",
    "escaped style": "<style>r{fill:u\\72l(//evil)}</style><rect style='fill:u\\72l(//evil)'/>",
    "cdata style": "<style><![CDATA[ </style><script>alert(1)</script> ]]></style>",
    "comment in style": "<style>rect{fill:u/**/rl(//evil)}</style>",
    "filter": "<filter id='f'><feImage href='http://evil/x.png'/></filter>",
    "handler element": "<handler>alert(1)</handler><listener/>",
    "instruction": "<?xml-stylesheet href='http://evil/x.css'?><!-- <script>alert(1)</script> -->",
    "metadata": "<metadata><x>evil</x></metadata>",
}


@pytest.mark.parametrize("name", HOSTILE)
def test_nothing_in_a_drawing_runs_or_reaches_outside(name: str) -> None:
    clean = clean_image(drawing(f"{HOSTILE[name]}<circle r='2' fill='red'/>", onload="alert(1)"))
    text = clean.data.decode().replace(SVG, "").lower()
    assert "<circle" in text
    assert [word for word in FORBIDDEN if word in text] == []


def test_a_drawing_keeps_what_is_drawn() -> None:
    inner = (
        "<defs><linearGradient id='g'><stop offset='0' stop-color='#c00'/></linearGradient></defs>"
        "<style>.a, text > tspan{fill:rgb(1, 2, 3);font-family:'Be Vietnam Pro'}</style>"
        "<rect class='a' width='3' height='2' fill='url(#g)' transform='rotate(3)' style='stroke : red ; opacity:.5'/>"
        "<use xlink:href='#g'/><text x='1'>Số hộ <tspan>tăng</tspan> &lt; 5 %</text><title>Biểu đồ</title>"
    )
    text = clean_image(drawing(inner, viewBox="0 0 40 30")).data.decode()
    for kept in (
        'stop-color="#c00"',
        'fill="url(#g)"',
        "fill:rgb(1, 2, 3);font-family:'Be Vietnam Pro'",
        'style="stroke:red;opacity:.5"',
        '<use href="#g"/>',
        "Số hộ <tspan>tăng</tspan> &lt; 5 %",
        "<title>Biểu đồ</title>",
        'transform="rotate(3)"',
    ):
        assert kept in text


def test_an_image_inside_a_drawing_is_cleaned_and_one_elsewhere_refused() -> None:
    inner = base64.b64encode(picture("JPEG", comment=b"SECRET")).decode()
    clean = clean_image(drawing(f"<image xlink:href='data:image/jpeg;base64,{inner}' width='9'/>"))
    kept = clean.data.decode().split("base64,")[1].split('"')[0]
    assert b"SECRET" not in base64.b64decode(kept)
    assert refusal_of(drawing("<image href='https://evil.example/x.png'/>")) == "svg_unsafe"
    nested = base64.b64encode(drawing("<script>alert(1)</script>")).decode()
    assert refusal_of(drawing(f"<image href='data:image/svg+xml;base64,{nested}'/>")) == "svg_unsafe"


def test_a_drawing_with_its_own_entities_is_refused_and_the_usual_document_type_is_not() -> None:
    body = drawing("<text>&amp;</text>")
    usual = (
        b'<!DOCTYPE svg PUBLIC "-//W3C//DTD SVG 1.1//EN" "http://www.w3.org/Graphics/SVG/1.1/DTD/svg11.dtd">'
    )
    assert b"DTD" not in clean_image(b'<?xml version="1.0" standalone="no"?>\n' + usual + body).data
    for declared in (
        '<!ENTITY a "b">',
        '<!ENTITY a SYSTEM "file:///etc/passwd">',
        '<!ENTITY % a SYSTEM "http://evil">',
    ):
        assert refusal_of(f"<!DOCTYPE svg [{declared}]>".encode() + body) == "svg_unsafe"


def test_a_drawing_without_end_is_refused() -> None:
    assert refusal_of(drawing("<g id='a'><use href='#a'/></g>")) == "svg_unsafe"
    levels = "".join(f"<g id='l{i}'>" + f"<use href='#l{i + 1}'/>" * 10 + "</g>" for i in range(9))
    assert refusal_of(drawing(f"<defs>{levels}<g id='l9'/></defs><use href='#l0'/>")) == "svg_unsafe"
    assert refusal_of(drawing("<g>" * 20_000 + "</g>" * 20_000)) == "svg_unsafe"
    chain = "".join(f"<g id='c{i}'><use href='#c{i + 1}'/></g>" for i in range(2_000))
    assert refusal_of(drawing(f"<defs>{chain}</defs>")) == "svg_unsafe"


def test_a_root_of_another_language_is_refused() -> None:
    page = f'<html xmlns="http://www.w3.org/1999/xhtml"><svg xmlns="{SVG}"/></html>'
    assert refusal_of(page.encode()) == "svg_unsafe"


@pytest.mark.parametrize(
    ("attributes", "size"),
    [
        ({"width": "40", "height": "30px"}, (40, 30)),
        ({"width": "1in", "viewBox": "0 0 2 1"}, (96, 48)),
        ({"viewBox": "0 0 21000 29700"}, (5657, 8000)),
        ({"width": "100%"}, (300, 150)),
    ],
)
def test_the_size_of_a_drawing_is_known(attributes: dict[str, str], size: tuple[int, int]) -> None:
    clean = clean_image(drawing("", **attributes))
    assert (clean.width, clean.height) == size


def test_a_drawing_in_utf_16_hides_nothing() -> None:
    text = f'<?xml version="1.0" encoding="UTF-16"?><svg xmlns="{SVG}"><script>alert(1)</script></svg>'
    assert b"alert" not in clean_image(text.encode("utf-16")).data
