"""The file that a candidate without network saves at the hand-in, and staff bring to the service.

The file is JSON: `format`, `version`, `attempt`, `candidate` (the number), `made_at`, and `box`, the Base64 of nonce
and AES-256-GCM ciphertext of a chain with its answers, under the journal key of the attempt. The other fields are the
associated data, so a file with a changed head does not open. Only the service and the candidate's player have the key.
"""

import base64
import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated, Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict, StringConstraints, ValidationError
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from exam_service import audit
from exam_service.actor import Actor
from exam_service.attempts.deliveries import (
    Carried,
    Examined,
    entry_times,
    examine,
    find_delivery,
    lock_attempt,
    read_carried,
    record_delivery,
)
from exam_service.attempts.entry_times import EntryTimes
from exam_service.attempts.evidence_models import AnswerDelivery, DeliverySource, Verdict
from exam_service.attempts.keys import AttemptKeys, CannotOpen, unseal
from exam_service.attempts.models import Attempt, AttemptState
from exam_service.attempts.refusals import AttemptVoid, NotStarted, takes_answers
from exam_service.attempts.signals import keep_carried
from exam_service.attempts.verdicts import VerdictInput, settle
from exam_service.attempts.window import Span, Window
from exam_service.errors import Refusal
from exam_service.i18n import format_moment

LARGEST_FILE = 8 * 1024 * 1024
LARGEST_CONTENT = 32 * 1024 * 1024


class FileTooLarge(Refusal):
    code = "file_too_large"
    status = 413
    message = "Tệp lớn hơn mức cho phép (%(limit_mb)s MB) nên không phải tệp bài làm."


class NotAnAnswerFile(Refusal):
    """Another kind of file, or one that was cut off."""

    code = "not_an_answer_file"
    status = 422
    message = "Đây không phải tệp bài làm, hoặc tệp bị cụt. Hãy lấy lại tệp từ máy của thí sinh."


class FileOfAnother(Refusal):
    """`number` is whose the file says it is."""

    code = "file_of_another"
    status = 422
    message = "Tệp này là bài làm của số báo danh %(number)s, không phải của thí sinh đang mở."


class FileIsChanged(Refusal):
    code = "file_is_changed"
    status = 422
    message = "Tệp đã bị sửa hoặc hỏng: không mở được bằng khóa của bài làm này. Dữ liệu không được nhận."


class FileAlreadyReceived(Refusal):
    """`at` and `by` say when and by whom."""

    code = "file_already_received"
    message = "Tệp này đã được nhận lúc %(at)s, người nhận: %(by)s."


