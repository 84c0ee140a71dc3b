"""Forms as typed: read without judging, checked by the input class of the verb, shown again with sentences."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Annotated, Any, TypeVar

from fastapi import Depends, Request
from pydantic import BaseModel, ValidationError
from starlette.datastructures import FormData

from exam_service.errors import Refusal
from exam_service.http import refusal_sentence
from exam_service.i18n import N_
from exam_service.i18n import gettext as _

Input = TypeVar("Input", bound=BaseModel)
Place = Callable[[tuple[int | str, ...]], str]
LONGEST = 4000  # characters of one field

SENTENCES = {
    "missing": N_("Mục này không được để trống."),
    "string_too_short": N_("Ghi ít nhất %(min_length)s ký tự."),
    "string_too_long": N_("Ghi nhiều nhất %(max_length)s ký tự."),
    "too_short": N_("Chọn ít nhất một mục."),
    "too_long": N_("Chọn nhiều nhất %(max_length)s mục."),
    "greater_than_equal": N_("Nhập số từ %(ge)s trở lên."),
    "greater_than": N_("Nhập số lớn hơn %(gt)s."),
    "less_than_equal": N_("Nhập số từ %(le)s trở xuống."),
    "int_parsing": N_("Nhập một số nguyên."),
    "decimal_parsing": N_("Nhập một số, ví dụ 62,5."),
    "decimal_max_places": N_("Ghi nhiều nhất %(decimal_places)s chữ số thập phân."),
    "date_from_datetime_parsing": N_("Chọn một ngày."),
    "datetime_from_date_parsing": N_("Chọn ngày và giờ."),
    "datetime_parsing": N_("Chọn ngày và giờ."),
    "uuid_parsing": N_("Hãy chọn một mục trong danh sách."),
    "string_pattern_mismatch": N_("Chỉ dùng chữ không dấu, chữ số, dấu chấm và dấu gạch ngang."),
    "bands_fall": N_("Các mức phải giảm dần từ trên xuống."),
    "bands_end": N_("Mức cuối cùng phải bắt đầu từ 0 %."),
    "deductions_rise": N_("Mức trừ khi cảnh cáo không được thấp hơn khi khiển trách."),
    "bands_cut": N_("Phải có một mức bắt đầu đúng bằng ngưỡng đạt."),
}


class Errors(dict[str, str]):
    """Field → sentence; a field without a mistake has an empty one, so that templates may name any field."""

    def __missing__(self, name: str) -> str:
        return ""


class Mistyped(Exception):
    """A form with mistakes: field → sentence."""

    def __init__(self, errors: Mapping[str, str]) -> None:
        super().__init__(", ".join(errors))
        self.errors = Errors(errors)


@dataclass(frozen=True)
class Typed:
    """What a form sent; a name that was not sent is empty."""

    form: FormData = field(default_factory=FormData)

    def text(self, name: str, otherwise: str = "") -> str:
        value = self.form.get(name)
        return value[:LONGEST] if isinstance(value, str) else otherwise

    def all(self, name: str) -> list[str]:
        return [value[:LONGEST] for value in self.form.getlist(name) if isinstance(value, str)]

    def texts(self, *names: str) -> dict[str, str]:
        return {name: self.text(name) for name in names}


async def read_form(request: Request) -> Typed:
    return Typed(await request.form())


Form = Annotated[Typed, Depends(read_form)]


def first_name(loc: tuple[int | str, ...]) -> str:
    return str(loc[0]) if loc else "form"


def checked(kind: type[Input], values: Mapping[str, object], *, place: Place = first_name) -> Input:
    """The values as the service takes them. `place` names the field of an error. Raises Mistyped."""
    try:
        return kind.model_validate(dict(values))
    except ValidationError as error:
        found = Errors()
        for entry in error.errors(include_url=False):
            found.setdefault(
                place(entry["loc"]), _sentence(entry["type"], entry["input"], entry.get("ctx", {}))
            )
        raise Mistyped(found) from error


def _sentence(kind: str, value: object, limits: Mapping[str, Any]) -> str:
    if value in ("", None):
        return _(SENTENCES["missing"])
    if isinstance(value, str) and kind in ("too_short", "too_long"):
        kind = f"string_{kind}"  # a limit on text that was cleaned first
    message = SENTENCES.get(kind)
    return _(message, **limits) if message else _("Giá trị này chưa đúng. Hãy nhập lại.")


def errors_of(problem: Mistyped | Refusal | None, *, field: str = "form") -> Errors:
    """Field → sentence; none for None. What is not found or forbidden is no mistake of the form: raised again."""
    if problem is None:
        return Errors()
    if isinstance(problem, Mistyped):
        return problem.errors
    if problem.status in (403, 404):
        raise problem
    return Errors({problem.field or field: refusal_sentence(problem)})


def status_of(problem: Mistyped | Refusal | None) -> int:
    if problem is None:
        return 200
    return 422 if isinstance(problem, Mistyped) else problem.status
