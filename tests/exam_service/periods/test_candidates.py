"""Who is a candidate, under which number, in which seat."""

from datetime import date, timedelta
from io import BytesIO
from zipfile import ZipFile

import pytest
from python_calamine import CalamineWorkbook
from sqlalchemy import select
from sqlalchemy.orm import Session

from exam_service.actor import Role
from exam_service.errors import Forbidden, Invalid, NotFound
from exam_service.people.models import Appointment, Person, Position
from exam_service.periods import candidates, readiness, rosters, service
from exam_service.periods.models import Candidate, ExamPosition, Sitting
from exam_service.periods.schemas import ExamInput, ExtraTimeInput, SittingInput, StatusInput
from tests.fixtures.auth import SignIn
from tests.fixtures.periods import World, actor_with, appoint, make_person, make_position, make_world

DAY = date(2026, 10, 1)  # the reference date of every period of make_world


def enter(session: Session, world: World) -> dict[str, int]:
    counts = candidates.enter_candidates(session, world.officer, period_id=world.period.id)
    session.commit()
    session.expire_all()
    return counts


def seat(session: Session, world: World) -> dict[str, int]:
    counts = candidates.seat_candidates(session, world.officer, period_id=world.period.id)
    session.commit()
    session.expire_all()
    return counts


def rows_of(session: Session, world: World) -> list[Candidate]:
    return list(session.scalars(candidates.find_candidates(world.officer, world.period.id)))


def row_of(session: Session, person: Person) -> Candidate | None:
    return session.scalar(select(Candidate).where(Candidate.person_id == person.id))


def second_exam(session: Session, world: World, title: str = "Kế toán") -> ExamInput:
    """Another exam of the period for a position of its own; returns what it was made from."""
    position = make_position(session, title)
    exam = world.exam
    data = ExamInput(
        code=f"E{position.code}",
        title=title,
        position_ids=[position.id],
        bank_ids=[world.bank.id],
        blueprint_id=exam.blueprint_id,
        duration_min=60,
        late_limit_min=10,
        unseen_periods=0,
        cut_percent=exam.cut_percent,
        bands=exam.bands,
    )
    service.save_exam(session, world.officer, period_id=world.period.id, data=data)
    return data


@pytest.mark.parametrize(
    ("from_date", "to_date", "is_candidate"),
    [
        (DAY, None, True),
        (DAY, DAY, True),
        (DAY - timedelta(days=400), DAY, True),
        (DAY + timedelta(days=1), None, False),
        (DAY - timedelta(days=400), DAY - timedelta(days=1), False),
    ],
)
def test_an_appointment_counts_from_its_first_to_its_last_day(
    session: Session, from_date: date, to_date: date | None, is_candidate: bool
) -> None:
    world = make_world(session, people=1)
    (appointment,) = session.scalars(select(Appointment).where(Appointment.person_id == world.people[0].id))
    appointment.from_date, appointment.to_date = from_date, to_date
    enter(session, world)
    assert (row_of(session, world.people[0]) is not None) == is_candidate


def test_who_holds_two_offices_sits_the_exam_of_the_main_one_once(session: Session) -> None:
    world = make_world(session, people=0)
    other = second_exam(session, world)
    main_first = make_person(session, unit=world.unit, position=world.position)
    appoint(session, main_first, unit=world.unit, position=position_of(session, other))
    main_second = make_person(session, unit=world.unit, position=world.position, is_main=False)
    appoint(session, main_second, unit=world.unit, position=position_of(session, other), is_main=True)
    outside = make_person(session, unit=world.unit, position=make_position(session, "Ngoài kỳ"))
    appoint(session, outside, unit=world.unit, position=world.position)
    assert enter(session, world)["added"] == 3
    titles = {row.person_id: row.position_title for row in rows_of(session, world)}
    assert titles == {
        main_first.id: world.position.title,
        main_second.id: "Kế toán",
        outside.id: world.position.title,
    }, "a main office outside the period does not hide the other one"


def position_of(session: Session, exam: ExamInput) -> Position:
    return session.get_one(Position, exam.position_ids[0])


