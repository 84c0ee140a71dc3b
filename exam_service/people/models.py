"""Tables of units, positions, persons and appointments."""

from datetime import date, datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from exam_service.db import Base, Keyed, one_of


class UnitType(StrEnum):
    """Kinds of unit. Since 1/7/2025 communes are xã, phường or đặc khu; the older kinds stay for old appointments."""

    CITY = "city"  # thành phố trực thuộc trung ương
    COMMUNE = "commune"  # xã
    WARD = "ward"  # phường
    SPECIAL_ZONE = "special_zone"  # đặc khu
    TOWNSHIP = "township"  # thị trấn (until 30/6/2025)
    DISTRICT = "district"  # quận, huyện, thị xã (until 30/6/2025)
    OFFICE = "office"  # phòng, văn phòng, trung tâm inside a unit: named by data, not by a list


class PositionRegime(StrEnum):
    """Which vocabulary names the position."""

    DECREE_33_2023 = "decree_33_2023"  # chức vụ, chức danh of Nghị định 33/2023/NĐ-CP
    JOB_POSITION = "job_position"  # vị trí việc làm since 1/7/2025


class PositionGroup(StrEnum):
    CADRE = "cadre"  # cán bộ: elected office (chức vụ)
    CIVIL_SERVANT = "civil_servant"  # công chức: job title (chức danh)
    LEADERSHIP = "leadership"  # vị trí việc làm lãnh đạo, quản lý
    PROFESSIONAL = "professional"  # vị trí việc làm chuyên môn, nghiệp vụ
    SUPPORT = "support"  # vị trí việc làm hỗ trợ, phục vụ


class Sex(StrEnum):
    MALE = "male"
    FEMALE = "female"


class Unit(Keyed, Base):
    """A place in the tree of organisations. Known by its code, else by type + name under one parent, never by name."""

    __tablename__ = "unit"
    __table_args__ = (
        UniqueConstraint("type", "name", "parent_id", postgresql_nulls_not_distinct=True),
        CheckConstraint(one_of(UnitType, "type"), name="type"),
        CheckConstraint("parent_id <> id", name="not_own_parent"),
    )

    code: Mapped[str] = mapped_column(unique=True)
    type: Mapped[str]
    name: Mapped[str]
    parent_id: Mapped[UUID | None] = mapped_column(ForeignKey("unit.id"), index=True)
    sort_key: Mapped[str] = mapped_column(index=True)
    is_active: Mapped[bool] = mapped_column(default=True)

    parent: Mapped["Unit | None"] = relationship(remote_side="Unit.id")


class Position(Keyed, Base):
    """A position that people hold and are examined for (chức vụ, chức danh or vị trí việc làm)."""

    __tablename__ = "position"
    __table_args__ = (
        CheckConstraint(one_of(PositionRegime, "regime"), name="regime"),
        CheckConstraint(one_of(PositionGroup, '"group"'), name="group"),
    )

    code: Mapped[str] = mapped_column(unique=True)
    title: Mapped[str]
    regime: Mapped[str]
    group: Mapped[str]
    is_active: Mapped[bool] = mapped_column(default=True)


class Person(Keyed, Base):
    """An official. `cccd` is twelve digits as text; `sort_key` orders by tên, đệm, họ as Vietnamese lists do."""

    __tablename__ = "person"
    __table_args__ = (
        CheckConstraint("cccd ~ '^[0-9]{12}$'", name="cccd"),
        CheckConstraint(one_of(Sex, "sex"), name="sex"),
    )

    staff_code: Mapped[str] = mapped_column(unique=True)
    cccd: Mapped[str | None] = mapped_column(unique=True)
    family_names: Mapped[str]  # họ đệm: "Nguyễn Thị"
    given_name: Mapped[str]  # tên: "Ánh"
    birth_date: Mapped[date | None]
    sex: Mapped[str | None]
    email: Mapped[str | None]
    sort_key: Mapped[str] = mapped_column(index=True)
    search_text: Mapped[str]  # folded: lower case, no diacritics
    updated_at: Mapped[datetime]

    appointments: Mapped[list["Appointment"]] = relationship(back_populates="person")

    @property
    def full_name(self) -> str:
        return f"{self.family_names} {self.given_name}".strip()


class Appointment(Keyed, Base):
    """A person holds a position in a unit from a day (included) to a day (included) or until further notice."""

    __tablename__ = "appointment"
    __table_args__ = (
        UniqueConstraint("person_id", "position_id", "unit_id", "from_date"),
        CheckConstraint("to_date IS NULL OR to_date >= from_date", name="dates"),
        # At most one main appointment that is still running; past overlaps are refused by the service.
        Index(
            "uq_appointment_main",
            "person_id",
            unique=True,
            postgresql_where=text("is_main AND to_date IS NULL"),
        ),
    )

    person_id: Mapped[UUID] = mapped_column(ForeignKey("person.id"), index=True)
    position_id: Mapped[UUID] = mapped_column(ForeignKey("position.id"), index=True)
    unit_id: Mapped[UUID] = mapped_column(ForeignKey("unit.id"), index=True)
    is_main: Mapped[bool]
    from_date: Mapped[date]
    to_date: Mapped[date | None]

    person: Mapped[Person] = relationship(back_populates="appointments")
    position: Mapped[Position] = relationship()
    unit: Mapped[Unit] = relationship()


class RosterImport(Keyed, Base):
    """A roster file that was read: its verdicts, kept from the dry run until it is committed or discarded."""

    __tablename__ = "roster_import"
    __table_args__ = (CheckConstraint("state IN ('previewed', 'committed', 'discarded')", name="state"),)

    file_name: Mapped[str]
    file_hash: Mapped[str]
    state: Mapped[str] = mapped_column(default="previewed")
    verdicts: Mapped[list[Any]]
    options: Mapped[dict[str, Any]]
    created_by: Mapped[UUID | None]
    created_at: Mapped[datetime]
    committed_at: Mapped[datetime | None]
