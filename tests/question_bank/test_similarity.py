"""Likeness of questions: what is the same, what is near and by what it differs, and that the search misses nothing."""

import random
from itertools import combinations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from question_bank.items import Option
from question_bank.similarity import (
    Differs,
    LikenessKind,
    NearIndex,
    Part,
    Signature,
    compare,
    comparison_key,
    differing_parts,
    signature_of,
)
from question_bank.types.ordering import Ordering
from question_bank.types.short_text import ShortText
from question_bank.types.single_choice import SingleChoice
from question_bank.types.true_false import TrueFalse

STEM = "Theo khoản 1 Điều 15 Luật Hộ tịch, thời hạn đăng ký khai sinh kể từ ngày sinh con là bao nhiêu ngày?"
DAYS = ("15 ngày", "60 ngày", "30 ngày", "90 ngày")
WAYS = (
    "Tiếp nhận, ghi phiếu hẹn và trả kết quả trong ngày làm việc tiếp theo",
    "Từ chối tiếp nhận và hướng dẫn người dân quay lại vào buổi sáng hôm sau",
    "Chuyển hồ sơ cho công chức khác giải quyết theo thẩm quyền",
)


def question(stem: str = STEM, options: tuple[str, ...] = DAYS, *, key: int | None = 1) -> Signature:
    made = tuple(Option.create(text) for text in options)
    return signature_of(SingleChoice(stem=stem, options=made, key=None if key is None else made[key].id))


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Hòa giải ở cơ sở là gì?", "HOÀ GIẢI Ở CƠ SỞ LÀ GÌ"),
        ("Hòa giải ở cơ sở là gì?", "Ho\u0300a giải ở cơ sở là gì?"),
        ("Câu 5: Hòa giải là gì?", "12. Hòa giải là gì:"),
        ("Theo khoản 1 Điều 5, ai ký?", "Theo khoản một Điều 05, ai ký?"),
        ("Theo khoản 1 Điều 5, ai ký?", "Theo K1 Đ.5 ai ký"),
        ("Theo khoản 1 Điều 5, ai ký?", "Theo k.1, Đ5 - ai ký?"),
        ("Chương II Phần thứ nhất quy định gì?", "Chương 2 phần thứ nhất quy định gì?"),
        ("Nghị định số 30/2020/NĐ-CP quy định gì?", "Nghị định 30/2020/NĐ-CP quy định gì?"),
        ("Quyết định No. 12 quy định gì?", "Quyết định số 12 quy định gì?"),
        ("Có hiệu lực từ ngày 01 tháng 7 năm 2025?", "Có hiệu lực từ ngày 1/7/2025?"),
        ("Phạt 1.500.000 đồng khi nào?", "Phạt 1500000 đồng khi nào?"),
        ("Tỷ lệ 50% là gì?", "Tỷ lệ 50 phần trăm là gì?"),
        ("Chọn ý đúng: a) khai sinh; b) khai tử", "Chọn ý đúng: i) khai sinh; ii) khai tử"),
        ("Chọn ý đúng: (1) khai sinh; (2) khai tử", "Chọn ý đúng: a) khai sinh; b) khai tử"),
        ("Giai đoạn 2020-2025 có gì?", "Giai đoạn 2020 – 2025 có gì?"),
        ("<p>Ai <b>ký</b> văn bản?</p>", "Ai ký văn bản?"),
    ],
)
def test_ways_of_writing_one_text_are_compared_as_one(one: str, other: str) -> None:
    assert comparison_key(one) == comparison_key(other)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Việc nào được làm?", "Việc nào không được làm?"),
        ("Theo khoản 1 Điều 5?", "Theo khoản 5 Điều 1?"),
        ("Theo điểm i khoản 2?", "Theo điểm a khoản 2?"),
        ("Giá trị của 5 - 3?", "Giá trị của 5 + 3?"),
        ("Cho x < 2, chọn ý đúng", "Cho x > 2, chọn ý đúng"),
        ("Thuế suất 1,5% áp dụng khi nào?", "Thuế suất 15% áp dụng khi nào?"),
        ("Ma và má khác nhau thế nào?", "Ma và mà khác nhau thế nào?"),
        ('Hình nào? <img src="media:aa.png" alt="hình">', 'Hình nào? <img src="media:bb.png" alt="hình">'),
    ],
)
def test_what_changes_the_meaning_is_never_folded_away(one: str, other: str) -> None:
    assert comparison_key(one) != comparison_key(other)


