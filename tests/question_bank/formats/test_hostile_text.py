"""Hostile and awkward text files, one rule a test: encodings, damage, fractions, markup, repeats."""

import unicodedata
from collections.abc import Callable

import pytest

from question_bank.formats import aiken, cloze_text, gift, missing_word, moodle_xml, native_json
from question_bank.formats.encoding import Encoding, UnreadableText
from question_bank.formats.reading import ImportReading, Verdict
from question_bank.items import semantic_hash

SENTENCE = "Ủy ban nhân dân xã Hòa Bình quản lý đất đai thế nào?"
GIFT = f"::Câu 1:: {SENTENCE} {{\n=Đúng luật\n~Sai luật\n}}\n"
AIKEN = f"{SENTENCE}\nA. Đúng luật\nB. Sai luật\nANSWER: A\n"
CLOZE = f"{SENTENCE} {{1:SA:=Đúng luật}}\n"
MISSING = f"{SENTENCE} {{=Đúng luật ~Sai luật}} theo luật.\n"
XML = (
    f"<quiz><question type='truefalse'><questiontext><text>{SENTENCE}</text></questiontext>"
    "<answer fraction='100'><text>true</text></answer></question></quiz>"
)
FILES: dict[str, tuple[Callable[[bytes], ImportReading], str]] = {
    "gift": (gift.read, GIFT),
    "aiken": (aiken.read, AIKEN),
    "cloze_text": (cloze_text.read, CLOZE),
    "missing_word": (missing_word.read, MISSING),
    "moodle_xml": (moodle_xml.read, XML),
}
each_format = pytest.mark.parametrize("name", FILES)


def decomposed_1258(text: str) -> bytes:
    """Windows-1258 writes tones as marks behind their letters."""
    return b"".join(
        unicodedata.normalize("NFC", base).encode("cp1258") + marks.encode("cp1258")
        for base, marks in map(_split_tone, text)
    )


def _split_tone(character: str) -> tuple[str, str]:
    parts = unicodedata.normalize("NFD", character)
    tones = "".join(mark for mark in parts if mark in "\u0300\u0301\u0303\u0309\u0323")
    return "".join(mark for mark in parts if mark not in tones), tones


def stem(name: str, data: bytes) -> str:
    (row,) = FILES[name][0](data).rows
    return row.preview


@each_format
@pytest.mark.parametrize(
    "encode",
    [
        lambda text: b"\xef\xbb\xbf" + text.encode(),
        lambda text: b"\xff\xfe" + text.encode("utf-16-le"),
        lambda text: b"\xfe\xff" + text.encode("utf-16-be"),
        lambda text: text.encode("utf-16-le"),
        lambda text: unicodedata.normalize("NFD", text).encode(),
        lambda text: text.replace("\n", "\r\n").encode(),
        decomposed_1258,
    ],
    ids=["utf-8 bom", "utf-16 le", "utf-16 be", "utf-16 without mark", "nfd", "crlf", "windows-1258"],
)
def test_every_sure_encoding_gives_the_same_text_in_nfc(name: str, encode: Callable[[str], bytes]) -> None:
    assert stem(name, encode(FILES[name][1])) == stem(name, FILES[name][1].encode())


@each_format
@pytest.mark.parametrize("encoding", [Encoding.TCVN3, Encoding.VNI])
def test_an_encoding_of_before_unicode_is_never_converted_silently(name: str, encoding: Encoding) -> None:
    words = {Encoding.TCVN3: "ñy ban nh©n d©n x· Hßa B×nh qu¶n lý ®Êt ®ai thÕ nµo?"}
    words[Encoding.VNI] = "UÛy ban nhaân daân xaõ Hoøa Bình quaûn lyù ñaát ñai theá naøo?"
    text = (
        FILES[name][1].replace(SENTENCE, words[encoding]).replace("Đúng luật", "1").replace("Sai luật", "2")
    )
    read = FILES[name][0]
    reading = read(text.replace("theo luật", "3").replace("Câu 1", "1").encode("cp1252"))
    assert Verdict.HOLD in {finding.severity for finding in reading.findings}


@each_format
def test_mojibake_holds_the_whole_file(name: str) -> None:
    garbled = FILES[name][1].encode().decode("latin-1").encode()
    reading = FILES[name][0](garbled)
    assert [(f.code, f.severity) for f in reading.findings] == [("double_encoded", Verdict.HOLD)]


@each_format
def test_a_file_cut_inside_a_character_is_refused_with_its_line(name: str) -> None:
    data = FILES[name][1].encode()
    cut = data[: data.index("ế".encode()) + 1]
    with pytest.raises(UnreadableText) as refusal:
        FILES[name][0](cut)
    assert refusal.value.code == "truncated_utf8"


@each_format
def test_a_replacement_character_is_never_stored(name: str) -> None:
    with pytest.raises(UnreadableText) as refusal:
        FILES[name][0](FILES[name][1].replace("Bình", "B\ufffdnh").encode())
    assert refusal.value.code == "broken_text"


