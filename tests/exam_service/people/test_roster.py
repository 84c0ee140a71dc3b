"""The dry run of a roster and its commit."""

from collections.abc import Sequence
from datetime import date
from typing import Any

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from exam_service.actor import SYSTEM
from exam_service.people import roster
from exam_service.people.models import Appointment, Person, Position, RosterImport, Unit, UnitType
from tests.fixtures.people import (
    HEADINGS,
    make_appointment,
    make_person,
    make_position,
    make_unit,
    workbook,
)

EFFECTIVE = date(2026, 1, 1)


@pytest.fixture
def ward(session: Session) -> Unit:
    return make_unit(session, "Vị Thanh")


@pytest.fixture
def commune(session: Session) -> Unit:
    return make_unit(session, "Vị Thanh 1", kind=UnitType.COMMUNE)


@pytest.fixture
def post(session: Session) -> Position:
    return make_position(session, "Tư pháp - hộ tịch", code="TPHT")


def row(**changed: object) -> list[object]:
    values = {
        "STT": 1,
        "Mã CBCC": "CT001",
        "Họ và tên": "Nguyễn Thị Ánh",
        "Ngày sinh": date(1990, 3, 5),
        "Giới tính": "Nữ",
        "Số CCCD": "092190001234",
        "Đơn vị": "Phường Vị Thanh",
        "Chức vụ/chức danh": "Tư pháp - hộ tịch",
        "Từ ngày": date(2025, 7, 1),
        **changed,
    }
    return [values[heading] for heading in HEADINGS]


def preview(session: Session, data: bytes) -> RosterImport:
    return roster.preview_file(session, SYSTEM, data=data, file_name="a.xlsx", effective_date=EFFECTIVE)


def commit(session: Session, *rows: Sequence[object]) -> RosterImport:
    return roster.commit_roster(session, SYSTEM, import_id=preview(session, workbook(*rows)).id)


def findings(done: RosterImport, at: int = 0) -> list[tuple[str, str]]:
    return [(f["severity"], f["code"]) for f in done.verdicts[at]["findings"]]


def running(session: Session) -> list[tuple[str, str, bool, date]]:
    rows = session.scalars(
        select(Appointment)
        .where(Appointment.to_date.is_(None))
        .order_by(Appointment.from_date, Appointment.is_main.desc())
    )
    return [(a.unit.name, a.position.title, a.is_main, a.from_date) for a in rows]


def test_a_dry_run_says_what_would_happen_and_changes_nobody(
    session: Session, ward: Unit, post: Position
) -> None:
    done = preview(session, workbook(row(), row(**{"Mã CBCC": "CT002", "Số CCCD": "092190001235"})))
    assert roster.counts_of(done) == {"new": 2, "updated": 0, "unchanged": 0, "error": 0}
    assert findings(done) == []
    assert session.scalar(select(func.count()).select_from(Person)) == 0


def test_a_commit_writes_persons_and_appointments_and_erases_the_file_s_content(
    session: Session, ward: Unit, post: Position
) -> None:
    done = commit(session, row())
    person = session.scalars(select(Person)).one()
    assert (person.full_name, person.cccd, person.sex, person.birth_date) == (
        "Nguyễn Thị Ánh",
        "092190001234",
        "female",
        date(1990, 3, 5),
    )
    assert running(session) == [("Vị Thanh", "Tư pháp - hộ tịch", True, date(2025, 7, 1))]
    assert "092190001234" not in str(done.verdicts)
    assert done.verdicts[0]["person_id"] == str(person.id)


def test_the_same_file_a_second_time_changes_nothing(session: Session, ward: Unit, post: Position) -> None:
    commit(session, row())
    again = preview(session, workbook(row()))
    assert roster.counts_of(again)["unchanged"] == 1
    roster.commit_roster(session, SYSTEM, import_id=again.id)
    assert session.scalar(select(func.count()).select_from(Person)) == 1
    assert session.scalar(select(func.count()).select_from(Appointment)) == 1


