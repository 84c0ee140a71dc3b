"""Items of every type pass through the bank: stored, found, shown, compared, edited without loss, and drawn or not."""

import lxml.html
import pytest
from sqlalchemy.orm import Session

from exam_service.actor import Role
from exam_service.auth.models import Account
from exam_service.bank.head import search_text, trusted_draft
from exam_service.bank.models import Item
from exam_service.bank.presentation import candidate_preview, compare, key_text, with_key
from exam_service.bank.supply import load_supply
from exam_service.marking.service import NeedsPeople, score_period
from exam_service.periods import readiness
from question_bank.items import AnyContent
from question_bank.taxonomy import CognitiveLevel
from question_bank.text import fold, plain
from question_bank.types.cloze import MARKER
from question_bank.types.single_choice import SingleChoice
from tests.fixtures.auth import SignIn
from tests.fixtures.bank import (
    actor_of,
    make_actor,
    make_approved,
    make_bank,
    make_competency,
    make_draft,
    make_item,
    make_submitted,
)
from tests.fixtures.periods import make_version, make_world
from tests.fixtures.results import make_sat_period
from tests.question_bank.type_samples import SAMPLES, SECRET, essay

BY_TYPE = {content.type: content for content in reversed(SAMPLES)}
every_type = pytest.mark.parametrize("content", BY_TYPE.values(), ids=BY_TYPE)


@every_type
def test_its_pages_open_for_author_and_reviewer(
    session: Session, signed_in: SignIn, content: AnyContent
) -> None:
    make_competency(session)
    bank = make_bank(session)
    client = signed_in(roles={Role.AUTHOR, Role.REVIEWER})
    item = make_item(session, bank, actor_of(client.account), draft=make_draft(content=content))
    session.commit()
    for path in (f"/bank/items/{item.id}", f"/bank/items/{item.id}/edit", "/bank/items"):
        assert client.get(path).status_code == 200
    if content.type != "unsupported":
        author = make_actor(session, Role.AUTHOR)
        make_submitted(session, bank, author, draft=make_draft(content=content))
        session.commit()
        page = client.get("/bank/review")
        assert page.status_code == 200
        assert "[[gap:" not in lxml.html.fromstring(page.text).text_content()


@every_type
def test_saving_its_form_loses_nothing(session: Session, signed_in: SignIn, content: AnyContent) -> None:
    make_competency(session)
    client = signed_in(roles={Role.AUTHOR})
    draft = make_draft(content=content)
    item = make_item(session, make_bank(session), actor_of(client.account), draft=draft)
    session.commit()
    page = lxml.html.fromstring(client.get(f"/bank/items/{item.id}/edit").text)
    data: dict[str, list[str]] = {}
    for name, value in page.get_element_by_id("editor-form").form_values():
        data.setdefault(name, []).append(value)
    data["revision"] = page.xpath("//input[@name='revision']/@value")
    saved = client.post(f"/bank/items/{item.id}/edit", data={**data, "act": "save"})
    assert saved.status_code == 303
    session.expire_all()
    stored = session.get_one(Item, item.id)
    assert stored.draft is not None
    after = trusted_draft(stored.draft).content
    # What is not supported has no form of its own: it is rewritten as another type, from the stem that was read.
    assert after == content or (content.type == "unsupported" and after.stem == content.stem)


@every_type
def test_it_is_found_by_what_a_candidate_reads(content: AnyContent) -> None:
    found = search_text("X-1", make_draft(content=content))
    for _place, text in content.texts():
        assert fold(plain(text)) in found
    assert fold(SECRET) not in found


@every_type
def test_preview_and_key_are_shown_even_of_half_written_content(content: AnyContent) -> None:
    empty = {"rationale": ""} | {
        name: () for name in ("pairs", "gaps", "keys", "order", "parts") if name in type(content).model_fields
    }
    for shown in (content, content.model_copy(update=empty)):
        for order in (0, 1, 7):
            assert candidate_preview(shown, seed="x", order=order).keyed == frozenset()
        assert with_key(shown).key == key_text(shown)


@every_type
def test_two_versions_are_compared_in_everything_they_say(content: AnyContent) -> None:
    before = make_draft(content=content)
    assert all(left == right for _name, left, right in compare(before, before))
    after = make_draft(content=content.model_copy(update={"stem": f"{content.stem} khác"}))
    changed = [name for name, left, right in compare(before, after) if left != right]
    assert changed == ["Phần dẫn"]
    told = "".join(text for _name, _left, right in compare(before, before) for _kind, text in right)
    assert not MARKER.search(told)


def test_an_essay_is_left_out_of_papers_and_the_gap_says_so(session: Session) -> None:
    world = make_world(session, items_per_cell=2)
    bank, reviewer = make_bank(session), make_actor(session, Role.REVIEWER)
    make_approved(
        session, bank, make_actor(session, Role.AUTHOR), reviewer, draft=make_draft(content=essay())
    )
    supply = load_supply(session, [bank.id])
    assert (supply.pool, supply.by_hand) == ((), 1)

    assert [gap.code for gap in readiness.missing_for_sealing(session, world.period)] == ["cell_short"] * 2
    author = session.get_one(Account, world.versions[0].author_id)
    draft = make_draft(content=essay(), level=CognitiveLevel.REMEMBER)
    make_version(session, world.bank, draft, author=author)
    gaps = readiness.missing_for_sealing(session, world.period)
    assert [gap.code for gap in gaps] == ["cell_short", "cell_short", "by_hand"]
    assert "1 câu hỏi có phần tự luận" in gaps[-1].sentence


def test_a_period_with_an_essay_in_its_papers_is_not_scored_by_rule(
    session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    world = make_sat_period(session)
    monkeypatch.setattr(SingleChoice, "needs_marker", True)
    with pytest.raises(NeedsPeople):
        score_period(session, world.officer, period_id=world.period.id)
