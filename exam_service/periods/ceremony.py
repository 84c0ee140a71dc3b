"""The ceremony of the draw: first the commitment, then the public numbers, entered by two people alike.

docs/verifiable-draw.md says what this proves. Between the two steps nothing that decides the papers may change: if
something did, the commitment is withdrawn, kept and shown, and a new one is made.
"""

import secrets
from collections.abc import Iterator, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.orm import Session, undefer
from uuid_utils.compat import uuid7

from exam_service import clock
from exam_service.actor import Actor, Permission
from exam_service.audit import record
from exam_service.errors import Forbidden, Invalid, NotFound, Refusal
from exam_service.i18n import gettext as _
from exam_service.periods.drawing import (
    NotReady,
    PreparedExam,
    Secret,
    assemble_exam,
    commitment_of_all,
    prepare_exam,
)
from exam_service.periods.models import (
    CeremonyState,
    DrawCeremony,
    DrawCommitment,
    DrawProgress,
    Period,
)
from exam_service.periods.readiness import missing_for_sealing
from exam_service.periods.revealing import secret_place
from exam_service.periods.service import PeriodIsSealed, check_may_manage, get_draft, get_period
from exam_service.periods.vault import Vault
from question_bank.draw import DrawManifest, commitment, manifest_of, secret_sha256
from question_bank.items import canonical_json

FEWEST_CHARACTERS = 10  # ten dice are 26 bits: enough that nobody tries them all against a secret he holds
MOST_CHARACTERS = 200
LARGEST_AT_ONCE = 1000  # more candidates than these are drawn in the background


class StillCommitted(Refusal):
    code = "still_committed"
    message = "Cam kết số %(number)s vẫn đúng với dữ liệu. Muốn hủy để cam kết lại, hãy ghi lý do."


class NotCommitted(Refusal):
    code = "not_committed"
    message = "Kỳ này chưa có cam kết bốc đề còn hiệu lực. Hãy làm bước 1 trước."


class NotEntered(Refusal):
    code = "not_entered"
    message = "Chưa có ai nhập dãy số công khai. Người thứ nhất nhập trước, người thứ hai xác nhận."


class NotConfirmed(Refusal):
    code = "not_confirmed"
    message = "Dãy số công khai chưa được người thứ hai xác nhận, hoặc đề đã bốc xong. Hãy tải lại trang."


class AlreadyConfirmed(Refusal):
    code = "already_confirmed"
    message = "Dãy số công khai đã được hai người xác nhận nên không sửa được."


class SamePerson(Refusal):
    code = "same_person"
    message = "Người xác nhận phải khác người đã nhập. Hãy để người thứ hai đăng nhập và nhập lại dãy số."


class NumbersDiffer(Refusal):
    code = "numbers_differ"
    message = (
        "Dãy số vừa nhập khác dãy người thứ nhất đã nhập nên chưa bốc đề. "
        "Hãy đọc lại biên bản; nếu người thứ nhất nhập sai thì nhập lại bước này."
    )


class InputsChanged(Refusal):
    code = "inputs_changed"
    message = "Dữ liệu đã đổi sau khi cam kết nên không bốc đề: %(changes)s Hãy lập cam kết mới."


def may_witness(actor: Actor) -> bool:
    """Whether the actor may be the second person: an officer, or an auditor, who sees periods but runs none."""
    return actor.can(Permission.PERIODS_MANAGE) or (
        actor.can(Permission.PERIODS_VIEW) and actor.can(Permission.AUDIT_VIEW)
    )


def ready_period(session: Session, actor: Actor, period_id: UUID) -> Period:
    """The draft, locked, when nothing is missing for its seal. Raises Forbidden, NotFound, PeriodIsSealed, NotReady."""
    get_draft(session, actor, period_id)
    return without_gaps(session, get_period(session, actor, period_id))


def lock_period(session: Session, period_id: UUID) -> Period:
    """The period, locked until the transaction ends. Raises NotFound."""
    period = session.scalar(select(Period).where(Period.id == period_id).with_for_update())
    if period is None:
        raise NotFound
    return period


def without_gaps(session: Session, period: Period) -> Period:
    """The period itself. Raises NotReady with everything that is missing for its seal."""
    gaps = missing_for_sealing(session, period)
    if gaps:
        raise NotReady(gaps=" ".join(gap.sentence for gap in gaps))
    return period


def live_ceremony(session: Session, period_id: UUID) -> DrawCeremony | None:
    """The ceremony of the period that is not withdrawn."""
    return session.scalar(
        select(DrawCeremony).where(DrawCeremony.period_id == period_id, DrawCeremony.withdrawn_at.is_(None))
    )