def test_a_person_is_found_by_cccd_where_the_file_has_no_staff_code(
    session: Session, ward: Unit, post: Position
) -> None:
    commit(session, row())
    done = commit(session, row(**{"Mã CBCC": "", "Họ và tên": "Nguyễn Thị Ngọc Ánh"}))
    person = session.scalars(select(Person)).one()
    assert (person.staff_code, person.full_name) == ("CT001", "Nguyễn Thị Ngọc Ánh")
    assert done.verdicts[0]["verdict"] == "updated"


def test_new_people_without_a_staff_code_get_one_each(session: Session, ward: Unit, post: Position) -> None:
    commit(session, row(**{"Mã CBCC": ""}))
    commit(session, row(**{"Mã CBCC": "", "Số CCCD": "092190009999", "Họ và tên": "Lê An"}))
    codes = session.scalars(select(Person.staff_code).order_by(Person.staff_code)).all()
    assert codes == ["NS000001", "NS000002"]


def test_an_empty_cell_never_erases_what_is_known(session: Session, ward: Unit, post: Position) -> None:
    commit(session, row())
    commit(session, row(**{"Số CCCD": "", "Ngày sinh": "", "Giới tính": "", "Họ và tên": "Nguyễn Ánh"}))
    person = session.scalars(select(Person)).one()
    assert (person.cccd, person.sex, person.full_name) == ("092190001234", "female", "Nguyễn Ánh")


def test_one_wrong_row_keeps_all_rows_out(session: Session, ward: Unit, post: Position) -> None:
    wrong = row(**{"Mã CBCC": "CT002", "Số CCCD": "092190001235", "Ngày sinh": "31/02/1990"})
    done = preview(session, workbook(row(), wrong))
    with pytest.raises(roster.RosterHasErrors) as refused:
        roster.commit_roster(session, SYSTEM, import_id=done.id)
    assert refused.value.params == {"count": 1}
    assert session.scalar(select(func.count()).select_from(Person)) == 0


def test_a_lost_zero_is_an_error_until_the_user_accepts_the_repair(
    session: Session, ward: Unit, post: Position
) -> None:
    done = preview(session, workbook(row(**{"Số CCCD": 92190001234})))
    assert findings(done) == [("error", "cccd_lost_zero")]
    assert done.verdicts[0]["findings"][0]["cell"] == "F2"
    keys = roster.offered_repairs(done)
    roster.choose_repairs(session, SYSTEM, import_id=done.id, keys=keys, shown=keys)
    assert findings(done) == [("repaired", "cccd_lost_zero")]
    roster.choose_repairs(session, SYSTEM, import_id=done.id, keys=[], shown=keys)
    assert findings(done) == [("error", "cccd_lost_zero")]
    roster.choose_repairs(session, SYSTEM, import_id=done.id, keys=keys, shown=keys)
    roster.commit_roster(session, SYSTEM, import_id=done.id)
    assert session.scalars(select(Person.cccd)).all() == ["092190001234"]


def test_a_repair_that_nobody_offered_is_not_taken(session: Session, ward: Unit, post: Position) -> None:
    done = preview(session, workbook(row(**{"Ngày sinh": "31/02/1990"})))
    roster.choose_repairs(session, SYSTEM, import_id=done.id, keys=["2:birth_date"], shown=[])
    assert done.options["repairs"] == []