@each_format
def test_bytes_that_are_no_text_are_refused(name: str) -> None:
    with pytest.raises(UnreadableText):
        FILES[name][0](bytes(range(256)) * 4)


@each_format
def test_no_break_and_zero_width_characters_do_not_make_another_question(name: str) -> None:
    read, text = FILES[name]
    odd = text.replace("xã Hòa", "xã\u00a0Ho\u0300\u200ba").replace("Đúng luật", "Đúng\u200b luật")
    first, second = read(text.encode()).rows[0].draft, read(odd.encode()).rows[0].draft
    assert first is not None
    assert second is not None
    assert semantic_hash(first) == semantic_hash(second)


@each_format
def test_the_same_file_read_twice_means_the_same(name: str) -> None:
    read, text = FILES[name]
    hashes = [[semantic_hash(r.draft) for r in read(text.encode()).rows if r.draft] for _ in range(2)]
    assert hashes[0] == hashes[1] != []


@each_format
def test_one_code_on_two_questions_holds_both(name: str) -> None:
    if name not in ("gift", "moodle_xml"):
        pytest.skip("the format has no codes")
    body = {
        "gift": "// [id:Q1]\nMột? {T}\n\n// [id:Q1]\nHai? {F}\n",
        "moodle_xml": XML.replace("</question></quiz>", "<idnumber>Q1</idnumber></question></quiz>").replace(
            "</quiz>",
            "<question type='truefalse'><questiontext><text>Khác?</text></questiontext><idnumber>Q1</idnumber>"
            "<answer fraction='0'><text>true</text></answer><answer fraction='100'><text>false</text></answer>"
            "</question></quiz>",
        ),
    }[name]
    rows = FILES[name][0](body.encode()).rows
    assert [row.severity for row in rows] == [Verdict.HOLD, Verdict.HOLD]
    assert all("duplicate_source_id" in {f.code for f in row.findings} for row in rows)


HOSTILE = (
    "<script>alert(1)</script><img src=x onerror=alert(1)>"
    "<a href='javascript:alert(1)'>đây</a> <b onclick=x>đậm</b>"
)


@each_format
def test_active_markup_does_not_survive_and_its_loss_is_said(name: str) -> None:
    read, text = FILES[name]
    markup = HOSTILE.replace("=", "\\=") if name == "gift" else HOSTILE
    hostile = f"<![CDATA[{markup}]]>" if name == "moodle_xml" else markup
    (row,) = read(text.replace(SENTENCE, SENTENCE + hostile).encode()).rows
    assert row.draft is not None
    stored = row.draft.model_dump_json()
    if name == "aiken":  # plain text: every sign is literal
        assert "&lt;script&gt;" in stored
        return
    assert not any(word in stored for word in ("script", "onerror", "onclick", "alert"))
    assert {"media_not_kept", "markup_removed"} <= {finding.code for finding in row.findings}


@pytest.mark.parametrize("fraction", ["NaN", "Infinity", "1e309", "33,333", "133", "-101", "", "+5", "0x10"])
def test_a_fraction_that_is_no_share_is_an_error_of_its_question_only(fraction: str) -> None:
    bad = (
        "<question type='multichoice'><questiontext><text>q</text></questiontext>"
        f"<answer fraction='{fraction}'><text>a</text></answer><answer fraction='100'><text>b</text></answer>"
        "</question></quiz>"
    )
    sound, broken = moodle_xml.read(XML.replace("</quiz>", bad).encode()).rows
    assert sound.draft is not None
    assert (broken.severity, broken.draft) == (Verdict.ERROR, None)
    assert [finding.code for finding in broken.findings] == ["fraction_refused"]


@pytest.mark.parametrize(
    ("fractions", "code"),
    [((50, 25), "weights_do_not_sum"), ((60, 60), "weights_do_not_sum"), ((0, 0), "no_key")],
)
def test_weights_that_do_not_reach_everything_wait_for_a_person(
    fractions: tuple[int, ...], code: str
) -> None:
    answers = "".join(f"<answer fraction='{f}'><text>{n}</text></answer>" for n, f in enumerate(fractions))
    question = f"<question type='multichoice'><questiontext><text>q</text></questiontext>{answers}"
    data = f"<quiz>{question}<answer fraction='0'><text>x</text></answer><single>false</single></question></quiz>"
    (row,) = moodle_xml.read(data.encode()).rows
    assert row.severity is Verdict.HOLD
    assert code in {finding.code for finding in row.findings}


@pytest.mark.parametrize("thirds", ["33.33333", "33.3333333", "33.3333"])
def test_rounded_thirds_are_thirds(thirds: str) -> None:
    options = "".join(f"~%{thirds}%{letter} " for letter in "abc")
    (row,) = gift.read(f"Chọn {{{options} ~%-100%d}}".encode()).rows
    assert row.severity is Verdict.OK


def test_a_package_that_is_no_archive_is_refused() -> None:
    for data in (b"", b"PK\x03\x04", b"{}", b"[]", b'{"format": "sat-hach-bank"}', b"\xff\xfe{"):
        with pytest.raises(UnreadableText):
            native_json.read(data)
