import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter, ValidationError

from question_bank.text import RichText, clean_text, fold, plain, rich_from_plain, sanitise, tone_fold

any_text = st.text(st.characters(exclude_categories=["Cs"]), max_size=200)
PIECES = [
    "<b>",
    "</b>",
    "<p>",
    "</p>",
    "<br>",
    "<",
    ">",
    "&",
    "&lt;",
    "&nbsp;",
    "<script>",
    "</script>",
    "x",
    "<td>",
    "<table>",
    "<li>",
    "é",
    "&#769;",
]
SPACED = [" ", "\n", "\u00a0", "<img src='media:a1' alt='ảnh'>", "<img src=x onerror=alert(1)>"]
markup = st.lists(st.sampled_from(PIECES + SPACED), max_size=30).map("".join)


@given(any_text)
def test_cleaning_twice_changes_nothing(text: str) -> None:
    assert clean_text(clean_text(text)) == clean_text(text)
    assert unicodedata.is_normalized("NFC", clean_text(text))


@given(markup | any_text)
def test_sanitising_twice_changes_nothing(text: str) -> None:
    once = sanitise(text)
    assert sanitise(once) == once


@given(markup | any_text)
def test_no_script_and_no_event_handler_survives(text: str) -> None:
    cleaned = sanitise(text).lower()
    assert "<script" not in cleaned
    assert "<img src=x" not in cleaned


@given(markup | any_text)
def test_tidy_texts_take_a_short_way_to_the_same_end(text: str) -> None:
    # A leading tab is cleaned away and forces the long way; so does an empty element.
    assert clean_text("\t" + text) == clean_text(text)
    assert sanitise("\t" + text) == sanitise(text)
    assert plain(sanitise(text) + "<b></b>") == plain(sanitise(text))


@given(any_text)
def test_plain_text_survives_the_way_into_rich_text_and_back(text: str) -> None:
    assert plain(rich_from_plain(text)) == clean_text(text)


def test_odd_spaces_and_decomposed_letters_become_ordinary() -> None:
    decomposed = unicodedata.normalize("NFD", "Đảng ủy")
    assert clean_text(f"\u00a0{decomposed}\u2003\u00a0xã \r\n\u200bấp ") == "Đảng ủy xã\nấp"


def test_line_breaks_of_a_cell_are_kept() -> None:
    assert rich_from_plain("a. một\nb. hai") == "a. một<br>b. hai"


@pytest.mark.parametrize("text", ["a<b và c>d", "x < 5", "nếu <năm> trống", "1 <2"])
def test_a_less_than_sign_is_text_and_is_not_swallowed(text: str) -> None:
    assert plain(sanitise(text)) == text


@pytest.mark.parametrize(
    "source", ["//evil.example/x.png", "https://evil.example/x", "x.png", "data:image/png;base64,AA"]
)
def test_images_point_only_at_our_media(source: str) -> None:
    assert sanitise(f'<p>a<img src="{source}" alt="x"></p>') == "<p>a</p>"
    assert "media:0a1b" in sanitise('<p><img src="media:0a1b" alt="Sơ đồ"></p>')


def test_pydantic_sanitises_unless_the_text_is_our_own() -> None:
    adapter: TypeAdapter[str] = TypeAdapter(RichText)
    assert adapter.validate_python("<i onclick=a()>x</i>") == "<i>x</i>"
    assert adapter.validate_python("<i a=b>x</i>", context={"trusted": True}) == "<i a=b>x</i>"


def test_text_that_grows_beyond_the_limit_when_escaped_is_refused() -> None:
    with pytest.raises(ValidationError):
        TypeAdapter(RichText).validate_python("&" * 10_000)


def test_search_ignores_diacritics_case_and_punctuation() -> None:
    assert fold("  Đảng ủy – “Cảnh cáo”, (xã) ") == "dang uy canh cao xa"


def test_matching_ignores_where_the_tone_stands_but_not_which_tone() -> None:
    assert tone_fold("Hòa giải, thúy.") == tone_fold("hoà  giải, thuý")
    assert tone_fold("hòa") != tone_fold("hóa")
    assert tone_fold("cảnh") != tone_fold("canh")