def test_of_two_minor_offices_the_earlier_counts(session: Session) -> None:
    world = make_world(session, people=0)
    other = second_exam(session, world)
    person = make_person(session, unit=world.unit, position=world.position, is_main=False)
    appoint(
        session, person, unit=world.unit, position=position_of(session, other), from_date=date(2023, 1, 1)
    )
    enter(session, world)
    row = row_of(session, person)
    assert row is not None
    assert row.position_title == "Kế toán"


def test_numbers_follow_the_vietnamese_order_of_names_and_close_up(session: Session) -> None:
    world = make_world(session, people=0)
    keys = {"Ánh": "a5 nguyen", "An": "a1 nguyen", "Ân": "a8 nguyen"}
    people = {
        name: make_person(session, unit=world.unit, position=world.position, given_name=name, sort_key=key)
        for name, key in keys.items()
    }
    enter(session, world)
    assert [(row.number, row.full_name.split()[-1]) for row in rows_of(session, world)] == [
        ("0001", "An"),
        ("0002", "Ánh"),
        ("0003", "Ân"),
    ]
    session.execute(Appointment.__table__.delete().where(Appointment.person_id == people["An"].id))
    make_person(session, unit=world.unit, position=world.position, given_name="Bình", sort_key="b nguyen")
    assert enter(session, world) == {"added": 1, "kept": 2, "moved": 0, "removed": 1}
    assert [row.number for row in rows_of(session, world)] == ["0001", "0002", "0003"]
    assert [row.full_name.split()[-1] for row in rows_of(session, world)] == ["Ánh", "Ân", "Bình"]


def test_entering_again_keeps_seat_extra_time_and_excuse(session: Session) -> None:
    world = make_world(session, people=3)
    excused, helped, _third = rows_of(session, world)
    candidates.set_status(
        session,
        world.officer,
        period_id=world.period.id,
        candidate_id=excused.id,
        data=StatusInput(status="exempt", reason="nghỉ thai sản"),
    )
    candidates.grant_extra_time(
        session,
        world.officer,
        period_id=world.period.id,
        candidate_id=helped.id,
        data=ExtraTimeInput(minutes=20, reason="khuyết tật vận động"),
    )
    assert enter(session, world) == {"added": 0, "kept": 3, "moved": 0, "removed": 0}
    first, second, third = rows_of(session, world)
    assert (first.status, first.reason, first.sitting_id) == ("exempt", "nghỉ thai sản", None)
    assert (second.extra_time_min, second.sitting_id) == (20, world.sitting.id)
    assert third.sitting_id == world.sitting.id


def test_who_moves_to_another_exam_gives_up_the_seat(session: Session) -> None:
    world = make_world(session, people=2)
    other = second_exam(session, world)
    person = world.people[0]
    (appointment,) = session.scalars(select(Appointment).where(Appointment.person_id == person.id))
    appointment.position_id = other.position_ids[0]
    assert enter(session, world)["moved"] == 1
    row = row_of(session, person)
    assert row is not None
    assert (row.sitting_id, row.position_title) == (None, "Kế toán")


def test_the_preview_says_what_entering_does_and_changes_nothing(session: Session) -> None:
    world = make_world(session, people=2)
    make_person(session, unit=world.unit, position=world.position)
    plan = candidates.plan_entry(session, world.period)
    assert plan.counts == {"added": 1, "kept": 2, "moved": 0, "removed": 0}
    assert len(rows_of(session, world)) == 2
    assert enter(session, world) == plan.counts


def test_a_list_that_the_appointments_have_overtaken_is_not_sealed(session: Session) -> None:
    world = make_world(session, people=2)
    assert readiness.missing_for_sealing(session, world.period) == []
    make_person(session, unit=world.unit, position=world.position)
    (gap,) = readiness.missing_for_sealing(session, world.period)
    assert (gap.code, gap.place) == ("candidates_outdated", "candidates")
    assert "1 người" in gap.sentence


