"""What papers are balanced by: answers where there are any, ratings of authors where not."""

import numpy as np
import pytest

from question_bank.assembly.information import with_information
from question_bank.blueprint import Cell
from question_bank.calibration.beliefs import RATED_LOGITS, Basis, Calibrated, believe
from question_bank.items import ItemDraft, content_hash, semantic_hash
from question_bank.taxonomy import DifficultyRating, UnknownRating, parse_rating
from question_bank.types.true_false import TrueFalse
from tests.question_bank.banks import items, one_section

EASY, HARD = DifficultyRating.EASY, DifficultyRating.HARD


def test_without_answers_and_ratings_nothing_is_believed() -> None:
    assert believe([None, None], [None, None], cells=["a", "b"]) is None


def test_ratings_alone_order_the_items_and_are_drawn_towards_their_cell() -> None:
    found = believe([None] * 3, [EASY, HARD, None], cells=["a", "a", "a"])
    assert found is not None
    assert found.basis == Basis(0, 2, 1)
    easy, hard, unrated = found.shares[:, 1]
    raw_easy = 1 / (1 + np.exp(RATED_LOGITS[EASY]))
    assert hard < unrated < easy < raw_easy
    assert found.errors[2, 1] > found.errors[0, 1] > 0.1


def test_balancing_by_ratings_makes_true_marks_more_equal_than_chance_would() -> None:
    random = np.random.default_rng(5)
    truth = random.normal(0, 0.9, 4000)
    heard = truth + random.normal(0, 1.0, 4000)
    ratings = [list(DifficultyRating)[int(np.clip(round(one), -2, 2)) + 2] for one in heard]
    found = believe([None] * 4000, ratings, cells=["a"] * 4000)
    assert found is not None
    believed = -np.log(found.shares[:, 1] / (1 - found.shares[:, 1]))
    assert np.corrcoef(believed, truth)[0, 1] > 0.6
    assert np.std(believed - truth) < 0.8 * np.std(truth)
    assert found.errors[:, 1].mean() == pytest.approx(0.67 * 0.25, rel=0.15)


def test_answers_outweigh_ratings_and_move_these_to_their_scale() -> None:
    known = [Calibrated(1.0, 1.5 + 0.2 * (number % 3), 0.1) for number in range(8)]
    ratings = [DifficultyRating.MEDIUM] * 8 + [DifficultyRating.MEDIUM, DifficultyRating.VERY_EASY]
    found = believe([*known, None, None], ratings, cells=["a"] * 10)
    assert found is not None
    assert found.basis == Basis(8, 2, 0)
    medium, very_easy = found.shares[8:, 1]
    assert medium == pytest.approx(found.shares[:8, 1].mean(), abs=0.03)
    assert very_easy > medium


def test_an_item_tells_most_where_its_difficulty_meets_the_cut() -> None:
    def expected(difficulty: float) -> tuple[float, ...]:
        return tuple(1 / (1 + np.exp(-(theta - difficulty))) for theta in (-1, 0, 1))

    pool = [*items(3, expected_score=expected(-1)), *items(3, first=3, expected_score=expected(1))]
    unknown = items(1, first=9)
    told = with_information([*pool, *unknown], one_section(Cell(count=4)), cut_percent=70)
    assert told[6].information is None
    easy, hard = told[0].information, told[5].information
    assert easy is not None
    assert hard is not None
    assert 0 < hard < 0.25
    middle = with_information(pool, one_section(Cell(count=4)), cut_percent=50)
    assert middle[0].information == pytest.approx(middle[5].information)
    low = with_information(pool, one_section(Cell(count=4)), cut_percent=30)
    assert low[0].information == pytest.approx(hard)
    assert with_information(unknown, one_section(Cell(count=1)), cut_percent=50) == tuple(unknown)


def test_a_rating_changes_what_a_question_means_and_its_absence_changes_no_hash() -> None:
    draft = ItemDraft(content=TrueFalse(stem="Đúng?", key=True))
    rated = draft.model_copy(update={"difficulty_rating": HARD})
    assert "difficulty_rating" not in draft.model_dump(mode="json")
    assert ItemDraft.model_validate(rated.model_dump(mode="json")) == rated
    assert semantic_hash(draft) != semantic_hash(rated)
    assert content_hash(draft.content) == content_hash(rated.content)


def test_ratings_are_read_in_both_languages() -> None:
    assert [parse_rating(text) for text in ("RẤT KHÓ", "dễ", "Medium")] == ["very_hard", "easy", "medium"]
    with pytest.raises(UnknownRating):
        parse_rating("khó vừa")
