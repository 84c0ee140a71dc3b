"""Banks: their making, and what each holds."""

from collections.abc import Iterable
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from exam_service.actor import Actor
from exam_service.audit import record
from exam_service.bank.access import banks_visible_to, check_may_shape, get_bank
from exam_service.bank.models import Bank, Competency, Item
from exam_service.bank.schemas import BankInput
from exam_service.bank.supply import DRAWABLE
from exam_service.errors import Invalid, Refusal
from exam_service.i18n import Language, language
from exam_service.i18n import gettext as _
from exam_service.people.models import Position
from question_bank.pool import PoolItem
from question_bank.taxonomy import CognitiveLevel, InvalidCompetencyCode, parent_code, parse_competency_code


class BankCodeTaken(Refusal):
    code = "bank_code_taken"
    message = "Mã %(code)s đã được dùng cho một ngân hàng khác. Hãy chọn mã khác."


class PositionHasBank(Refusal):
    code = "position_has_bank"
    message = "Vị trí “%(position)s” đã có ngân hàng %(bank)s."


@dataclass(frozen=True)
class BankCounts:
    """A bank and how many of its items stand in each state; `drawable` may be drawn into papers."""

    bank: Bank
    position: str
    by_state: dict[str, int]

    @property
    def total(self) -> int:
        return sum(self.by_state.values())

    @property
    def drawable(self) -> int:
        return sum(self.by_state.get(state, 0) for state in DRAWABLE)


@dataclass(frozen=True)
class SupplyRow:
    """How many drawable items a competency has on each level, its own and those below it."""

    code: str
    name: str
    depth: int
    counts: tuple[int, ...]

    @property
    def total(self) -> int:
        return sum(self.counts)


def create_bank(session: Session, actor: Actor, *, data: BankInput) -> Bank:
    """A new, empty bank. Raises Forbidden, Invalid, BankCodeTaken, PositionHasBank."""
    check_may_shape(actor)
    code, position_id = _checked(data)
    if session.scalar(select(Bank.id).where(Bank.code == code)):
        raise BankCodeTaken(code=code, field="code")
    _check_position(session, position_id)
    bank = Bank(code=code, name=data.name, position_id=position_id)
    session.add(bank)
    session.flush()  # the audit row names its id
    record(session, actor, "bank.create", ("bank", bank.id), code=code, name=data.name, position=position_id)
    return bank


def rename_bank(session: Session, actor: Actor, *, bank_id: UUID, name: str) -> Bank:
    """The bank carries another name; code and position stay, item codes and papers refer to them."""
    check_may_shape(actor)
    bank = get_bank(session, actor, bank_id=bank_id)
    if not name:
        raise Invalid(field="name", reason=_("Hãy nhập tên ngân hàng."))
    before, bank.name = bank.name, name
    record(session, actor, "bank.rename", ("bank", bank.id), before=before, after=name)
    return bank


def _checked(data: BankInput) -> tuple[str, UUID | None]:
    try:
        code = parse_competency_code(data.code)
    except InvalidCompetencyCode as error:
        reason = _("Mã ngân hàng gồm chữ không dấu, số, dấu chấm hoặc gạch nối, ví dụ TPHT.")
        raise Invalid(field="code", reason=reason) from error
    if not data.name:
        raise Invalid(field="name", reason=_("Hãy nhập tên ngân hàng."))
    return code, data.position_id or None


def _check_position(session: Session, position_id: UUID | None) -> None:
    if position_id is None:
        return
    position = session.get(Position, position_id)
    if position is None:
        raise Invalid(field="position_id", reason=_("Hãy chọn một vị trí trong danh sách."))
    taken = session.scalar(select(Bank).where(Bank.position_id == position_id))
    if taken is not None:
        raise PositionHasBank(position=position.title, bank=taken.code, field="position_id")


def count_banks(session: Session, actor: Actor) -> list[BankCounts]:
    """Every bank that the actor may know of with its counts, by code."""
    banks = session.execute(
        banks_visible_to(actor)
        .outerjoin(Position, Position.id == Bank.position_id)
        .add_columns(func.coalesce(Position.title, ""))
    ).all()
    counted: dict[UUID, dict[str, int]] = {}
    groups = select(Item.bank_id, Item.state, func.count()).group_by(Item.bank_id, Item.state)
    for bank_id, state, count in session.execute(groups):
        counted.setdefault(bank_id, {})[state] = count
    return [BankCounts(bank, title, counted.get(bank.id, {})) for bank, title in banks]


def count_supply(session: Session, pool: Iterable[PoolItem]) -> list[SupplyRow]:
    """The items of a pool (`load_supply` on the day of the sitting) by competency and level, in the order of the tree.

    A node counts what stands below it too, as a blueprint cell on that node would draw it.
    """
    counts: dict[str, dict[str, int]] = {}
    for entry in pool:
        code: str | None = entry.competency
        while code is not None:
            levels = counts.setdefault(code, {})
            levels[entry.level] = levels.get(entry.level, 0) + 1
            code = parent_code(code)
    names = competency_labels(session)
    return [
        SupplyRow(
            code,
            names.get(code, code),
            code.count("."),
            tuple(counts[code].get(level, 0) for level in CognitiveLevel),
        )
        for code in sorted(counts)
    ]


def competency_labels(session: Session) -> dict[str, str]:
    """Code → name in the language of the request, in the order of the tree."""
    column = Competency.name_en if language() is Language.ENGLISH else Competency.name
    return dict(session.execute(select(Competency.code, column).order_by(Competency.code)).all())


def competency_label(session: Session, code: str | None) -> str:
    """`TPHT.01 – Hộ tịch`; empty for None, the bare code where the tree does not know it."""
    name = competency_labels(session).get(code or "")
    return f"{code} – {name}" if name else code or ""


def positions_without_bank(session: Session) -> list[tuple[str, str]]:
    """(id, title) of the active positions that have no bank yet, by title."""
    taken = select(Bank.position_id).where(Bank.position_id.is_not(None))
    rows = session.execute(
        select(Position.id, Position.title)
        .where(Position.is_active, Position.id.not_in(taken))
        .order_by(Position.title)
    )
    return [(str(position_id), title) for position_id, title in rows]
