from uuid import UUID

import pytest

from exam_service.attempts.tokens import AttemptTokens, BadAttemptToken

ATTEMPT, CANDIDATE, OTHER = UUID(int=1), UUID(int=2), UUID(int=3)
SECRET = "a-secret-of-more-than-thirty-two-characters"


def test_a_token_says_whose_attempt_it_is() -> None:
    tokens = AttemptTokens(SECRET)
    claims = tokens.check(tokens.issue(ATTEMPT, CANDIDATE))
    assert (claims.attempt_id, claims.candidate_id) == (ATTEMPT, CANDIDATE)


def test_a_token_is_short_because_every_save_carries_it() -> None:
    assert len(AttemptTokens(SECRET).issue(ATTEMPT, CANDIDATE)) <= 96


def test_a_token_carries_its_limits() -> None:
    tokens, networks = AttemptTokens(SECRET), ("10.0.0.0/24", "2001:db8::/32")
    token = tokens.issue(ATTEMPT, CANDIDATE, login_id=OTHER, is_limited=True, networks=networks)
    claims = tokens.check(token)
    assert (claims.login_id, claims.is_limited, claims.networks) == (OTHER, True, networks)


def test_every_process_with_the_secret_accepts_it_and_no_other() -> None:
    token = AttemptTokens(SECRET).issue(ATTEMPT, CANDIDATE)
    assert AttemptTokens(SECRET).check(token).attempt_id == ATTEMPT
    with pytest.raises(BadAttemptToken):
        AttemptTokens(SECRET + "x").check(token)


def test_an_expired_token_is_refused_even_when_it_was_accepted_before() -> None:
    tokens = AttemptTokens(SECRET)
    expired = tokens.issue(ATTEMPT, CANDIDATE, lifetime_s=-1)
    for _ in range(2):
        with pytest.raises(BadAttemptToken):
            tokens.check(expired)


def test_no_byte_of_a_token_can_be_changed() -> None:
    tokens = AttemptTokens(SECRET)
    token = tokens.issue(ATTEMPT, CANDIDATE)
    for place in range(len(token) - 1):  # the last character holds unused bits
        changed = token[:place] + ("0" if token[place] != "0" else "1") + token[place + 1 :]
        with pytest.raises(BadAttemptToken):
            tokens.check(changed)


def test_parts_of_two_tokens_do_not_make_a_third() -> None:
    tokens = AttemptTokens(SECRET)
    one, other = tokens.issue(ATTEMPT, CANDIDATE), tokens.issue(OTHER, CANDIDATE)
    with pytest.raises(BadAttemptToken):
        tokens.check(one.split(".")[0] + "." + other.split(".")[1])


@pytest.mark.parametrize("text", ["", ".", "x", "é", "a.b.c", "0" * 72, "\0"])
def test_garbage_is_refused(text: str) -> None:
    with pytest.raises(BadAttemptToken):
        AttemptTokens(SECRET).check(text)
