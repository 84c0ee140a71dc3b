"""Vietnamese names sort and are found as a Vietnamese reader expects, on any server."""

import random

import pytest

from performance_rating.names import search_text, sort_key, title_key


@pytest.mark.parametrize(
    "ordered",
    [
        [
            "Lê An",
            "Lê Anh",
            "Lê Ân",
            "Lê Bình",
            "Lê Chi",
            "Lê Dung",
            "Lê Đào",
            "Lê Hoa",
            "Lê Hòa",
            "Lê Hỏa",
            "Lê Họa",
        ],
        ["Lê Ô", "Lê Ơ", "Lê Uyên", "Lê Ưng", "Lê Văn", "Lê Yến"],
        ["Đặng Văn An", "Lê Văn An", "Nguyễn Văn An", "An Văn Ân"],
        ["Lê Thị An", "Lê Văn An", "Lê Thị Bích"],
    ],
)
def test_people_sort_by_given_name_then_middle_then_family_name(ordered):
    shuffled = random.Random(7).sample(ordered, len(ordered))

    assert sorted(shuffled, key=sort_key) == ordered


def test_units_sort_from_the_first_word():
    units = ["Xã Phong Điền", "Xã Đất Mũi", "Phường Cái Răng", "Phường Cái Khế", "Phường An Bình"]

    assert sorted(units, key=title_key) == units[::-1]


def test_composed_and_decomposed_letters_are_the_same():
    assert sort_key("Nguyễn Thị Đào") == sort_key("Nguye\u0302\u0303n Thi\u0323 Đa\u0300o")


def test_search_ignores_case_and_diacritics():
    assert search_text("  Nguyễn  Thị ĐÀO ") == "nguyen thi dao"


def test_keys_are_plain_text_for_any_name():
    assert sort_key("Y Ksor H'Bé 김 😀").isascii()
