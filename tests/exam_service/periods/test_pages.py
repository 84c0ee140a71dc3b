"""Every page of periods: both languages, strangers, forms that come back with what was typed."""

import lxml.html
import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from exam_service.actor import Role
from exam_service.periods.models import Candidate, Exam, Period, Sitting
from tests.fixtures.auth import SignIn
from tests.fixtures.periods import World, make_world

PAGES = (
    "/periods",
    "/periods?q=khong-co",
    "/periods/new",
    "/periods/blueprints",
    "/periods/blueprints/new",
    "/periods/blueprints/new?source={blueprint}",
    "/periods/blueprints/{blueprint}",
    "/periods/{period}",
    "/periods/{period}/edit",
    "/periods/{period}/exams/new",
    "/periods/{period}/exams/{exam}",
    "/periods/{period}/sittings",
    "/periods/{period}/sittings/new",
    "/periods/{period}/sittings/{sitting}",
    "/periods/{period}/candidates",
    "/periods/{period}/fairness",
    "/periods/{period}/candidates?q=zzz&status=exempt",
    "/periods/{period}/candidates/entry",
    "/periods/{period}/candidates/print",
    "/periods/{period}/candidates/{candidate}",
    "/periods/{period}/evidence",
    "/periods/{period}/log",
)
FOR_MANAGERS = ("new", "edit", "entry", "/exams/", "/sittings/{sitting}")
POSTS = (
    "/periods/new",
    "/periods/blueprints/new",
    "/periods/blueprints/check",
    "/periods/blueprints/{blueprint}",
    "/periods/{period}/edit",
    "/periods/{period}/open",
    "/periods/{period}/close",
    "/periods/{period}/draw/commit",
    "/periods/{period}/draw/numbers",
    "/periods/{period}/draw/confirm",
    "/periods/{period}/draw/retry",
    "/periods/{period}/exams/new",
    "/periods/{period}/exams/check",
    "/periods/{period}/exams/{exam}",
    "/periods/{period}/exams/{exam}/delete",
    "/periods/{period}/sittings/new",
    "/periods/{period}/sittings/{sitting}",
    "/periods/{period}/sittings/{sitting}/delete",
    "/periods/{period}/candidates/entry",
    "/periods/{period}/candidates/seats",
    "/periods/{period}/candidates/{candidate}/status",
    "/periods/{period}/candidates/{candidate}/extra-time",
)
STRANGERS = (Role.AUTHOR, Role.REVIEWER, Role.INVIGILATOR, Role.MARKER, Role.HR, Role.ADMIN)


def address(session: Session, world: World, path: str) -> str:
    return path.format(
        period=world.period.id,
        exam=world.exam.id,
        sitting=world.sitting.id,
        blueprint=world.blueprint.id,
        candidate=session.scalar(select(Candidate.id).where(Candidate.period_id == world.period.id).limit(1)),
    )


@pytest.mark.parametrize("language", ["vi", "en"])
def test_every_page_opens_for_an_officer_and_is_sound(
    session: Session, signed_in: SignIn, language: str
) -> None:
    world = make_world(session)
    client = signed_in(roles={Role.OFFICER})
    client.cookies.set("lang", language)
    for path in PAGES:
        answer = client.get(address(session, world, path))
        assert answer.status_code == 200, path
        page = lxml.html.fromstring(answer.text)
        assert page.get("lang") == language
        assert len(page.xpath("//h1")) == 1, path
        ids = page.xpath("//@id")
        assert len(ids) == len(set(ids)), path
        named = {
            name
            for value in page.xpath("//@for | //@form | //@aria-describedby | //@aria-labelledby")
            for name in str(value).split()
        }
        assert named - set(ids) == set(), path
        forms = page.xpath("//form[@method='post']")
        assert [
            f for f in forms if not f.xpath(f".//input[@name='csrf_token'][@value='{client.csrf}']")
        ] == []
        assert page.xpath("//style | //*[@style] | //script[not(@src)]") == [], path


