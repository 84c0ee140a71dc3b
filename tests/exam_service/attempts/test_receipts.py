import hashlib
from uuid import UUID

import pytest

from exam_service.attempts.receipts import (
    ALPHABET,
    FinalAnswer,
    answered_count,
    digest_of,
    is_answered,
    new_receipt_code,
)

ATTEMPT = UUID("01a206b2-df4a-7716-9868-c838b71a3d22")


def test_the_digest_is_the_hash_of_the_documented_text() -> None:
    answers = [FinalAnswer(2, 4, {"value": True, "a": "đ"}), FinalAnswer(1, 9, None)]
    text = f'{{"attempt":"{ATTEMPT}","responses":[[1,9,null],[2,4,{{"a":"đ","value":true}}]]}}'
    assert digest_of(ATTEMPT, answers) == hashlib.sha256(text.encode()).hexdigest()


def test_the_digest_depends_on_attempt_slot_sequence_and_answer() -> None:
    base = FinalAnswer(1, 1, {"choice": "a"})
    others = [
        digest_of(UUID(int=1), [base]),
        digest_of(ATTEMPT, [base._replace(slot=2)]),
        digest_of(ATTEMPT, [base._replace(sequence=2)]),
        digest_of(ATTEMPT, [base._replace(response={"choice": "b"})]),
        digest_of(ATTEMPT, []),
    ]
    assert len({digest_of(ATTEMPT, [base]), *others}) == 6


@pytest.mark.parametrize(
    ("response", "expected"),
    [
        (None, False),
        ({}, False),
        ({"choices": []}, False),
        ({"text": ""}, False),
        ({"choice": "a"}, True),
        ({"value": False}, True),
        ({"number": 0}, True),
    ],
)
def test_an_answer_counts_when_something_was_entered(
    response: dict[str, object] | None, expected: bool
) -> None:
    assert is_answered(response) is expected
    assert answered_count([FinalAnswer(1, 1, response)]) == int(expected)


def test_receipt_codes_use_only_characters_that_nobody_confuses() -> None:
    codes = {new_receipt_code() for _ in range(200)}
    assert len(codes) == 200
    assert set("".join(codes)) <= {*ALPHABET, "-"}
    assert not set("01OIL") & set(ALPHABET)
