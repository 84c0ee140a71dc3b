"""Forms of the room as typed: checked by the input class of their verb, shown again with sentences."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Annotated, TypeVar
from uuid import UUID

from fastapi import Depends, Request
from fastapi.responses import RedirectResponse
from pydantic import BaseModel, ValidationError
from sqlalchemy.orm import Session
from uuid_utils.compat import uuid7

from exam_service.actor import Actor
from exam_service.attempts.codes import IssuedCode
from exam_service.db import attempting
from exam_service.errors import Refusal
from exam_service.http import flash_redirect, refusal_sentence
from exam_service.i18n import N_
from exam_service.i18n import gettext as _
from exam_service.invigilation import acts

Done = TypeVar("Done")
Input = TypeVar("Input", bound=BaseModel)
LONGEST = 4000

SENTENCES = {
    "reason": N_("Ghi lý do, ít nhất 3 và nhiều nhất 500 ký tự."),
    "minutes": N_("Nhập số phút từ 1 đến 180."),
    "body": N_("Ghi lời nhắn, nhiều nhất 500 ký tự."),
    "description": N_("Mô tả sự việc, ít nhất 10 và nhiều nhất 2.000 ký tự."),
    "handling": N_("Ghi nhiều nhất 2.000 ký tự."),
    "happened_at": N_("Chọn ngày và giờ."),
    "kind": N_("Chọn loại sự cố."),
    "level": N_("Chọn mức xử lý."),
    "signature": N_("Chọn ai đã ký biên bản."),
    "document": N_("Chọn giấy tờ đã đối chiếu; với giấy tờ khác, ghi rõ loại giấy."),
    "place": N_("Nhập số chỗ trong sơ đồ phòng."),
    "rows": N_("Nhập số hàng từ 1 đến 50."),
    "columns": N_("Nhập số cột từ 1 đến 40."),
    "offline_after_s": N_("Nhập số giây từ 40 đến 900."),
    "unsaved_from": N_("Nhập số câu từ 1 đến 100."),
    "not_started_after_min": N_("Nhập số phút từ 0 đến 60."),
    "focus_lost_from": N_("Nhập số lần từ 1 đến 100."),
}
MINUTES = {
    "ShiftInput": N_("Nhập số phút từ 1 đến 720."),
    "ReopenInput": N_("Nhập số phút từ 0 đến 180."),
}
"""Inputs whose minutes have a range of their own."""


class Mistyped(Exception):
    """A form with mistakes: field → sentence."""

    def __init__(self, errors: Mapping[str, str]) -> None:
        super().__init__(", ".join(errors))
        self.errors = dict(errors)


@dataclass(frozen=True)
class Typed:
    """What a form sent: the last value of a name, and every value of a name that may come several times."""

    values: dict[str, str] = field(default_factory=dict)
    lists: dict[str, list[str]] = field(default_factory=dict)

    @property
    def act_id(self) -> UUID | None:
        """The act that the form is, as `Shown.new_act` named it; None: a program named none."""
        return as_uuid(self.values.get("act", ""))


@dataclass(frozen=True)
class Shown:
    """What a page shows beside its subject: the form that was refused, or the code just made."""

    verb: str = ""
    values: dict[str, str] = field(default_factory=dict)
    errors: dict[str, str] = field(default_factory=dict)
    issued: IssuedCode | None = None
    status: int = 200

    @staticmethod
    def new_act() -> UUID:
        """Names the act of one form on the page: sent twice, it is done once (`acts`)."""
        return uuid7()

    def value(self, verb: str, name: str) -> str:
        """What was typed into this form, if it is the one that was refused."""
        return self.values.get(name, "") if verb == self.verb else ""

    def error(self, verb: str, name: str) -> str | None:
        return self.errors.get(name) if verb == self.verb else None


async def read_form(request: Request) -> Typed:
    form = await request.form()
    texts = [(name, value[:LONGEST]) for name, value in form.multi_items() if isinstance(value, str)]
    lists: dict[str, list[str]] = {}
    for name, value in texts:
        lists.setdefault(name, []).append(value)
    return Typed(dict(texts), lists)


Form = Annotated[Typed, Depends(read_form)]


def as_uuid(text: str) -> UUID | None:
    """The id that was sent; None: it is none."""
    try:
        return UUID(text)
    except ValueError:
        return None


def record(
    session: Session,
    actor: Actor,
    sitting_id: UUID,
    typed: Typed,
    *,
    act: Callable[[], Done],
    back: str,
    told: Callable[[Done], str] = lambda _done: _("Đã ghi nhận."),
    **about: object,
) -> RedirectResponse:
    """What the form asks for is done, all of it or nothing, and once (`acts.do_once`); then to the page `back`, which
    says what was `told` of it, or that it had been done before. Raises what `act` raises."""
    done: list[Done] = []
    with attempting(session):
        is_new = acts.do_once(
            session, actor, sitting_id, act_id=typed.act_id, act=lambda: done.append(act()), **about
        )
    if is_new:
        return flash_redirect(back, told(done[0]))
    return flash_redirect(
        back, _("Việc này đã ghi nhận trước đó nên không làm lại. Muốn làm thêm, hãy điền lại ở trang này.")
    )


def checked(kind: type[Input], typed: Typed) -> Input:
    """The form as the service takes it. Raises Mistyped."""
    names = set(kind.model_fields)
    given: dict[str, object] = {name: value for name, value in typed.values.items() if name in names}
    if "affected" in names:
        given["affected"] = typed.lists.get("affected", [])
    try:
        return kind.model_validate(given)
    except ValidationError as error:
        errors: dict[str, str] = {}
        for entry in error.errors():
            name = str(entry["loc"][0]) if entry["loc"] else "document"
            own = MINUTES.get(kind.__name__) if name == "minutes" else None
            errors[name] = _(own or SENTENCES.get(name, SENTENCES["reason"]))
        raise Mistyped(errors) from error


def refused(verb: str, typed: Typed, problem: Mistyped | Refusal, *, main: str = "reason") -> Shown:
    """The form to show again, with what was typed and what is wrong; a refusal without a field stands at `main`.

    What is not found or forbidden is no mistake of the form: raised again.
    """
    if isinstance(problem, Mistyped):
        return Shown(verb, typed.values, problem.errors, status=422)
    if problem.status in (403, 404):
        raise problem
    return Shown(
        verb, typed.values, {problem.field or main: refusal_sentence(problem)}, status=problem.status
    )