def test_a_position_that_leaves_the_exam_takes_its_people_along(session: Session) -> None:
    world = make_world(session, people=2)
    session.execute(ExamPosition.__table__.delete().where(ExamPosition.exam_id == world.exam.id))
    assert "candidates_outdated" in {gap.code for gap in readiness.missing_for_sealing(session, world.period)}
    assert enter(session, world)["removed"] == 2


@pytest.mark.parametrize("status", ["exempt", "postponed"])
def test_an_excuse_needs_a_reason_and_frees_the_seat_and_can_be_taken_back(
    session: Session, status: str
) -> None:
    world = make_world(session, people=1)
    (row,) = rows_of(session, world)
    ids = {"period_id": world.period.id, "candidate_id": row.id}
    with pytest.raises(Invalid) as refused:
        candidates.set_status(session, world.officer, data=StatusInput(status=status, reason=" x "), **ids)
    assert refused.value.field == "reason"
    candidates.set_status(
        session, world.officer, data=StatusInput(status=status, reason="ốm dài ngày"), **ids
    )
    assert (row.status, row.sitting_id) == (status, None)
    candidates.set_status(session, world.officer, data=StatusInput(status="entered", reason="nhầm"), **ids)
    assert (row.status, row.reason) == ("entered", "")
    assert seat(session, world) == {"seated": 1, "kept": 0}


def test_extra_time_of_zero_takes_the_reason_away(session: Session) -> None:
    world = make_world(session, people=1)
    (row,) = rows_of(session, world)
    ids = {"period_id": world.period.id, "candidate_id": row.id}
    candidates.grant_extra_time(
        session, world.officer, data=ExtraTimeInput(minutes=15, reason="mắt kém"), **ids
    )
    assert (row.extra_time_min, row.extra_time_reason) == (15, "mắt kém")
    candidates.grant_extra_time(
        session, world.officer, data=ExtraTimeInput(minutes=0, reason="ghi nhầm"), **ids
    )
    assert (row.extra_time_min, row.extra_time_reason) == (0, "")


def test_seats_fill_by_start_and_room_and_a_shortage_is_counted_and_seats_nobody(session: Session) -> None:
    world = make_world(session, people=5, is_entered=False)
    world.sitting.capacity = 2
    enter(session, world)
    with pytest.raises(candidates.NotEnoughSeats) as refused:
        seat(session, world)
    assert refused.value.params == {"exam": "TPHT", "short": 3}
    session.rollback()
    assert {row.sitting_id for row in rows_of(session, world)} == {None}
    second = service.save_sitting(
        session,
        world.officer,
        period_id=world.period.id,
        exam_id=world.exam.id,
        data=SittingInput(
            name="Ca 0", room="Phòng 2", capacity=3, starts_at=world.sitting.starts_at - timedelta(minutes=30)
        ),
    )
    assert seat(session, world) == {"seated": 5, "kept": 0}
    order = [row.sitting_id for row in rows_of(session, world)]
    assert order == [second.id] * 3 + [world.sitting.id] * 2
    assert seat(session, world) == {"seated": 0, "kept": 5}


def test_candidates_are_found_by_name_without_diacritics_by_number_and_by_seat(session: Session) -> None:
    world = make_world(session, people=3)

    def found(**filters: object) -> list[str]:
        statement = candidates.find_candidates(world.officer, world.period.id, **filters)
        return [row.number for row in session.scalars(statement)]

    assert found(search="NGUYỄN thị") == ["0001", "0002", "0003"]
    assert found(search="2") == found(search="0002") == ["0002"]
    assert found(search="%") == []
    assert found(is_unseated=True) == []
    assert found(sitting_id=world.sitting.id) == ["0001", "0002", "0003"]
    assert found(unit_id=world.exam.id) == []
    session.get_one(Candidate, rows_of(session, world)[0].id).sitting_id = None
    assert found(is_unseated=True) == ["0001"]


