"""Units, positions, persons and their dated appointments."""

import json
from datetime import date, timedelta
from importlib.resources import files

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from exam_service import clock
from exam_service.actor import SYSTEM
from exam_service.people import positions, reference, roster, service, units
from exam_service.people.models import (
    Person,
    Position,
    PositionGroup,
    PositionRegime,
    RosterImport,
    Unit,
    UnitType,
)
from exam_service.people.schemas import PersonInput, UnitInput
from tests.fixtures.people import make_appointment, make_person, make_position, make_unit

DAY = date(2026, 3, 31)


def names(session: Session, **query: object) -> list[str]:
    found = session.scalars(service.persons_matching(session, day=DAY, **query))
    return [person.full_name for person in found]


def test_the_list_is_in_vietnamese_order_and_searched_without_diacritics(session: Session) -> None:
    for name in ("Trần Văn Đạt", "Nguyễn Thị Ánh", "Lê An", "Nguyễn Văn Dũng"):
        make_person(session, name)
    assert names(session) == ["Lê An", "Nguyễn Thị Ánh", "Nguyễn Văn Dũng", "Trần Văn Đạt"]
    assert names(session, q="nguyen") == ["Nguyễn Thị Ánh", "Nguyễn Văn Dũng"]
    assert names(session, q="dat") == ["Trần Văn Đạt"]
    assert names(session, q="anh nguyễn") == ["Nguyễn Thị Ánh"]
    assert names(session, q="50%") == []


def test_a_person_is_found_by_the_whole_cccd_only(session: Session) -> None:
    make_person(session, "Lê An", cccd="092090001234")
    assert names(session, q="092 090 001 234") == ["Lê An"]
    assert names(session, q="09209000123") == []


def test_the_list_is_filtered_by_what_people_hold_on_the_day_in_the_whole_branch(session: Session) -> None:
    ward = make_unit(session, "Cái Răng")
    office = make_unit(session, "Phòng Kinh tế", kind=UnitType.OFFICE, parent_id=ward.id)
    post, other = make_position(session), make_position(session, "Văn hóa - xã hội")
    inside, gone, elsewhere = (make_person(session, name) for name in ("Lê An", "Lê Bình", "Lê Cường"))
    make_appointment(session, inside, unit=office, position=post)
    make_appointment(session, gone, unit=ward, position=post, to_date=DAY - timedelta(days=1))
    make_appointment(session, elsewhere, unit=make_unit(session, "Ô Môn"), position=other)
    assert names(session, unit_id=ward.id) == ["Lê An"]
    assert names(session, position_id=post.id) == ["Lê An"]
    assert names(session, unit_id=ward.id, position_id=other.id) == []


@pytest.mark.parametrize(
    ("changed", "refusal"),
    [
        ({"staff_code": ""}, service.BadStaffCode),
        ({"staff_code": "có cách"}, service.BadStaffCode),
        ({"given_name": ""}, service.BadName),
        ({"given_name": "An 1"}, service.BadName),
        ({"family_names": "Lê_"}, service.BadName),
        ({"cccd": "92090001234"}, service.BadCccd),
        ({"birth_date": "2999-01-01"}, service.BadBirthDate),
        ({"email": "nobody"}, service.BadEmail),
        ({"staff_code": "TAKEN"}, service.StaffCodeTaken),
        ({"cccd": "092090009999"}, service.CccdTaken),
    ],
)
def test_a_person_with_a_wrong_or_taken_value_is_refused(
    session: Session, changed: dict[str, str], refusal: type[Exception]
) -> None:
    make_person(session, "Trần Bình", staff_code="TAKEN", cccd="092090009999")
    data = PersonInput.model_validate(
        {"staff_code": "CB1", "family_names": "Lê", "given_name": "An", **changed}
    )
    with pytest.raises(refusal):
        service.save_person(session, SYSTEM, person_id=None, data=data)


def test_a_person_may_keep_the_own_code_and_number(session: Session) -> None:
    person = make_person(session, "Lê An", staff_code="CB1", cccd="092090009999")
    data = PersonInput(staff_code="CB1", family_names="Lê Bá", given_name="An", cccd="092090009999")
    service.save_person(session, SYSTEM, person_id=person.id, data=data)
    assert names(session, q="le ba an cb1") == ["Lê Bá An"]


def test_appointments_on_a_day_count_their_first_and_last_day(session: Session) -> None:
    person, unit, post = make_person(session), make_unit(session), make_position(session)
    make_appointment(
        session, person, unit=unit, position=post, from_date=date(2025, 7, 1), to_date=date(2026, 3, 31)
    )
    days = [date(2025, 6, 30), date(2025, 7, 1), date(2026, 3, 31), date(2026, 4, 1)]
    assert [len(service.appointments_on(session, day)) for day in days] == [0, 1, 1, 0]
    assert len(service.appointments_on(session, DAY, position_ids=[post.id])) == 1
    assert service.appointments_on(session, DAY, position_ids=[]) == []