def test_an_auditor_sees_the_pages_that_change_nothing_and_no_others(
    session: Session, signed_in: SignIn
) -> None:
    world = make_world(session)
    client = signed_in(roles={Role.AUDITOR})
    for path in PAGES:
        is_for_managers = any(part in path for part in FOR_MANAGERS)
        answer = client.get(address(session, world, path))
        assert answer.status_code == (403 if is_for_managers else 200), path
        if not is_for_managers:
            page = lxml.html.fromstring(answer.text)
            posts = page.xpath("//main//form[@method='post' and not(.//fieldset[@disabled])]/@action")
            assert posts == [], path


@pytest.mark.parametrize("role", [*STRANGERS, Role.AUDITOR])
def test_a_stranger_changes_nothing(session: Session, signed_in: SignIn, role: Role) -> None:
    world = make_world(session)
    client = signed_in(roles={role})
    for path in POSTS:
        # An auditor may be the second person of a draw; without a commitment there is nothing to confirm.
        is_witness = role is Role.AUDITOR and path.endswith("/draw/confirm")
        answer = client.post(address(session, world, path), data={})
        assert answer.status_code == (409 if is_witness else 403), path
    assert session.scalar(select(Period.state).where(Period.id == world.period.id)) == "draft"


@pytest.mark.parametrize("role", STRANGERS)
def test_a_stranger_sees_no_page_and_no_file(session: Session, signed_in: SignIn, role: Role) -> None:
    world = make_world(session)
    client = signed_in(roles={role})
    files = ("/periods/{period}/candidates/export.xlsx", "/periods/{period}/exams/{exam}/bundle.json")
    for path in (*PAGES, *files, "/api/periods", "/api/periods/{period}"):
        # Who may read the audit trail may read draws, but not of a period that must not be seen.
        expected = 404 if role is Role.ADMIN and path.endswith("bundle.json") else 403
        assert client.get(address(session, world, path)).status_code == expected, path


def test_a_form_without_its_token_is_refused(session: Session, signed_in: SignIn) -> None:
    world = make_world(session)
    client = signed_in(roles={Role.OFFICER})
    del client.headers["X-CSRF-Token"]
    for path in POSTS:
        assert client.post(address(session, world, path), data={}).status_code == 403, path


def test_things_of_another_period_are_not_found(session: Session, signed_in: SignIn) -> None:
    mine, other = make_world(session), make_world(session)
    client = signed_in(roles={Role.OFFICER})
    here = f"/periods/{mine.period.id}"
    person = session.scalar(select(Candidate.id).where(Candidate.period_id == other.period.id).limit(1))
    for path in (
        f"/exams/{other.exam.id}",
        f"/sittings/{other.sitting.id}",
        f"/candidates/{person}",
        f"/exams/{other.exam.id}/bundle.json",
    ):
        assert client.get(here + path).status_code == 404, path
    for path in (
        f"/exams/{other.exam.id}",
        f"/exams/{other.exam.id}/delete",
        f"/sittings/{other.sitting.id}/delete",
        f"/candidates/{person}/status",
    ):
        data = {"status": "exempt", "reason": "nghỉ ốm"}
        assert client.post(here + path, data=data).status_code == 404, path


def errors_on(text: str) -> dict[str, str]:
    """Field → sentence, as the summary at the head of the page links them."""
    links = lxml.html.fromstring(text).xpath("//div[contains(@class, 'error-summary')]//a")
    return {link.get("href").removeprefix("#"): link.text_content() for link in links}


def value_of(text: str, name: str) -> str:
    return str(lxml.html.fromstring(text).xpath(f"//*[@id='{name}']/@value")[0])


def test_a_period_is_created_and_the_next_thing_to_do_is_said(session: Session, signed_in: SignIn) -> None:
    client = signed_in(roles={Role.OFFICER})
    data = {"code": "sh-2027-1", "name": "Kỳ 1", "reference_date": "2027-01-15"}
    answer = client.post("/periods/new", data=data)
    period = session.scalars(select(Period).where(Period.code == "SH-2027-1")).one()
    assert (answer.status_code, answer.headers["location"]) == (303, f"/periods/{period.id}")
    page = client.get(f"/periods/{period.id}").text
    assert "thêm nội dung sát hạch" in page
    assert "Kỳ chưa có nội dung sát hạch nào." in page


