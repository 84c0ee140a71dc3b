"""Tables of what goes between the room and an open test: messages with their receipts; signals of attention, of what is
wrong with a computer, of a pause that did not reach it."""

from datetime import datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from exam_service.db import Base, Keyed, one_of


class RoomMessage(Keyed, Base):
    """What the room tells one candidate, or everybody in the sitting (`attempt_id` None). Append-only (trigger
    `room_message_append_only`)."""

    __tablename__ = "room_message"
    __table_args__ = (CheckConstraint("body <> ''", name="body"),)

    sitting_id: Mapped[UUID] = mapped_column(ForeignKey("sitting.id"), index=True)
    attempt_id: Mapped[UUID | None] = mapped_column(ForeignKey("attempt.id"), index=True)
    body: Mapped[str]
    sent_by: Mapped[UUID | None]
    sent_by_name: Mapped[str]
    sent_at: Mapped[datetime]


class MessageReceipt(Base):
    """A candidate has confirmed that a message was read. Append-only (trigger `message_receipt_append_only`)."""

    __tablename__ = "message_receipt"

    message_id: Mapped[UUID] = mapped_column(ForeignKey("room_message.id"), primary_key=True)
    attempt_id: Mapped[UUID] = mapped_column(ForeignKey("attempt.id"), primary_key=True)
    read_at: Mapped[datetime]


class SignalKind(StrEnum):
    FOCUS_LOST = "focus_lost"  # the page of the test was left for another window or tab, for `lasted_ms`
    COPIED = "copied"  # text was copied or cut out of the page; what it was is not recorded
    TAKEN_OVER = "taken_over"  # another page or machine has taken the attempt
    BATTERY = "battery"  # `value` percent left and not being charged
    CLOCK_OFF = "clock_off"  # the computer's clock is `value` minutes ahead, negative: behind
    NOT_KEPT = "not_kept"  # the computer cannot keep answers
    LINE_BAD = "line_bad"  # the line to the service is too slow or loses too much
    WINDOW_BAD = "window_bad"  # the window is too narrow
    BROWSER_BAD = "browser_bad"  # the browser is too old, or cannot encrypt
    TYPED_IN_PAUSE = (
        "typed_in_pause"  # `value` questions were answered without network while the clock stood still
    )
    CUT_OFF_IN_PAUSE = (
        "cut_off_in_pause"  # nothing was heard of the test all the time that its clock stood still
    )


ATTENTION = (SignalKind.FOCUS_LOST, SignalKind.COPIED)
"""Recorded only where the exam says so."""

CHECKED = (SignalKind.LINE_BAD, SignalKind.WINDOW_BAD, SignalKind.BROWSER_BAD)
"""What only the check in the waiting room finds."""

TROUBLES = (SignalKind.BATTERY, SignalKind.CLOCK_OFF, SignalKind.NOT_KEPT, *CHECKED)
"""Trouble of a computer: the newest of its kind holds, and a `value` of 0 says that it is over."""


class AttemptSignal(Base):
    """Something that an invigilator may want to look into: kind and time, never content. Evidence, no verdict.

    `page` and `number` name it: sent twice, it is stored once. ATTENTION is recorded only where the exam says so
    (`exam.watches_focus`); of everything that is recorded the candidate is told before the start.
    """

    __tablename__ = "attempt_signal"
    __table_args__ = (CheckConstraint(one_of(SignalKind, "kind"), name="kind"),)

    attempt_id: Mapped[UUID] = mapped_column(ForeignKey("attempt.id"), primary_key=True)
    page: Mapped[str] = mapped_column(primary_key=True)
    number: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[str]
    at: Mapped[datetime]
    lasted_ms: Mapped[int] = mapped_column(default=0)
    value: Mapped[int] = mapped_column(default=0, server_default="0")