@pytest.mark.parametrize(
    ("second", "refusal"),
    [
        ({"is_main": True, "from_date": date(2025, 1, 1)}, service.SecondMainAppointment),
        ({"is_main": True, "from_date": date(2023, 1, 1)}, service.SecondMainAppointment),
        (
            {"is_main": False, "from_date": date(2025, 1, 1), "to_date": date(2024, 12, 31)},
            service.DatesBackwards,
        ),
        ({"is_main": False, "from_date": date(2025, 1, 1)}, None),
        ({"is_main": True, "from_date": date(2023, 1, 1), "to_date": date(2023, 12, 31)}, None),
    ],
)
def test_a_person_has_one_main_position_at_a_time(
    session: Session, second: dict[str, object], refusal: type[Exception] | None
) -> None:
    person, unit = make_person(session), make_unit(session)
    make_appointment(session, person, unit=unit, position=make_position(session))
    other = make_position(session, "Văn hóa - xã hội")
    if refusal is None:
        make_appointment(session, person, unit=unit, position=other, **second)
    else:
        with pytest.raises(refusal):
            make_appointment(session, person, unit=unit, position=other, **second)


def test_the_same_position_is_not_held_twice_at_a_time(session: Session) -> None:
    person, unit, post = make_person(session), make_unit(session), make_position(session)
    make_appointment(session, person, unit=unit, position=post)
    with pytest.raises(service.HeldAlready):
        make_appointment(session, person, unit=unit, position=post, is_main=False, from_date=DAY)


def test_units_of_one_name_are_told_apart_by_their_type(session: Session) -> None:
    ward, commune = make_unit(session, "Long Phú"), make_unit(session, "Long Phú", kind=UnitType.COMMUNE)
    assert [units.unit_title(unit) for unit in (ward, commune)] == ["Phường Long Phú", "Xã Long Phú"]
    with pytest.raises(units.UnitNameTaken):
        make_unit(session, "Long Phú")
    with pytest.raises(units.UnitCodeTaken):
        make_unit(session, "Khác", code=ward.code)


def test_a_unit_never_stands_below_itself(session: Session) -> None:
    city = make_unit(session, "Cần Thơ", kind=UnitType.CITY)
    ward = make_unit(session, "Cái Răng", parent_id=city.id)
    data = UnitInput(code=city.code, type=UnitType.CITY, name="Cần Thơ", parent_id=ward.id)
    with pytest.raises(units.UnitInOwnBranch):
        units.save_unit(session, SYSTEM, unit_id=city.id, data=data)


def test_the_tree_lists_each_unit_below_its_parent_in_vietnamese_order(session: Session) -> None:
    city = make_unit(session, "Cần Thơ", kind=UnitType.CITY)
    for name in ("Đông Phước", "Châu Thành", "An Lạc"):
        make_unit(session, name, parent_id=city.id)
    tree = [(node.unit.name, node.depth) for node in units.unit_tree(session)]
    assert tree == [("Cần Thơ", 0), ("An Lạc", 1), ("Châu Thành", 1), ("Đông Phước", 1)]


def test_a_group_belongs_to_its_vocabulary(session: Session) -> None:
    with pytest.raises(positions.GroupOfOtherRegime):
        make_position(session, regime=PositionRegime.JOB_POSITION, group=PositionGroup.CADRE)


def test_titles_repeat_between_the_vocabularies_but_not_within_one(session: Session) -> None:
    make_position(session, "Chủ tịch Ủy ban nhân dân", group=PositionGroup.CADRE)
    make_position(
        session,
        "Chủ tịch Ủy ban nhân dân",
        regime=PositionRegime.JOB_POSITION,
        group=PositionGroup.LEADERSHIP,
    )
    with pytest.raises(positions.PositionTitleTaken):
        make_position(session, "chủ tịch ủy ban nhân dân", group=PositionGroup.CADRE)


def test_the_reference_lists_load_once_and_not_twice(session: Session) -> None:
    folder = files("exam_service.demo")
    unit_entries = reference.read_units(folder.joinpath("units.json").read_bytes())
    position_entries = reference.read_positions(folder.joinpath("positions.json").read_bytes())
    for _ in range(2):
        unit_ids = reference.load_units(session, SYSTEM, entries=unit_entries)
        position_ids = reference.load_positions(session, SYSTEM, entries=position_entries)
    assert session.scalar(select(func.count()).select_from(Unit)) == len(unit_entries) == len(unit_ids)
    assert session.scalar(select(func.count()).select_from(Position)) == len(position_entries)
    assert {"VPTK", "TPHT", "TCKT", "VT-CVTP"} <= position_ids.keys()
    wards = [entry for entry in unit_entries if entry.type is UnitType.WARD]
    assert len(wards) == 31


def test_a_dry_run_that_nobody_commits_is_erased_after_a_week(session: Session) -> None:
    session.add(
        RosterImport(
            file_name="a.xlsx",
            file_hash="0",
            verdicts=[{"row": 2, "verdict": "new", "values": {"cccd": "092090001234"}}],
            options={},
            created_at=clock.now() - timedelta(days=8),
        )
    )
    session.flush()
    assert roster.sweep_previews(session) == 1
    kept = session.scalars(select(RosterImport)).one()
    assert kept.state == "discarded"
    assert "092090001234" not in json.dumps(kept.verdicts)
    assert session.scalars(select(Person)).all() == []