def test_the_same_question_with_its_options_in_another_order_is_the_same() -> None:
    other = question(STEM.upper(), ("90 NGÀY", "60 ngày.", "15 ngày", "30 ngày"), key=1)
    likeness = compare(question(), other)
    assert likeness is not None
    assert (likeness.kind, likeness.score, likeness.conflicting_keys) == (LikenessKind.SAME, 1.0, False)


def test_the_same_question_with_another_key_is_a_conflict() -> None:
    likeness = compare(question(), question(key=2))
    assert likeness is not None
    assert likeness.kind is LikenessKind.SAME
    assert likeness.conflicting_keys


def test_a_question_without_a_key_contradicts_nobody() -> None:
    likeness = compare(question(), question(key=None))
    assert likeness is not None
    assert not likeness.conflicting_keys


def test_one_stem_with_other_options_conflicts_only_about_answers_that_both_offer() -> None:
    both_offer = compare(question(), question(options=("60 ngày", "45 ngày", "10 ngày"), key=1))
    apart = compare(question(), question(options=("Bảy ngày", "45 ngày", "10 ngày"), key=1))
    assert both_offer is not None
    assert both_offer.kind is LikenessKind.SAME_STEM
    assert both_offer.conflicting_keys
    assert apart is not None
    assert apart.kind is LikenessKind.SAME_STEM
    assert not apart.conflicting_keys


@pytest.mark.parametrize(
    ("stem", "differs"),
    [
        (STEM.replace("là bao nhiêu", "không là bao nhiêu"), {Differs.NEGATION}),
        (STEM.replace("Điều 15", "Điều 16"), {Differs.NUMBER}),
        (STEM.replace("khai sinh", "khai tử"), {Differs.WORDS}),
        (STEM.replace("Điều 15", "Điều 16").replace("khai sinh", "khai tử"), {Differs.NUMBER, Differs.WORDS}),
    ],
)
def test_a_trap_of_one_word_is_near_and_named_but_never_the_same(stem: str, differs: set[Differs]) -> None:
    likeness = compare(question(), question(stem))
    assert likeness is not None
    assert likeness.kind is LikenessKind.NEAR
    assert likeness.score < 1
    assert not likeness.conflicting_keys
    assert likeness.differs == differs


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (
            "Theo Luật Viên chức, hợp đồng làm việc xác định thời hạn kéo dài bao lâu?",
            "Hợp đồng làm việc xác định thời hạn kéo dài bao lâu theo quy định của Luật Viên chức?",
        ),
        (
            "Chủ tịch Ủy ban nhân dân xã có nhiệm kỳ mấy năm?",
            "Nhiệm kỳ của Chủ tịch Ủy ban nhân dân xã là mấy năm?",
        ),
        (
            "Công chức cấp xã bị kỷ luật khiển trách thì kéo dài thời gian nâng lương bao nhiêu tháng?",
            "Công chức cấp xã bị kỷ luật khiển trách bị kéo dài thời gian nâng bậc lương bao nhiêu tháng?",
        ),
    ],
)
def test_a_rewording_of_practice_is_near(one: str, other: str) -> None:
    likeness = compare(question(one), question(other))
    assert likeness is not None
    assert likeness.kind is LikenessKind.NEAR


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (
            ("Theo Luật Cán bộ, công chức, điều động là gì?", WAYS),
            ("Theo Luật Cán bộ, công chức, biệt phái là gì?", ("Một", "Hai", "Ba")),
        ),
        (
            ("Cơ quan nào cấp giấy chứng nhận kết hôn?", DAYS),
            ("Thời hạn giải quyết tố cáo là bao lâu?", DAYS),
        ),
    ],
)
def test_a_template_filled_in_otherwise_or_a_common_set_of_answers_is_no_likeness(
    one: tuple[str, tuple[str, ...]], other: tuple[str, tuple[str, ...]]
) -> None:
    assert compare(question(*one), question(*other)) is None


def test_a_long_option_set_used_twice_is_found_though_the_stems_differ() -> None:
    likeness = compare(
        question("Công chức làm gì khi hết giờ nhận hồ sơ?", WAYS),
        question("Người dân tới muộn, cách xử lý nào đúng?", WAYS),
    )
    assert likeness is not None
    assert likeness.kind is LikenessKind.SAME_OPTIONS