def test_strangers_neither_see_nor_change_candidates(session: Session) -> None:
    world = make_world(session, people=1)
    (row,) = rows_of(session, world)
    for role in (Role.AUTHOR, Role.REVIEWER, Role.INVIGILATOR, Role.HR, Role.ADMIN, Role.MARKER):
        stranger = actor_with(session, role)
        assert session.scalars(candidates.find_candidates(stranger, world.period.id)).all() == []
        with pytest.raises(NotFound):
            candidates.get_candidate(session, stranger, period_id=world.period.id, candidate_id=row.id)
    for role in (Role.AUDITOR, Role.INVIGILATOR):
        stranger = actor_with(session, role)
        for verb in (candidates.enter_candidates, candidates.seat_candidates):
            with pytest.raises(Forbidden):
                verb(session, stranger, period_id=world.period.id)
        with pytest.raises(Forbidden):
            candidates.set_status(
                session,
                stranger,
                period_id=world.period.id,
                candidate_id=row.id,
                data=StatusInput(status="exempt", reason="không được"),
            )


def test_the_room_list_holds_who_sits_there_and_space_to_sign(session: Session, signed_in: SignIn) -> None:
    world = make_world(session, people=4)
    first = rows_of(session, world)[0]
    candidates.set_status(
        session,
        world.officer,
        period_id=world.period.id,
        candidate_id=first.id,
        data=StatusInput(status="exempt", reason="đi học"),
    )
    session.commit()
    (room,) = rosters.room_lists(session, world.officer, period_id=world.period.id)
    assert [row.number for row in room.candidates] == ["0002", "0003", "0004"]
    page = signed_in(roles={Role.OFFICER}).get(f"/periods/{world.period.id}/candidates/print").text
    assert "Ký nộp bài" in page
    assert first.full_name not in page


def test_the_workbook_has_everybody_and_no_formula(session: Session, signed_in: SignIn) -> None:
    world = make_world(session, people=2, is_entered=False)
    world.people[0].family_names = '=HYPERLINK("http://x")'
    enter(session, world)
    answer = signed_in(roles={Role.OFFICER}).get(f"/periods/{world.period.id}/candidates/export.xlsx")
    assert answer.headers["content-disposition"].startswith("attachment")
    book = CalamineWorkbook.from_filelike(BytesIO(answer.content))
    rows = book.get_sheet_by_index(0).to_python()
    assert rows[0][:3] == ["STT", "Số báo danh", "Họ và tên"]
    assert [row[1] for row in rows[1:]] == ["0001", "0002"]
    assert any(str(row[2]).startswith("=HYPERLINK") for row in rows[1:]), "text stays text"
    assert b"<f>" not in _sheet(answer.content)


def _sheet(content: bytes) -> bytes:
    with ZipFile(BytesIO(content)) as archive:
        return archive.read("xl/worksheets/sheet1.xml")


def test_the_form_of_a_candidate_keeps_what_was_typed(session: Session, signed_in: SignIn) -> None:
    world = make_world(session, people=1)
    (row,) = rows_of(session, world)
    client = signed_in(roles={Role.OFFICER})
    path = f"/periods/{world.period.id}/candidates/{row.id}"
    bad = client.post(f"{path}/extra-time", data={"minutes": "nhiều", "extra_reason": "mắt kém lâu năm"})
    assert bad.status_code == 422
    assert "Nhập một số nguyên." in bad.text
    assert "mắt kém lâu năm" in bad.text
    bad = client.post(f"{path}/status", data={"status": "exempt", "reason": ""})
    assert bad.status_code == 422
    assert "Hãy ghi lý do miễn hoặc hoãn." in bad.text
    assert client.post(f"{path}/status", data={"status": "bỏ trốn"}).status_code == 422
    good = client.post(f"{path}/status", data={"status": "exempt", "reason": "nghỉ thai sản"})
    assert good.status_code == 303
    assert "nghỉ thai sản" in client.get(path).text


def test_a_seat_shortage_is_said_on_the_list(session: Session, signed_in: SignIn) -> None:
    world = make_world(session, people=3, is_entered=False)
    session.get_one(Sitting, world.sitting.id).capacity = 1
    enter(session, world)
    answer = signed_in(roles={Role.OFFICER}).post(f"/periods/{world.period.id}/candidates/seats", data={})
    assert answer.status_code == 409
    assert "còn thiếu 2 chỗ" in answer.text
