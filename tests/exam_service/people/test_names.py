import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from exam_service.people.names import (
    PersonName,
    clean_name,
    is_in_old_font,
    is_plausible,
    join_name,
    person_sort_key,
    sort_key,
    split_name,
)

# The order in which Intl.Collator("vi") of ICU 78.2 puts these texts.
ICU_ORDER = (
    "a à ả ã á ạ Ai Ái An Án Ạn Anh Ảnh Ánh ă ằ ẳ ẵ ắ ặ â ầ ẩ ẫ ấ ậ Ân Ẩn Ấn b Bao Bảo c d Dạt Dong Dung "
    "Dùng Dũng đ Đào Đạt Đông e è ẻ ẽ é ẹ E|Ban Ê|Ban F hoa Hoa Hoà Hoá Hoạ Hòa i J Long|Phú Long|Phú|1 "
    "Long|Phú|10 Long|Phú|2 Ngoc Ngóc Ngọc Ni|e Nie Niê On Ôn Ông Ơn Thuỳ Thuý Thùy Thủy Thúy u U ư Ư Ứ W "
    "y Y Ỷ Ý Ỵ Y|Blơk Y-Blơk Ya Yến Zung "
).split()
LETTERS = st.text(alphabet="aăâbcdđeêghiklmnoôơpqrstuưvxyàảãáạằắẩấộờửỹĐẮỆ '-", max_size=12)


def test_texts_are_ordered_as_icu_orders_vietnamese() -> None:
    wanted = [text.replace("|", " ") for text in ICU_ORDER]
    backwards = wanted[::-1]
    assert sorted(backwards, key=sort_key) == wanted
    assert sorted(backwards, key=lambda text: sort_key(text).encode()) == wanted


def test_people_are_ordered_by_given_name_then_middle_names_then_family_name() -> None:
    wanted = [
        "Nguyễn An",
        "Trần An",
        "Lê Bá An",
        "Nguyễn Thị An",
        "Trần Thị An",
        "Nguyễn Văn Án",
        "Nguyễn Thị Ánh",
        "Lê Ân",
        "Phạm Văn Dũng",
        "Đặng Đạt",
        "Nguyễn Đạt",
        "Trần Bảo Ngọc",
        "Út",
    ]
    backwards = wanted[::-1]
    keyed = sorted(backwards, key=lambda full: person_sort_key(split_name(full)))
    assert keyed == wanted


@pytest.mark.parametrize(
    ("full", "family_names", "given_name"),
    [
        ("Nguyễn Thị Ánh", "Nguyễn Thị", "Ánh"),
        ("  Nguyễn\u00a0 Văn   A ", "Nguyễn Văn", "A"),
        ("Út", "", "Út"),
        ("Công Tằng Tôn Nữ Bảo Ngọc", "Công Tằng Tôn Nữ Bảo", "Ngọc"),
        ("H'Hen Niê", "H'Hen", "Niê"),
        ("", "", ""),
    ],
)
def test_the_last_word_is_the_given_name(full: str, family_names: str, given_name: str) -> None:
    assert split_name(full) == PersonName(family_names, given_name)


def test_two_columns_keep_a_given_name_of_two_words() -> None:
    assert join_name("Trần ", " Bảo  Ngọc") == PersonName("Trần", "Bảo Ngọc")


@pytest.mark.parametrize(
    "name", ["Nguyễn Thị Ánh", "H'Hen Niê", "Y-Blơk", "Lê Văn Út (B)", "123", "", "-An", "A" * 101]
)
def test_a_name_has_letters_only(name: str) -> None:
    assert is_plausible(name) == (name in {"Nguyễn Thị Ánh", "H'Hen Niê", "Y-Blơk"})


@pytest.mark.parametrize("text", ["NguyÔn ThÞ ¸nh", "TrÇn V¨n §øc", "Nguyeãn Vaên Ñaøo", "Traàn Höõu Ñöùc"])
def test_text_of_the_old_fonts_is_recognised(text: str) -> None:
    assert is_in_old_font(text)


@pytest.mark.parametrize(
    "text", ["Nguyễn Xuân Hoàng", "Huỳnh Thoại Khuê", "Toã Uý", "Y Ñuê Čil", "Đoàn Quốc Ý", "Thạch Sô Phia"]
)
def test_names_of_every_people_are_not_mistaken_for_an_old_font(text: str) -> None:
    assert not is_in_old_font(text)


@given(LETTERS)
def test_a_name_and_its_key_are_the_same_however_its_letters_are_composed(text: str) -> None:
    decomposed = unicodedata.normalize("NFD", text)
    assert clean_name(decomposed) == clean_name(text)
    assert sort_key(decomposed) == sort_key(text)


@given(LETTERS)
def test_parts_of_a_name_make_the_name_again(text: str) -> None:
    name = split_name(text)
    assert name.full == clean_name(text)
    assert split_name(name.full) == name


@given(LETTERS, LETTERS)
def test_different_names_have_different_keys_unless_only_signs_differ(left: str, right: str) -> None:
    def letters(text: str) -> str:
        return clean_name(text).replace("'", "-")

    if letters(left) != letters(right):
        assert sort_key(left) != sort_key(right)


@given(LETTERS, LETTERS, LETTERS, LETTERS)
def test_joined_keys_compare_part_by_part(a: str, b: str, c: str, d: str) -> None:
    left, right = (sort_key(a), sort_key(b)), (sort_key(c), sort_key(d))
    assert (" ".join(left) < " ".join(right)) == (left < right)
