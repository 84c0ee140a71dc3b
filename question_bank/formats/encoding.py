"""Bytes of unknown origin into Vietnamese text: which encoding it was, how sure that is, and the text in NFC.

Older Vietnamese files come in encodings that say nothing about themselves. They are told apart by what they
decode to: only the right one gives words that can be Vietnamese syllables.
"""

import codecs
import re
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum

from question_bank.formats.legacy_fonts import tcvn3_to_unicode, vni_to_unicode
from question_bank.formats.reading import MESSAGES, RowFinding, Verdict
from question_bank.formats.refusal import UnreadableFile
from question_bank.formats.syllables import vietnamese_share

MAX_FILE_BYTES = 20 * 1024 * 1024
_PREVIEW_CHARS = 120
_SAMPLE_CHARS = 200_000
_SAMPLE_BYTES = 64 * 1024
_SAMPLE_LINES = 6
_SAMPLE_SHOWN = 600
_SURE = 0.8
"""Share of the words with diacritics that must be possible Vietnamese syllables."""
_LEAST_WORDS = 5
"""What is sound Unicode counts as something else only with this much evidence; one sign "µ" is none."""
_UNICODE_LETTER = re.compile("[ĂăĐđĨĩŨũƠơƯư\u1ea0-\u1ef9]")
"""Letters that a legacy encoding cannot show: where one stands, the text is what it seems."""
_MARKS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)


class UnreadableText(UnreadableFile):
    """A file that holds no readable text; `code` and `params` name the sentence in `MESSAGES`."""

    messages = MESSAGES


class Encoding(StrEnum):
    """How a file's text is stored; the value is its name in reports."""

    UTF_8 = "UTF-8"
    UTF_16_LE = "UTF-16 LE"
    UTF_16_BE = "UTF-16 BE"
    UTF_32_LE = "UTF-32 LE"
    UTF_32_BE = "UTF-32 BE"
    WINDOWS_1258 = "windows-1258"
    WINDOWS_1252 = "windows-1252"
    TCVN3 = "TCVN3 (ABC)"
    VNI = "VNI-Windows"
    DOUBLE_UTF_8 = "UTF-8 (2x)"

    @property
    def needs_confirmation(self) -> bool:
        """Tell whether a person has to look at the converted text before it is used."""
        return self in (Encoding.TCVN3, Encoding.VNI, Encoding.DOUBLE_UTF_8)


@dataclass(frozen=True, slots=True)
class DecodedText:
    """The text in NFC with `\\n` line ends, how it was stored, and what is to be said about that."""

    text: str
    encoding: Encoding
    findings: tuple[RowFinding, ...] = ()