def commit_draw(
    session: Session, actor: Actor, *, period_id: UUID, vault: Vault, reason: str = ""
) -> DrawCeremony:
    """Step 1: secrets are made and sealed, and what decides the papers is committed to.

    A commitment that stands is withdrawn if the inputs changed, or for the `reason` given. Raises NotReady (also when
    histories leave somebody without a paper), StillCommitted, Forbidden, NotFound, PeriodIsSealed.
    """
    period = ready_period(session, actor, period_id)
    prepared = [prepare_exam(session, exam) for exam in period.exams]
    before = live_ceremony(session, period_id)
    if before is not None:
        _withdraw(session, actor, before, prepared, reason=" ".join(reason.split()))
    for one in prepared:
        # Whether papers exist hardly depends on chance: better to learn it now than in front of witnesses.
        assemble_exam(session, one.inputs, seed=secrets.token_bytes(32))
    number = session.scalar(select(func.count(DrawCeremony.id)).where(DrawCeremony.period_id == period_id))
    ceremony = DrawCeremony(
        id=uuid7(),
        period_id=period_id,
        number=(number or 0) + 1,
        committed_by=actor.display_name,
        committed_at=clock.now(),
        entries=[],
        withdrawn_reason="",
    )
    rows = [_commitment(one, ceremony.id, vault=vault) for one in prepared]
    ceremony.commitment = commitment_of_all((row.exam_code, row.commitment) for row in rows)
    session.add(ceremony)
    session.flush()  # the commitments refer to the ceremony
    session.add_all(rows)
    session.flush()
    record(
        session,
        actor,
        "draw.commit",
        ("period", period_id),
        number=ceremony.number,
        commitment=ceremony.commitment,
    )
    session.refresh(ceremony, ["commitments"])
    return ceremony


def _commitment(one: PreparedExam, ceremony_id: UUID, *, vault: Vault) -> DrawCommitment:
    secret, sealed = vault.seal_fresh(secret_place(ceremony_id, one.exam.code))
    manifest = manifest_of(one.inputs, secret_sha256=secret_sha256(secret))
    return DrawCommitment(
        ceremony_id=ceremony_id,
        exam_code=one.exam.code,
        exam_id=one.exam.id,
        exam_title=one.exam.title,
        commitment=commitment(manifest),
        candidates=len(one.inputs.takers),
        manifest=manifest.model_dump(mode="json"),
        sealed_secret=sealed,
    )


def _withdraw(
    session: Session, actor: Actor, ceremony: DrawCeremony, prepared: Sequence[PreparedExam], *, reason: str
) -> None:
    changes = " ".join(changes_since(_commitments(session, ceremony), prepared))
    if not (changes or reason):
        raise StillCommitted(number=ceremony.number, field="reason")
    ceremony.withdrawn_by = actor.display_name
    ceremony.withdrawn_at = clock.now()
    ceremony.withdrawn_reason = " ".join(filter(None, (reason, changes)))
    session.flush()  # only one ceremony of a period may stand
    record(
        session,
        actor,
        "draw.withdraw",
        ("period", ceremony.period_id),
        number=ceremony.number,
        reason=ceremony.withdrawn_reason,
    )


def _commitments(session: Session, ceremony: DrawCeremony) -> list[DrawCommitment]:
    everything = (undefer(DrawCommitment.manifest), undefer(DrawCommitment.sealed_secret))
    return list(
        session.scalars(
            select(DrawCommitment)
            .where(DrawCommitment.ceremony_id == ceremony.id)
            .order_by(DrawCommitment.exam_code)
            .options(*everything)
        )
    )


def changes_since(rows: Sequence[DrawCommitment], prepared: Sequence[PreparedExam]) -> list[str]:
    """What decides the papers now but not as committed, one sentence per exam and part."""
    now = {one.exam.id: one for one in prepared}
    found = []
    for row in rows:
        one = now.pop(row.exam_id, None)
        if one is None:
            found.append(_("%(exam)s: nội dung đã bị xóa.", exam=row.exam_code))
        else:
            found += _changed_parts(row.exam_code, _manifest(row), one)
    found += [_("%(exam)s: nội dung mới thêm.", exam=one.exam.code) for one in now.values()]
    return found


def _manifest(row: DrawCommitment) -> DrawManifest:
    return DrawManifest.model_validate_json(canonical_json(row.manifest))


def _changed_parts(code: str, committed: DrawManifest, one: PreparedExam) -> Iterator[str]:
    fresh = manifest_of(one.inputs, secret_sha256=committed.secret_sha256)
    if fresh == committed:
        return
    if fresh.label != committed.label:
        yield _("%(exam)s: mã kỳ hoặc mã nội dung đã đổi.", exam=code)
    if fresh.blueprint_sha256 != committed.blueprint_sha256:
        yield _("%(exam)s: ma trận đề đã đổi.", exam=code)
    if fresh.options_sha256 != committed.options_sha256:
        yield _("%(exam)s: ngày thi hoặc cách bốc đề đã đổi.", exam=code)
    items = len(set(fresh.items) ^ set(committed.items))
    if items:
        yield _("%(exam)s: nguồn câu hỏi khác ở %(count)s chỗ.", exam=code, count=items)
    candidates = len(set(fresh.candidates) ^ set(committed.candidates))
    if candidates:
        yield _("%(exam)s: danh sách thí sinh khác ở %(count)s chỗ.", exam=code, count=candidates)