class Head(BaseModel):
    """What stands in clear in the file."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    format: Literal["sat-hach-answer-file"]
    version: Literal[1]
    attempt: UUID
    candidate: Annotated[str, StringConstraints(max_length=32)]
    made_at: Annotated[str, StringConstraints(max_length=40)]
    box: Annotated[str, StringConstraints(max_length=LARGEST_FILE)]

    @property
    def label(self) -> str:
        """The associated data: every field but the box."""
        return f"{self.format}:{self.version}:{self.attempt}:{self.candidate}:{self.made_at}"


@dataclass(frozen=True)
class OpenedFile:
    """A genuine file of this attempt and what it adds. `is_open`: the attempt still takes answers; `times` says when
    they may have been entered."""

    head: Head
    carried: Carried
    examined: Examined
    is_open: bool
    times: EntryTimes

    @property
    def waiting_slots(self) -> list[int]:
        """Of which answers the council decides although the test is open: they were entered, or nothing proves that
        they were not, while the clock stood still. That time is given back, so taking them at once would give it
        twice."""
        return [one.slot for one in self.examined.differences if self.times.may_be_in_pause(one)]


def open_file(
    session: Session, attempt: Attempt, data: bytes, *, keys: AttemptKeys, stopped: Sequence[Span] = ()
) -> OpenedFile:
    """The file checked in full: binding, authenticity, chain, novelty. Writes nothing. `stopped`: when the clock stood
    still.

    Raises FileTooLarge, NotAnAnswerFile, FileOfAnother, FileIsChanged, FileAlreadyReceived, AttemptVoid, NotStarted and
    what `deliveries.examine` raises.
    """
    if len(data) > LARGEST_FILE:
        raise FileTooLarge(limit_mb=LARGEST_FILE // 2**20)
    try:
        head = Head.model_validate_json(data)
    except ValidationError as error:
        raise NotAnAnswerFile from error
    if head.attempt != attempt.id:
        raise FileOfAnother(number=head.candidate)
    content = _content_of(head, key=keys.journal(attempt.id))
    if head.candidate != attempt.candidate.number:
        raise FileIsChanged
    known = find_delivery(session, attempt.id, _identity(head))
    if known is not None:
        raise FileAlreadyReceived(
            at=format_moment(known.received_at, seconds=True), by=known.received_by_name or head.candidate
        )
    if attempt.state == AttemptState.VOID:
        raise AttemptVoid
    if attempt.started_at is None:
        raise NotStarted
    now = session.execute(select(func.clock_timestamp())).scalar_one()
    carried = read_carried(content)
    times = Window(attempt.starts_at, attempt.late_until, attempt.deadline_at)
    is_open = takes_answers(now, times, state=AttemptState(attempt.state), paused_at=attempt.paused_at)
    examined = examine(session, attempt, carried, keys=keys, now=now)
    return OpenedFile(head, carried, examined, is_open, entry_times(attempt, stopped=stopped))


def receive_file(
    session: Session,
    actor: Actor,
    attempt_id: UUID,
    data: bytes,
    *,
    keys: AttemptKeys,
    stopped: Sequence[Span] = (),
) -> AnswerDelivery:
    """The file is kept as evidence. While the attempt is open its answers are stored at once; afterwards they wait
    for the decision of the council, as do in any case those that were or may have been entered while the clock stood
    still (`stopped`). The caller has checked that `actor` may. Raises what `open_file` raises.
    """
    attempt = lock_attempt(session, attempt_id)
    opened = open_file(session, attempt, data, keys=keys, stopped=stopped)
    now = session.execute(select(func.clock_timestamp())).scalar_one()
    delivery = record_delivery(
        session,
        attempt,
        data,
        identity=_identity(opened.head),
        source=DeliverySource.FILE,
        examined=opened.examined,
        now=now,
        actor=actor,
    )
    keep_carried(session, attempt, opened.carried.signals)
    audit.record(
        session,
        actor,
        "attempt.receive_file",
        ("attempt", attempt.id),
        delivery=delivery.id,
        digest=delivery.digest,
        slots=[each.slot for each in opened.examined.differences],
    )
    in_time = [one for one in delivery.responses if one.slot not in opened.waiting_slots]
    if opened.is_open and in_time:
        reason = "Tệp bài làm nhận trước giờ thu bài"
        settle(
            session,
            actor,
            attempt,
            in_time,
            data=VerdictInput(verdict=Verdict.ACCEPTED, reason=reason),
        )
    return delivery


def _identity(head: Head) -> bytes:
    """What makes the file this one: the white space around its fields does not."""
    return f"{head.label}:{head.box}".encode()


def _content_of(head: Head, *, key: bytes) -> bytes:
    try:
        sealed = base64.b64decode(head.box, validate=True)
    except ValueError as error:  # letters that Base64 does not have, or not whole
        raise NotAnAnswerFile from error
    try:
        packed = unseal(sealed, key=key, label=head.label)
    except CannotOpen as error:
        raise FileIsChanged from error
    inflater = zlib.decompressobj()
    try:
        content = inflater.decompress(packed, LARGEST_CONTENT)
    except zlib.error as error:
        raise FileIsChanged from error
    if not inflater.eof:
        raise FileTooLarge(limit_mb=LARGEST_FILE // 2**20)
    return content
