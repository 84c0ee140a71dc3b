from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from question_bank.formats import encoding as encodings
from question_bank.formats.encoding import Encoding, UnreadableText, decode
from question_bank.formats.reading import Verdict
from question_bank.formats.syllables import is_syllable

SENTENCE = "Thủ đô của nước Việt Nam là thành phố nào?"


@pytest.mark.parametrize(
    ("name", "encoding", "severity"),
    [
        ("vi_tcvn3_abc.txt", Encoding.TCVN3, Verdict.HOLD),
        ("vi_vni_windows.txt", Encoding.VNI, Verdict.HOLD),
        ("vi_mojibake_utf8_as_latin1.txt", Encoding.DOUBLE_UTF_8, Verdict.HOLD),
        ("vi_windows1258.gift", Encoding.WINDOWS_1258, Verdict.WARNING),
        ("vi_utf16le_bom.gift", Encoding.UTF_16_LE, Verdict.OK),
        ("vi_utf16be_nobom.gift", Encoding.UTF_16_BE, Verdict.OK),
    ],
)
def test_a_legacy_encoding_is_recognised_shown_and_waits_for_a_person(
    name: str, encoding: Encoding, severity: Verdict, shared_interop: Path
) -> None:
    data = (shared_interop / "nasty" / name).read_bytes()
    decoded = decode(data)
    assert SENTENCE in decoded.text
    assert decoded.encoding is encoding
    (finding,) = decoded.findings
    assert (finding.severity, finding.params["encoding"]) == (severity, encoding.value)
    assert "Việt Nam" in str(finding.params["text"])
    confirmed = decode(data.removeprefix(b"\xff\xfe"), confirmed=encoding)
    assert confirmed.text == decoded.text
    assert [finding.severity for finding in confirmed.findings] == [Verdict.OK]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-32", "utf-16-le", "utf-16-be"])
def test_every_unicode_form_gives_the_same_text(encoding: str) -> None:
    text = f"{SENTENCE}\nA. Hà Nội\n"
    assert decode(text.replace("\n", "\r\n").encode(encoding)).text == text


@pytest.mark.parametrize("encoding", ["TCVN3", "VNI"])
def test_both_cases_of_every_letter_survive_a_legacy_encoding(encoding: str) -> None:
    letters = "àáảãạăằắẳẵặâầấẩẫậèéẻẽẹêềếểễệìíỉĩịòóỏõọôồốổỗộơờớởỡợùúủũụưừứửữựỳýỷỹỵđ"
    letters += "ĂÂĐÊÔƠƯ" if encoding == "TCVN3" else letters.upper()
    table = {
        encodings.convert(source, Encoding[encoding]): source
        for first in range(0x41, 0x100)
        for source in (chr(first), *(chr(first) + chr(mark) for mark in range(0xC0, 0x100)))
        if len(encodings.convert(source, Encoding[encoding])) == 1
    }
    assert set(letters) <= set(table)


@pytest.mark.parametrize(
    ("data", "code"),
    [
        ("Câu hỏi về xã".encode()[:-1], "truncated_utf8"),
        ("Câu hỏi số một về xã, phường và đặc khu".encode().replace("ỏ".encode(), b"\xff"), "broken_text"),
        ("Câu h\ufffdi".encode(), "broken_text"),
        (b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\1\0", "binary_file"),
        (b"\xff\xfea", "broken_text"),
    ],
)
def test_damaged_text_is_refused_and_never_patched(data: bytes, code: str) -> None:
    with pytest.raises(UnreadableText) as refusal:
        decode(data)
    assert refusal.value.code == code


@pytest.mark.parametrize("text", ["đo bằng µ và ±", "a = 5 µm × 3", "€ 5", "Grüße, café", "ký hiệu §"])
def test_sound_unicode_is_left_alone(text: str) -> None:
    decoded = decode(text.encode())
    assert (decoded.text, decoded.encoding, decoded.findings) == (text, Encoding.UTF_8, ())


def test_a_western_file_is_read_with_a_warning() -> None:
    decoded = decode("Größe über 5 £ für Käse".encode("cp1252"))
    assert decoded.text == "Größe über 5 £ für Käse"
    assert [finding.severity for finding in decoded.findings] == [Verdict.WARNING]


def test_a_file_beyond_the_limit_is_refused_before_it_is_decoded() -> None:
    with pytest.raises(UnreadableText, match="larger than 20 MB"):
        decode(b"a" * (encodings.MAX_FILE_BYTES + 1))


@pytest.mark.parametrize(
    "word", ["nghiêng", "Nguyễn", "quyết", "ước", "giữa", "khuya", "OAN", "đồng", "thuở"]
)
def test_vietnamese_syllables_are_recognised(word: str) -> None:
    assert is_syllable(word)


@pytest.mark.parametrize("word", ["thñ", "nưíc", "größe", "nöôùc", "vi´t", "strength", "ốế"])
def test_other_words_are_not(word: str) -> None:
    assert not is_syllable(word)


@given(st.binary(max_size=80))
@settings(max_examples=400, deadline=None)
def test_any_bytes_are_decoded_or_refused_by_the_typed_error(data: bytes) -> None:
    try:
        decoded = decode(data)
    except UnreadableText:
        return
    assert "\ufffd" not in decoded.text
    assert all(finding.message("vi") and finding.message("en") for finding in decoded.findings)