def test_a_bad_period_form_comes_back_with_errors_at_the_fields_and_what_was_typed(signed_in: SignIn) -> None:
    client = signed_in(roles={Role.OFFICER})
    data = {"code": "mã có dấu", "name": "  ", "reference_date": "31/02/2027"}
    answer = client.post("/periods/new", data=data)
    assert answer.status_code == 422
    assert set(errors_on(answer.text)) == {"code", "name", "reference_date"}
    assert value_of(answer.text, "code") == "mã có dấu"
    oversize = client.post("/periods/new", data={**data, "code": "A", "name": "x" * 3000})
    assert oversize.status_code == 422
    assert errors_on(oversize.text)["name"] == "Ghi nhiều nhất 200 ký tự."


def test_a_taken_code_is_said_at_its_field(session: Session, signed_in: SignIn) -> None:
    world = make_world(session)
    client = signed_in(roles={Role.OFFICER})
    data = {"code": world.period.code, "name": "Kỳ khác", "reference_date": "2027-01-15"}
    answer = client.post("/periods/new", data=data)
    assert (answer.status_code, set(errors_on(answer.text))) == (409, {"code"})


def test_a_stale_period_form_writes_nothing(session: Session, signed_in: SignIn) -> None:
    world = make_world(session)
    client = signed_in(roles={Role.OFFICER})
    path = f"/periods/{world.period.id}/edit"
    revision = value_of_hidden(client.get(path).text, "revision")
    data = {"code": "A-1", "name": "Lần một", "reference_date": "2026-10-01", "revision": revision}
    assert client.post(path, data=data).status_code == 303
    again = client.post(path, data={**data, "name": "Lần hai"})
    assert again.status_code == 409
    assert value_of(again.text, "name") == "Lần hai"
    session.expire_all()
    assert session.get_one(Period, world.period.id).name == "Lần một"
    assert client.post(path, data={**data, "revision": "không phải số"}).status_code == 409


def value_of_hidden(text: str, name: str) -> str:
    return str(lxml.html.fromstring(text).xpath(f"//input[@name='{name}']/@value")[0])


def form_of(text: str, action: str) -> dict[str, list[str]]:
    """What a browser would send for the form with this action, its buttons left alone."""
    form = lxml.html.fromstring(text).xpath(f"//form[@action='{action}']")[0]
    sent: dict[str, list[str]] = {}
    for name, value in form.form_values():
        sent.setdefault(name, []).append(value)
    return sent


def test_an_exam_form_sent_back_as_it_is_changes_nothing(session: Session, signed_in: SignIn) -> None:
    world = make_world(session)
    client = signed_in(roles={Role.OFFICER})
    path = f"/periods/{world.period.id}/exams/{world.exam.id}"
    before = {c.name: getattr(session.get_one(Exam, world.exam.id), c.name) for c in Exam.__table__.columns}
    assert client.post(path, data=form_of(client.get(path).text, path)).status_code == 303
    session.expire_all()
    after = {c.name: getattr(session.get_one(Exam, world.exam.id), c.name) for c in Exam.__table__.columns}
    assert {**after, "bands": None} == {**before, "bands": None}
    assert [(b["code"], float(b["from_percent"])) for b in after["bands"]] == [
        (b["code"], float(b["from_percent"])) for b in before["bands"]
    ]


def test_a_preset_fills_the_form_and_saves_nothing(session: Session, signed_in: SignIn) -> None:
    world = make_world(session)
    client = signed_in(roles={Role.OFFICER})
    path = f"/periods/{world.period.id}/exams/{world.exam.id}"
    sent = form_of(client.get(path).text, path) | {
        "title": ["Tên đang gõ"],
        "preset": ["nd06_2023_university"],
    }
    answer = client.post(path, data=sent)
    assert answer.status_code == 200
    assert (value_of(answer.text, "duration_min"), value_of(answer.text, "title")) == ("120", "Tên đang gõ")
    assert "Nghị định 06/2023/NĐ-CP" in answer.text
    session.expire_all()
    assert session.get_one(Exam, world.exam.id).duration_min == 60