def test_true_and_false_of_one_statement_conflict() -> None:
    one, other = (signature_of(TrueFalse(stem="Xã là cấp cơ sở.", key=key)) for key in (True, False))
    likeness = compare(one, other)
    assert likeness is not None
    assert likeness.kind is LikenessKind.SAME
    assert likeness.conflicting_keys


def test_the_difference_is_shown_word_by_word_in_the_text_as_written() -> None:
    left, right = differing_parts("Theo <b>Điều 5</b>, ai không được ký?", "Theo Đ.6: ai được ký giấy tờ?")
    assert left == (
        Part("Theo Điều ", False),
        Part("5", True),
        Part(", ai ", False),
        Part("không", True),
        Part(" được ký?", False),
    )
    assert right == (
        Part("Theo Đ.", False),
        Part("6", True),
        Part(": ai được ký ", False),
        Part("giấy tờ", True),
        Part("?", False),
    )


def test_keys_of_other_types_conflict_where_they_speak_of_the_same_list() -> None:
    options = tuple(Option.create(text) for text in WAYS)
    ids = [option.id for option in options]
    turned = tuple(reversed(options))
    one = signature_of(Ordering(stem=STEM, options=options, order=tuple(ids)))
    again = signature_of(Ordering(stem=STEM, options=options, order=tuple(ids)))
    other = signature_of(Ordering(stem=STEM, options=options, order=(ids[1], ids[0], ids[2])))
    elsewhere = signature_of(Ordering(stem=STEM, options=turned, order=tuple(ids)))
    found = [compare(one, like) for like in (again, other, elsewhere)]
    assert [like and like.kind for like in found] == [LikenessKind.SAME] * 3
    assert [like and like.conflicting_keys for like in found] == [False, True, False]


def test_typed_answers_that_differ_conflict() -> None:
    one, other = (
        signature_of(ShortText.model_validate({"stem": STEM, "answers": [{"text": text}]}))
        for text in ("60 ngày", "30 ngày")
    )
    likeness = compare(one, other)
    assert likeness is not None
    assert (likeness.kind, likeness.conflicting_keys) == (LikenessKind.SAME, True)


@settings(deadline=None)
@given(st.text(max_size=80), st.text(max_size=80))
def test_the_parts_of_any_two_texts_put_together_are_the_texts(one: str, other: str) -> None:
    from question_bank.text import plain, sanitise

    one, other = sanitise(one), sanitise(other)
    left, right = differing_parts(one, other)
    assert "".join(part.text for part in left) == plain(one)
    assert "".join(part.text for part in right) == plain(other)


@settings(deadline=None)
@given(st.lists(st.sampled_from("thời hạn đăng ký không 15 Điều khoản một".split()), max_size=12))
def test_likeness_is_symmetrical_and_a_text_is_like_itself(words: list[str]) -> None:
    one, other = question(" ".join(words)), question()
    there, back = compare(one, other), compare(other, one)
    assert (there is None) == (back is None)
    if there is not None and back is not None:
        assert (there.kind, there.score, there.differs) == (
            back.kind,
            pytest.approx(back.score),
            back.differs,
        )
    if words:
        itself = compare(one, one)
        assert itself is not None
        assert itself.kind is LikenessKind.SAME


def test_the_index_finds_every_pair_that_comparing_all_with_all_finds() -> None:
    chance = random.Random(7)
    topics = ["khai sinh", "khai tử", "kết hôn", "chứng thực bản sao", "hòa giải", "tiếp công dân"]
    asked = ["thời hạn giải quyết là bao nhiêu ngày", "thẩm quyền thuộc về ai", "hồ sơ gồm những giấy tờ nào"]
    signatures = []
    for number in range(240):
        place = f"Điều {chance.randint(1, 9)} Luật {number % 7}"
        stem = f"Theo {place}, việc {chance.choice(topics)}: {chance.choice(asked)}?"
        options = tuple(f"{chance.randint(1, 9)} {word}" for word in ("ngày", "tháng", "năm"))
        signatures.append(question(stem, options))
    index = NearIndex(enumerate(signatures))
    found = {frozenset((one, other)) for one in range(240) for other, _likeness in index.likes_of(one)}
    all_pairs = {
        frozenset((one, other))
        for one, other in combinations(range(240), 2)
        if compare(signatures[one], signatures[other])
    }
    assert len(all_pairs) > 100
    assert found == all_pairs
