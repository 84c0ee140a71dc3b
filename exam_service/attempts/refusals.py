"""Why an attempt takes no answers, no start or no hand-in right now: shared by starting, saving and submitting."""

from datetime import datetime
from typing import NoReturn

from exam_service.attempts import window
from exam_service.attempts.models import AttemptState
from exam_service.attempts.window import Phase, Window
from exam_service.errors import Refusal


class TooEarly(Refusal):
    code = "too_early"
    message = "Ca thi chưa bắt đầu. Ông/Bà vui lòng chờ; bài thi sẽ tự mở khi đến giờ."


class LateEntry(Refusal):
    code = "late_entry"
    message = "Đã quá giờ được vào phòng thi. Ông/Bà hãy báo giám thị để được xem xét."


class NotStarted(Refusal):
    code = "not_started"
    message = "Bài thi chưa được bắt đầu. Hãy tải lại trang để vào làm bài."


class Paused(Refusal):
    code = "paused"
    message = "Bài thi đang tạm dừng. Câu trả lời vẫn được giữ trên máy và sẽ được gửi khi thi tiếp."


class TimeOver(Refusal):
    code = "time_over"
    message = "Đã hết giờ làm bài. Hệ thống thu bài với các câu trả lời đã lưu."


class AlreadySubmitted(Refusal):
    code = "already_submitted"
    message = "Bài làm đã được nộp và không thay đổi được nữa."


class AttemptVoid(Refusal):
    code = "void"
    message = "Bài làm này đã bị hủy theo quyết định. Ông/Bà hãy hỏi giám thị."


class JustChanged(Refusal):
    """What stood in the way is gone: a pause ended, or time was granted, in the moment of the refusal. The same call
    may simply be made again, and players do so by themselves."""

    code = "just_changed"
    status = 503
    message = "Bài thi vừa được mở lại. Hệ thống sẽ tự gửi lại ngay."


def takes_answers(now: datetime, times: Window, *, state: AttemptState, paused_at: datetime | None) -> bool:
    """True while a started attempt is open and not paused."""
    is_started = state is AttemptState.STARTED
    return is_started and window.phase(now, times, is_started=True, paused_at=paused_at) is Phase.RUNNING


def refuse(
    now: datetime, times: Window, *, state: AttemptState, paused_at: datetime | None, is_start: bool = False
) -> NoReturn:
    """Raise the reason why a start (`is_start`) or a save was refused.

    JustChanged is raised where no rule forbids it: the statement and this function read the clock at two moments, and
    the attempt may have changed in between.
    """
    if state is AttemptState.VOID:
        raise AttemptVoid
    is_closed = state not in (AttemptState.ASSIGNED, AttemptState.STARTED)
    is_started = state is AttemptState.STARTED
    match window.phase(now, times, is_started=is_started, is_closed=is_closed, paused_at=paused_at):
        case Phase.CLOSED:
            raise AlreadySubmitted
        case Phase.PAUSED:
            raise Paused
        case Phase.OVER:
            raise TimeOver
        case Phase.WAITING:
            raise TooEarly(starts_in_ms=window.milliseconds(times.starts_at - now))
        case Phase.TOO_LATE:
            raise LateEntry
        case Phase.STARTABLE if not is_start:
            raise NotStarted
        case Phase.STARTABLE | Phase.RUNNING:
            raise JustChanged