def committed_exams(
    session: Session, period: Period, ceremony: DrawCeremony, *, vault: Vault
) -> list[tuple[PreparedExam, Secret]]:
    """Every exam with its secret, when all is as committed. Raises InputsChanged, SecretLost."""
    prepared = [prepare_exam(session, exam) for exam in period.exams]
    rows = _commitments(session, ceremony)
    changes = changes_since(rows, prepared)
    if changes:
        raise InputsChanged(changes=" ".join(changes))
    sealed = {row.exam_id: row.sealed_secret for row in rows}
    return [
        (
            one,
            Secret(
                vault.open(sealed[one.exam.id], secret_place(ceremony.id, one.exam.code)),
                sealed[one.exam.id],
                ceremony.id,
            ),
        )
        for one in prepared
    ]


def enter_numbers(session: Session, actor: Actor, *, period_id: UUID, text: str) -> DrawCeremony:
    """Step 2, first person: what the council read out. Entered again it replaces the last entry, and both are kept.

    Raises Forbidden, NotCommitted, AlreadyConfirmed, Invalid.
    """
    check_may_manage(actor)
    ceremony = _open_ceremony(session, period_id)
    numbers = read_numbers(text)
    entry = {
        "text": numbers,
        "by": actor.display_name,
        "by_id": str(actor.id),
        "at": clock.now().isoformat(),
    }
    ceremony.entries = [*ceremony.entries, entry]
    record(session, actor, "draw.enter", ("period", period_id), number=ceremony.number, numbers=numbers)
    return ceremony


def confirm_numbers(session: Session, actor: Actor, *, period_id: UUID, text: str) -> DrawCeremony:
    """Step 2, second person: the same text, read anew. After this the papers can be drawn.

    Raises Forbidden, NotCommitted, NotEntered, AlreadyConfirmed, SamePerson, NumbersDiffer, Invalid.
    """
    if not may_witness(actor):
        raise Forbidden
    ceremony = _open_ceremony(session, period_id)
    if not ceremony.entries:
        raise NotEntered
    numbers = read_numbers(text)
    entry: dict[str, Any] = ceremony.entries[-1]
    if entry["by_id"] == str(actor.id):
        raise SamePerson
    if entry["text"] != numbers:
        raise NumbersDiffer(field="numbers")
    ceremony.public_entropy = numbers
    ceremony.confirmed_by, ceremony.confirmed_id = actor.display_name, actor.id
    ceremony.confirmed_at = clock.now()
    session.flush()  # the row of progress refers to it
    total = sum(row.candidates for row in ceremony.commitments)
    session.add(DrawProgress(ceremony_id=ceremony.id, total=total, updated_at=clock.now()))
    record(session, actor, "draw.confirm", ("period", period_id), number=ceremony.number, numbers=numbers)
    session.flush()
    return ceremony


def is_large(ceremony: DrawCeremony) -> bool:
    """Whether the draw takes so long that it runs in the background."""
    return sum(row.candidates for row in ceremony.commitments) > LARGEST_AT_ONCE


def retry_draw(session: Session, actor: Actor, *, period_id: UUID) -> None:
    """A draw that was refused in the background is tried again. Raises Forbidden, NotConfirmed."""
    check_may_manage(actor)
    ceremony = live_ceremony(session, period_id)
    progress = session.get(DrawProgress, ceremony.id) if ceremony else None
    if ceremony is None or progress is None or ceremony.state is not CeremonyState.CONFIRMED:
        raise NotConfirmed
    progress.refusal, progress.done, progress.updated_at = "", 0, clock.now()
    record(session, actor, "draw.retry", ("period", period_id), number=ceremony.number)


def _open_ceremony(session: Session, period_id: UUID) -> DrawCeremony:
    """The ceremony that waits for its numbers, locked with its period."""
    lock_period(session, period_id)
    ceremony = live_ceremony(session, period_id)
    if ceremony is None:
        raise NotCommitted
    if ceremony.state is CeremonyState.DRAWN:
        raise PeriodIsSealed
    if ceremony.state is CeremonyState.CONFIRMED:
        raise AlreadyConfirmed
    return ceremony


def read_numbers(text: str) -> str:
    """The text with single spaces, as both people type it. Raises Invalid when it is too short or too long."""
    numbers = " ".join(text.split())
    visible = len(numbers.replace(" ", ""))
    if visible < FEWEST_CHARACTERS:
        reason = _("Dãy số cần ít nhất %(count)s chữ số hoặc ký tự, ví dụ mười lần gieo xúc xắc.", count=10)
        raise Invalid(field="numbers", reason=reason)
    if len(numbers) > MOST_CHARACTERS:
        raise Invalid(field="numbers", reason=_("Dãy số dài quá 200 ký tự."))
    return numbers
