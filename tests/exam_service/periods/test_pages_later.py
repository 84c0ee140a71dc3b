"""Pages of periods after the seal, the log, lists, and that every sentence speaks English."""

import re
from pathlib import Path

from babel.messages.extract import extract
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from exam_service import i18n
from exam_service.actor import Role
from exam_service.errors import Refusal
from exam_service.periods import api, drawing, lifecycle, overview
from exam_service.periods.models import Candidate, Period, Sitting, StoredBlueprint
from exam_service.templates import HERE
from tests.fixtures.auth import SignIn
from tests.fixtures.periods import draw_by_hand, make_world


def test_the_steps_after_the_seal_follow_one_another_once(session: Session, signed_in: SignIn) -> None:
    world = make_world(session)
    client = signed_in(roles={Role.OFFICER})
    here = f"/periods/{world.period.id}"
    assert client.post(f"{here}/open", data={}).status_code == 409, "a draft is not opened"
    draw_by_hand(signed_in, client, world)
    assert client.post(f"{here}/open", data={}).status_code == 303
    assert client.post(f"{here}/open", data={}).status_code == 409, "pressed twice, done once"
    early = client.post(f"{here}/close", data={})
    assert early.status_code == 409
    assert "Còn 1 ca thi chưa kết thúc" in early.text
    sitting = session.get_one(Sitting, world.sitting.id)
    sitting.collected_at = sitting.starts_at
    session.commit()
    assert client.post(f"{here}/close", data={}).status_code == 303
    page = client.get(here).text
    assert f"/marking/{world.period.id}" in page
    assert "bundle.json" in client.get(f"{here}/evidence").text
    bundle = client.get(f"{here}/exams/{world.exam.id}/bundle.json")
    assert bundle.json()["commitment"]


def test_a_sealed_period_offers_no_change(session: Session, signed_in: SignIn) -> None:
    world = make_world(session)
    client = signed_in(roles={Role.OFFICER})
    draw_by_hand(signed_in, client, world)
    here = f"/periods/{world.period.id}"
    assert "/exams/new" not in client.get(here).text
    for path in ("/edit", "/exams/new", f"/exams/{world.exam.id}", "/sittings/new", "/candidates/entry"):
        assert client.get(here + path).status_code == 409, path
    assert client.post(f"{here}/candidates/entry", data={}).status_code == 409


def test_the_log_tells_who_did_what_in_words(session: Session, signed_in: SignIn) -> None:
    world = make_world(session)
    client = signed_in(roles={Role.OFFICER})
    person = session.scalars(select(Candidate).where(Candidate.period_id == world.period.id)).first()
    assert person is not None
    data = {"status": "postponed", "reason": "đi học tập trung"}
    client.post(f"/periods/{world.period.id}/candidates/{person.id}/status", data=data)
    page = client.get(f"/periods/{world.period.id}/log").text
    for words in (
        "Tạo kỳ sát hạch",
        "Cập nhật thí sinh từ bổ nhiệm",
        "Đổi tình trạng thí sinh",
        "đi học tập trung",
    ):
        assert words in page


def messages() -> dict[str, str]:
    """Every sentence of the pages of periods → where it stands."""
    package = Path(overview.__file__).parent
    found: dict[str, str] = {}
    for path in HERE.joinpath("templates", "periods").glob("*.html"):
        with path.open("rb") as file:
            found |= {str(m): path.name for _l, m, _n, _c in extract("jinja2.ext:babel_extract", file)}
    keywords = {"_": None, "N_": None}
    for path in [*package.rglob("*.py"), package.parent / "invigilation" / "draw_pages.py"]:
        with path.open("rb") as file:
            found |= {str(m): path.name for _l, m, _n, _c in extract("python", file, keywords=keywords)}
    found.pop("missing")  # the name of a sentence inside a marked call, not a sentence
    refusals = [
        kind for kind in Refusal.__subclasses__() if kind.__module__.startswith("exam_service.periods.")
    ]
    assert {drawing.NotReady, lifecycle.WrongStep} <= set(refusals)
    return found | {kind.message: kind.__name__ for kind in refusals}


def test_every_sentence_of_periods_speaks_english_with_the_same_places() -> None:
    english = i18n.catalogue(i18n.Language.ENGLISH)
    assert api.router.prefix == "/api/periods"
    found = messages()
    assert {text: place for text, place in found.items() if text not in english} == {}
    places = re.compile(r"%\(\w+\)s")
    assert [t for t in found if sorted(places.findall(t)) != sorted(places.findall(english[t]))] == []


def test_an_empty_list_offers_the_first_action(session: Session, signed_in: SignIn) -> None:
    client = signed_in(roles={Role.OFFICER})
    assert session.scalar(select(func.count()).select_from(Period)) == 0
    assert "Tạo kỳ sát hạch đầu tiên" in client.get("/periods").text
    assert session.scalar(select(func.count()).select_from(StoredBlueprint)) == 0
    assert "Tạo ma trận đề đầu tiên" in client.get("/periods/blueprints").text


def test_periods_are_found_without_diacritics_and_by_state(session: Session, signed_in: SignIn) -> None:
    world = make_world(session)
    make_world(session)
    client = signed_in(roles={Role.OFFICER})
    draw_by_hand(signed_in, client, world)
    assert client.get("/periods", params={"q": "ky thu"}).text.count("/periods/0") == 2
    sealed = client.get("/periods", params={"state": "sealed"}).text
    assert str(world.period.id) in sealed
    assert sealed.count("/periods/0") == 1
    assert client.get("/periods", params={"state": "nonsense", "page": 9}).status_code == 200