@pytest.mark.parametrize(
    ("changed", "found"),
    [
        ({"Họ và tên": ""}, ("error", "name_missing")),
        ({"Họ và tên": "NguyÔn ThÞ ¸nh"}, ("error", "name_old_font")),
        ({"Họ và tên": "Nguyễn Thị Ánh (nghỉ thai sản)"}, ("error", "name_not_plausible")),
        ({"Họ và tên": "Ánh"}, ("warning", "name_one_word")),
        ({"Mã CBCC": "CT 001"}, ("error", "staff_code_bad")),
        ({"Số CCCD": "361234567"}, ("error", "cccd_old_number")),
        ({"Số CCCD": "9.219E+10"}, ("error", "cccd_scientific")),
        ({"Số CCCD": "092090001234"}, ("warning", "cccd_other_sex")),
        ({"Số CCCD": "092189001234"}, ("warning", "cccd_other_year")),
        ({"Ngày sinh": "1990"}, ("error", "date_year_only")),
        ({"Ngày sinh": 32937}, ("error", "date_as_number")),
        ({"Ngày sinh": "5 tháng 3"}, ("error", "date_bad")),
        ({"Ngày sinh": "05/03/2030"}, ("error", "birth_date_future")),
        ({"Giới tính": "x"}, ("error", "sex_bad")),
        ({"Đơn vị": ""}, ("error", "unit_missing")),
        ({"Đơn vị": "Vị Thanh"}, ("error", "unit_type_missing")),
        ({"Đơn vị": "Phường Vị Tanh"}, ("error", "unit_similar")),
        ({"Đơn vị": "Phường Nào Đó"}, ("error", "unit_unknown")),
        ({"Đơn vị": "phuong vi thanh"}, ("warning", "unit_without_marks")),
        ({"Chức vụ/chức danh": ""}, ("error", "position_missing")),
        ({"Chức vụ/chức danh": "Tư pháp hộ tich"}, None),
        ({"Chức vụ/chức danh": "Tư pháp - hộ tịc"}, ("error", "position_similar")),
        ({"Chức vụ/chức danh": "Thủ kho"}, ("error", "position_unknown")),
        ({"Từ ngày": "hôm qua"}, ("error", "date_bad")),
    ],
)
def test_each_doubtful_cell_is_named_with_its_reason(
    session: Session,
    ward: Unit,
    commune: Unit,
    post: Position,
    changed: dict[str, Any],
    found: tuple[str, str] | None,
) -> None:
    done = preview(session, workbook(row(**changed)))
    assert (findings(done) == []) if found is None else (found in findings(done))


@pytest.mark.parametrize(
    ("text", "unit"),
    [
        ("Phường Vị Thanh", "Vị Thanh"),
        ("UBND phường Vị Thanh", "Vị Thanh"),
        ("Phường Vị Thanh, TP. Cần Thơ", "Vị Thanh"),
        ("XÃ VỊ THANH 1", "Vị Thanh 1"),
        ("W-VT", "Vị Thanh"),
    ],
)
def test_a_unit_is_known_by_its_code_or_by_type_and_name_together(
    session: Session, commune: Unit, post: Position, text: str, unit: str
) -> None:
    make_unit(session, "Vị Thanh", code="W-VT")
    commit(session, row(**{"Đơn vị": text}))
    assert running(session)[0][0] == unit


def test_a_transfer_ends_the_old_main_position_the_day_before(
    session: Session, ward: Unit, commune: Unit, post: Position
) -> None:
    commit(session, row())
    commit(session, row(**{"Đơn vị": "Xã Vị Thanh 1", "Từ ngày": date(2026, 3, 1)}))
    assert running(session) == [("Vị Thanh 1", "Tư pháp - hộ tịch", True, date(2026, 3, 1))]
    ended = session.scalars(select(Appointment.to_date).where(Appointment.to_date.is_not(None))).all()
    assert ended == [date(2026, 2, 28)]


def test_a_transfer_before_the_current_position_began_is_refused(
    session: Session, ward: Unit, commune: Unit, post: Position
) -> None:
    commit(session, row())
    done = preview(session, workbook(row(**{"Đơn vị": "Xã Vị Thanh 1", "Từ ngày": date(2025, 7, 1)})))
    assert ("error", "before_current") in findings(done)


def test_two_rows_of_one_person_are_a_main_position_and_a_second_one(
    session: Session, ward: Unit, post: Position
) -> None:
    make_position(session, "Văn hóa - xã hội")
    commit(session, row(), row(**{"Chức vụ/chức danh": "Văn hóa - xã hội", "Số CCCD": ""}))
    assert running(session) == [
        ("Vị Thanh", "Tư pháp - hộ tịch", True, date(2025, 7, 1)),
        ("Vị Thanh", "Văn hóa - xã hội", False, date(2025, 7, 1)),
    ]