def decode(data: bytes, *, confirmed: Encoding | None = None) -> DecodedText:
    """Return the text of a file; `confirmed` is the encoding that a person has agreed to.

    Without it, a legacy encoding is converted all the same, with a finding that holds the whole file until it
    is confirmed. No character is ever replaced by a substitute.

    Raises:
        UnreadableText: `file_too_large`, `truncated_utf8`, `broken_text`, `binary_file`, `wrong_encoding`.
    """
    if len(data) > MAX_FILE_BYTES:
        raise UnreadableText("file_too_large", {"limit_mb": MAX_FILE_BYTES // 2**20})
    if confirmed is not None:
        return _decode_as(data, confirmed)
    for mark, name in _MARKS:
        if data.startswith(mark):
            return _decode_marked(data[len(mark) :], _BY_CODEC[name])
    if b"\0" in data:
        return _decode_unmarked_utf16(data)
    try:
        return _without_mojibake(data.decode())
    except UnicodeDecodeError as error:
        _refuse_broken_utf8(data, error)
        return _decode_legacy(data)


@dataclass(frozen=True, slots=True)
class EncodingSample:
    """How the beginning of a file reads in one encoding; `share` of its marked words can be Vietnamese."""

    encoding: Encoding
    text: str
    share: float


def samples(data: bytes) -> tuple[EncodingSample, ...]:
    """Return how the first marked words of the file read in every encoding that it can be in, likeliest first.

    The encodings that give the same text as one before them are left out.
    """
    head = data[:_SAMPLE_BYTES]
    found: dict[str, EncodingSample] = {}
    for encoding in Encoding:
        if encoding.value.startswith(("UTF-16", "UTF-32")) and b"\0" not in head:
            continue  # line ends alone would show it
        text = _sample_text(head, encoding)
        if text and "\0" not in text and text not in found:
            found[text] = EncodingSample(encoding, text, vietnamese_share(text))
    return tuple(sorted(found.values(), key=lambda sample: -sample.share))


def _sample_text(head: bytes, encoding: Encoding) -> str:
    codec = _CODECS.get(encoding, "utf-8")
    is_legacy = encoding in _CONVERTERS and encoding is not Encoding.DOUBLE_UTF_8
    try:
        # The head may end inside a character: an incremental decoder keeps that for later.
        text = (
            _as_bytes_text(head) if is_legacy else codecs.getincrementaldecoder(codec)("strict").decode(head)
        )
        text = _nfc(_CONVERTERS[encoding](text) if encoding in _CONVERTERS else text)
    except UnicodeError:
        return ""
    lines = [line for line in text.removeprefix("\ufeff").splitlines() if line.strip()]
    first = next((i for i, line in enumerate(lines) if not line.isascii()), 0)
    return "\n".join(lines[first : first + _SAMPLE_LINES])[:_SAMPLE_SHOWN]


def _nfc(text: str) -> str:
    return unicodedata.normalize("NFC", text)


def is_plainly_unicode(text: str) -> bool:
    """Tell whether the text holds a letter that no legacy encoding can show."""
    return _UNICODE_LETTER.search(text) is not None


def legacy_font_encoding(text: str) -> Encoding | None:
    """Return the legacy encoding whose bytes stand in this text as if they were characters, or None."""
    if text.isascii() or _UNICODE_LETTER.search(text) or vietnamese_share(text[:_SAMPLE_CHARS]) >= _SURE:
        return None
    scored = [
        (vietnamese_share(_CONVERTERS[e](text[:_SAMPLE_CHARS]), least=_LEAST_WORDS), e) for e in _CONVERTERS
    ]
    share, encoding = max(scored, key=lambda pair: pair[0])
    return encoding if share >= _SURE else None


def convert(text: str, encoding: Encoding) -> str:
    """Return text whose characters are bytes of a legacy encoding as the Vietnamese it stands for, in NFC."""
    return _nfc(_CONVERTERS[encoding](text))


def _from_1258(text: str) -> str:
    return text.encode("cp1252").decode("cp1258")


def _from_double_utf8(text: str) -> str:
    """Undo UTF-8 bytes once taken for windows-1252, whose five unused bytes stand for themselves."""
    return b"".join(_western_byte(character) for character in text).decode()


def _western_byte(character: str) -> bytes:
    try:
        return character.encode("cp1252")
    except UnicodeEncodeError:
        return character.encode("latin-1")


def _guarded(converter: Callable[[str], str]) -> Callable[[str], str]:
    def guarded(text: str) -> str:
        try:
            return converter(text)
        except UnicodeError:
            return ""

    return guarded


_CONVERTERS: dict[Encoding, Callable[[str], str]] = {
    Encoding.DOUBLE_UTF_8: _guarded(_from_double_utf8),
    Encoding.TCVN3: tcvn3_to_unicode,
    Encoding.VNI: vni_to_unicode,
}
_CODECS = {
    Encoding.UTF_8: "utf-8-sig",
    Encoding.UTF_16_LE: "utf-16-le",
    Encoding.UTF_16_BE: "utf-16-be",
    Encoding.UTF_32_LE: "utf-32-le",
    Encoding.UTF_32_BE: "utf-32-be",
    Encoding.WINDOWS_1258: "cp1258",
    Encoding.WINDOWS_1252: "cp1252",
}
_BY_CODEC = {"utf-8": Encoding.UTF_8} | {codec: encoding for encoding, codec in _CODECS.items()}


def _decoded(text: str, encoding: Encoding, *findings: RowFinding) -> DecodedText:
    lines = _nfc(text.removeprefix("\ufeff").replace("\r\n", "\n").replace("\r", "\n"))
    if "\0" in lines:
        raise UnreadableText("binary_file")
    return DecodedText(lines, encoding, findings)


def _decode_as(data: bytes, encoding: Encoding) -> DecodedText:
    try:
        if encoding is Encoding.DOUBLE_UTF_8:
            text = _from_double_utf8(data.decode())
        elif encoding in _CONVERTERS:
            text = _CONVERTERS[encoding](_as_bytes_text(data))
        else:
            text = data.decode(_CODECS[encoding])
    except UnicodeError as error:
        raise UnreadableText("wrong_encoding", {"encoding": encoding.value}) from error
    return _decoded(text, encoding, _note("encoding_converted", Verdict.OK, encoding, text))


def _as_bytes_text(data: bytes) -> str:
    # Legacy text may have been saved byte by byte or, after copying, as the characters that it looks like.
    try:
        return data.decode()
    except UnicodeDecodeError:
        return data.decode("latin-1")


def _note(code: str, severity: Verdict, encoding: Encoding, text: str) -> RowFinding:
    preview = " ".join(_nfc(text)[: _PREVIEW_CHARS * 4].split())[:_PREVIEW_CHARS]
    return RowFinding(code, severity, None, {"encoding": encoding.value, "text": preview})


def _decode_marked(data: bytes, encoding: Encoding) -> DecodedText:
    codec = "utf-8" if encoding is Encoding.UTF_8 else _CODECS[encoding]
    try:
        text = data.decode(codec)
    except UnicodeDecodeError as error:
        raise UnreadableText(
            "truncated_utf8" if codec == "utf-8" else "broken_text", _at(data, error)
        ) from error
    if encoding is Encoding.UTF_8:
        return _without_mojibake(text)
    return _decoded(text, encoding, _note("encoding_converted", Verdict.OK, encoding, text))


def _decode_unmarked_utf16(data: bytes) -> DecodedText:
    # Line ends and spaces, which every text has, show which half of a unit is the zero.
    even, odd = data[0::2].count(0), data[1::2].count(0)
    encoding = Encoding.UTF_16_BE if even > odd else Encoding.UTF_16_LE
    if max(even, odd) * 8 < len(data) or min(even, odd) * 4 > max(even, odd):
        raise UnreadableText("binary_file")
    try:
        text = data.decode(_CODECS[encoding])
    except UnicodeDecodeError as error:
        raise UnreadableText("broken_text", _at(data, error)) from error
    return _decoded(text, encoding, _note("encoding_converted", Verdict.OK, encoding, text))


def _at(data: bytes, error: UnicodeDecodeError) -> dict[str, str | int]:
    return {"line": data[: error.start].count(b"\n") + 1}


def _refuse_broken_utf8(data: bytes, error: UnicodeDecodeError) -> None:
    """Refuse bytes that plainly are UTF-8 with damage: no legacy encoding gives whole sequences by chance."""
    sound = data[: error.start].decode()
    letters = sum(not character.isascii() for character in sound)
    is_end = error.reason == "unexpected end of data" and len(data) - error.start < 4
    if letters and is_end:
        raise UnreadableText("truncated_utf8", _at(data, error)) from error
    repaired = data.decode(errors="ignore")
    whole = sum(not character.isascii() for character in repaired)
    bad = sum(byte >= 0x80 for byte in data) - sum(len(c.encode()) for c in repaired if not c.isascii())
    if whole > 8 * bad:
        raise UnreadableText("broken_text", _at(data, error)) from error


def _without_mojibake(text: str) -> DecodedText:
    encoding = legacy_font_encoding(text)
    if encoding is None:
        if "\ufffd" in text:
            line = text[: text.index("\ufffd")].count("\n") + 1
            raise UnreadableText("broken_text", {"line": line})
        return _decoded(text, Encoding.UTF_8)
    converted = convert(text, encoding)
    code = "double_encoded" if encoding is Encoding.DOUBLE_UTF_8 else "legacy_encoding"
    return _decoded(converted, encoding, _note(code, Verdict.HOLD, encoding, converted))


def _decode_legacy(data: bytes) -> DecodedText:
    candidates: list[tuple[float, Encoding, str]] = []
    for encoding in (Encoding.WINDOWS_1258, Encoding.TCVN3, Encoding.VNI):
        text = _try_legacy(data, encoding)
        if text is not None:
            candidates.append((vietnamese_share(text[:_SAMPLE_CHARS]), encoding, text))
    share, encoding, text = max(candidates, key=lambda candidate: candidate[0])
    if share < _SURE:
        return _decode_western(data)
    is_held = encoding.needs_confirmation
    note = _note(
        "legacy_encoding" if is_held else "encoding_converted",
        Verdict.HOLD if is_held else Verdict.WARNING,
        encoding,
        text,
    )
    return _decoded(text, encoding, note)


def _try_legacy(data: bytes, encoding: Encoding) -> str | None:
    if encoding is Encoding.WINDOWS_1258:
        try:
            return _nfc(data.decode("cp1258"))
        except UnicodeDecodeError:
            return None
    return convert(data.decode("latin-1"), encoding)


def _decode_western(data: bytes) -> DecodedText:
    try:
        text = data.decode("cp1252")
    except UnicodeDecodeError as error:
        raise UnreadableText("broken_text", _at(data, error)) from error
    if re.search(r"[\x01-\x08\x0e-\x1a\x1c-\x1f]", text):
        raise UnreadableText("binary_file")
    note = _note("encoding_converted", Verdict.WARNING, Encoding.WINDOWS_1252, text)
    return _decoded(text, Encoding.WINDOWS_1252, note)
