"""The officials of a small city for the stories: who must become a candidate of the period, and who must not."""

from dataclasses import dataclass
from datetime import date

from sqlalchemy.orm import Session

from exam_service.people.models import Person, Position, Unit
from exam_service.people.names import PersonName, person_sort_key
from tests.fixtures.periods import appoint, make_person, make_position, make_unit

REFERENCE_DATE = date(2026, 10, 1)


@dataclass(frozen=True)
class City:
    """`examined` in the order of candidate numbers (tên, đệm, họ); nobody of `others` may become a candidate."""

    positions: dict[str, Position]
    units: list[Unit]
    examined: list[str]
    others: list[str]


def make_city(session: Session) -> City:
    """Four positions, of which a period examines TPHT, VPTK and TCKT."""
    titles = {
        "TPHT": "Tư pháp – hộ tịch",
        "VPTK": "Văn phòng – thống kê",
        "TCKT": "Tài chính – kế toán",
        "CHQS": "Chỉ huy trưởng quân sự",
    }
    at = {code: make_position(session, title, code=code) for code, title in titles.items()}
    ward, commune = (
        make_unit(session, "Cái Khế", code="31117"),
        make_unit(session, "Phong Điền", code="31299", type="commune"),
    )
    official(session, "Nguyễn Thị", "Ánh", unit=ward, position=at["TPHT"])
    official(session, "Trần Văn", "Bình", unit=ward, position=at["VPTK"])
    official(session, "Lê Hoàng", "Đức", unit=commune, position=at["TPHT"])
    second = official(session, "Phạm Ngọc", "Hạnh", unit=commune, position=at["CHQS"])
    appoint(session, second, unit=commune, position=at["TCKT"], from_date=date(2025, 7, 1))
    official(session, "Võ Minh", "Tâm", unit=ward, position=at["TCKT"])
    official(session, "Đặng Văn", "Chiến", unit=ward, position=at["CHQS"])
    gone = official(session, "Huỳnh Thị", "Lan", unit=ward, position=at["CHQS"])
    appoint(session, gone, unit=ward, position=at["TPHT"], to_date=date(2026, 9, 30))
    later = official(session, "Bùi Quốc", "Việt", unit=commune, position=at["CHQS"])
    appoint(session, later, unit=commune, position=at["TCKT"], from_date=date(2026, 10, 2))
    examined = ["Nguyễn Thị Ánh", "Trần Văn Bình", "Lê Hoàng Đức", "Phạm Ngọc Hạnh", "Võ Minh Tâm"]
    return City(at, [ward, commune], examined, ["Đặng Văn Chiến", "Huỳnh Thị Lan", "Bùi Quốc Việt"])


def official(
    session: Session, family_names: str, given_name: str, *, unit: Unit, position: Position
) -> Person:
    return make_person(
        session,
        unit=unit,
        position=position,
        family_names=family_names,
        given_name=given_name,
        sort_key=person_sort_key(PersonName(family_names, given_name)),
        search_text=f"{family_names} {given_name}".lower(),
    )