def test_main_and_second_position_may_change_places(session: Session, ward: Unit, post: Position) -> None:
    make_position(session, "Văn hóa - xã hội")
    second = row(**{"Chức vụ/chức danh": "Văn hóa - xã hội"})
    commit(session, row(), second)
    commit(session, second, row())
    assert {(title, is_main) for _unit, title, is_main, _day in running(session)} == {
        ("Tư pháp - hộ tịch", False),
        ("Văn hóa - xã hội", True),
    }


@pytest.mark.parametrize(
    ("second", "code"),
    [
        ({}, "row_twice"),
        ({"Họ và tên": "Lê Văn Bình", "Chức vụ/chức danh": "Văn hóa - xã hội"}, "person_twice_differs"),
        ({"Mã CBCC": "CT009", "Họ và tên": "Lê Văn Bình"}, "person_twice_differs"),
    ],
)
def test_a_code_or_number_used_twice_for_different_people_is_an_error(
    session: Session, ward: Unit, post: Position, second: dict[str, Any], code: str
) -> None:
    make_position(session, "Văn hóa - xã hội")
    done = preview(session, workbook(row(), row(**second)))
    assert ("error", code) in findings(done, 1)


def test_a_mistyped_code_never_overwrites_another_person(
    session: Session, ward: Unit, post: Position
) -> None:
    make_person(session, "Trần Văn Bình", staff_code="CT001", birth_date=date(1970, 1, 1))
    done = preview(session, workbook(row()))
    assert ("error", "other_person") in findings(done)


def test_a_code_and_a_number_of_two_people_contradict_each_other(
    session: Session, ward: Unit, post: Position
) -> None:
    make_person(session, "Nguyễn Thị Ánh", staff_code="CT001")
    make_person(session, "Lê Hoa", staff_code="CT002", cccd="092190001234")
    assert ("error", "keys_of_two_people") in findings(preview(session, workbook(row())))


def test_a_dry_run_that_is_no_longer_true_is_not_committed(
    session: Session, ward: Unit, post: Position
) -> None:
    done = preview(session, workbook(row()))
    person = make_person(session, "Nguyễn Thị Ánh", staff_code="CT001")
    make_appointment(session, person, unit=ward, position=post, from_date=date(2020, 1, 1))
    with pytest.raises(roster.RosterOutdated):
        roster.commit_roster(session, SYSTEM, import_id=done.id)


def test_a_roster_is_committed_once(session: Session, ward: Unit, post: Position) -> None:
    done = commit(session, row())
    with pytest.raises(roster.RosterDone):
        roster.commit_roster(session, SYSTEM, import_id=done.id)


def test_a_discarded_roster_keeps_no_personal_data(session: Session, ward: Unit, post: Position) -> None:
    done = preview(session, workbook(row()))
    assert "092190001234" in str(done.verdicts)
    roster.discard_roster(session, SYSTEM, import_id=done.id)
    assert "092190001234" not in str(done.verdicts)
    assert "Ánh" not in str(done.verdicts)


def test_two_thousand_people_are_checked_and_committed(session: Session, ward: Unit, post: Position) -> None:
    rows = [
        row(
            **{
                "Mã CBCC": f"CT{n:05d}",
                "Số CCCD": f"0921900{n:05d}",
                "Họ và tên": f"Nguyễn {chr(65 + n % 26)}n",
            }
        )
        for n in range(2000)
    ]
    done = preview(session, workbook(*rows))
    assert roster.counts_of(done)["new"] == 2000
    roster.commit_roster(session, SYSTEM, import_id=done.id)
    assert session.scalar(select(func.count()).select_from(Person)) == 2000
    assert session.scalar(select(func.count()).select_from(Appointment)) == 2000
    assert roster.counts_of(preview(session, workbook(*rows)))["unchanged"] == 2000