def test_a_bad_exam_form_says_every_mistake_at_its_field(session: Session, signed_in: SignIn) -> None:
    world = make_world(session)
    client = signed_in(roles={Role.OFFICER})
    path = f"/periods/{world.period.id}/exams/{world.exam.id}"
    sent = form_of(client.get(path).text, path)
    sent |= {"title": [""], "duration_min": ["một giờ"], "late_limit_min": ["-1"], "blueprint_id": [""]}
    sent["band_from"] = ["90", "abc", "50", "0"]
    del sent["position_ids"]
    answer = client.post(path, data=sent)
    found = errors_on(answer.text)
    assert answer.status_code == 422
    assert set(found) == {
        "title",
        "duration_min",
        "late_limit_min",
        "blueprint_id",
        "position_ids",
        "band_from-1",
    }
    assert found["duration_min"] == "Nhập một số nguyên."
    assert value_of(answer.text, "duration_min") == "một giờ"


@pytest.mark.parametrize(
    ("limits", "cut", "sentence"),
    [
        (["70", "90", "50", "0"], "50", "Các mức phải giảm dần"),
        (["90", "70", "50", "50"], "50", "Các mức phải giảm dần"),
        (["90", "70", "50", "10"], "50", "Mức cuối cùng phải bắt đầu từ 0"),
        (["90", "70", "50", "0"], "55", "một mức bắt đầu đúng bằng ngưỡng đạt"),
        (["90", "70", "62,5", "0"], "62.5", ""),
    ],
)
def test_bands_are_judged_while_they_are_typed_and_when_they_are_saved(
    session: Session, signed_in: SignIn, limits: list[str], cut: str, sentence: str
) -> None:
    world = make_world(session)
    client = signed_in(roles={Role.OFFICER})
    path = f"/periods/{world.period.id}/exams/{world.exam.id}"
    sent = form_of(client.get(path).text, path) | {"band_from": limits, "cut_percent": [cut]}
    live = client.post(f"/periods/{world.period.id}/exams/check", data=sent).text
    saved = client.post(path, data=sent)
    if sentence:
        assert sentence in live
        assert saved.status_code == 422
        assert sentence in errors_on(saved.text)["bands"]
    else:
        assert "từ 62,5 % đến dưới 70 %" in live
        assert saved.status_code == 303


def test_many_rooms_are_added_at_once_and_a_clash_adds_none(session: Session, signed_in: SignIn) -> None:
    world = make_world(session)
    client = signed_in(roles={Role.OFFICER})
    path = f"/periods/{world.period.id}/sittings/new"
    data = {
        "exam_id": str(world.exam.id),
        "name": "Ca 2",
        "room": "Phòng 09",
        "capacity": "30",
        "starts_at": "2030-05-01T07:30",
        "count": "3",
    }
    assert client.post(path, data=data).status_code == 303
    rooms = session.scalars(select(Sitting.room).where(Sitting.name == "Ca 2").order_by(Sitting.room)).all()
    assert rooms == ["Phòng 09", "Phòng 10", "Phòng 11"]
    clash = client.post(
        path, data={**data, "name": "Ca 3", "room": "Phòng 07", "starts_at": "2030-05-01T08:00"}
    )
    assert (clash.status_code, set(errors_on(clash.text))) == (409, {"room"})
    assert session.scalar(select(func.count()).where(Sitting.name == "Ca 3")) == 0


def test_a_bad_sitting_form_comes_back(session: Session, signed_in: SignIn) -> None:
    world = make_world(session)
    client = signed_in(roles={Role.OFFICER})
    path = f"/periods/{world.period.id}/sittings/new"
    data = {"exam_id": "khác", "name": "", "room": "P1", "capacity": "0", "starts_at": "mai", "count": "500"}
    answer = client.post(path, data=data)
    assert (answer.status_code, set(errors_on(answer.text))) == (422, {"exam_id"})
    answer = client.post(path, data={**data, "exam_id": str(world.exam.id)})
    assert set(errors_on(answer.text)) == {"name", "capacity", "starts_at", "count"}
    past = {**data, "exam_id": str(world.exam.id), "name": "Ca", "capacity": "5", "count": "1"}
    answer = client.post(path, data={**past, "starts_at": "2020-01-01T07:30"})
    assert set(errors_on(answer.text)) == {"starts_at"}
