"""The page on which anybody who holds a receipt's code sees that it is genuine; the receipt's QR code leads here."""

from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Query, Request
from fastapi.responses import RedirectResponse, Response

from exam_service.attempts import receipt_check
from exam_service.attempts.receipt_check import (
    CHECK_PAGE,
    LONGEST_CODE,
    CheckedReceipt,
    ReplacedReceipt,
    TooManyChecks,
    plain_receipt_code,
)
from exam_service.db import Tx
from exam_service.http import client_address, refusal_sentence
from exam_service.i18n import N_, format_moment
from exam_service.i18n import gettext as _
from exam_service.templates import render

NO_CODE = N_("Mã biên nhận có mười chữ và số, ví dụ 7KQ4M-2XWPB.")
TEMPLATE = "attempts/receipt_check.html"

router = APIRouter(prefix=CHECK_PAGE, include_in_schema=False)


@router.get("")
def ask(request: Request, code: Annotated[str | None, Query(max_length=200)] = None) -> Response:
    """The form for the code; what was typed goes on to the page of the receipt."""
    if code is None:
        return _page(request)
    if plain := plain_receipt_code(code):
        return RedirectResponse(f"{CHECK_PAGE}/{plain}", status_code=303)
    return _page(request, typed=code, error=_(NO_CODE), status=422)


@router.get("/{code}")
def show(request: Request, session: Tx, code: str) -> Response:
    """What the receipt says; 404 when there is none with this code."""
    plain = plain_receipt_code(code)
    if not plain:
        return _page(request, error=_(NO_CODE), status=404)
    try:
        found = receipt_check.check_receipt(session, plain, address=client_address(request))
    except TooManyChecks as refusal:
        return _page(request, typed=plain, error=refusal_sentence(refusal), status=refusal.status)
    if found is None:
        return _page(request, typed=plain, is_unknown=True, status=404)
    if isinstance(found, ReplacedReceipt):
        return _page(request, replaced=found)
    return _page(request, checked=found)


def _page(
    request: Request,
    *,
    typed: str = "",
    error: str = "",
    is_unknown: bool = False,
    checked: CheckedReceipt | None = None,
    replaced: ReplacedReceipt | None = None,
    status: int = 200,
) -> Response:
    context: dict[str, object] = {
        "submitted": _as_printed(checked.receipt.submitted_at if checked else None),
        "withdrawn": _as_printed(replaced.withdrawn_at if replaced else None),
        "replaced": replaced,
    }
    context |= {"typed": typed[:LONGEST_CODE], "error": error, "is_unknown": is_unknown, "checked": checked}
    answer = render(request, TEMPLATE, status=status, **context)
    # A shared computer's next user must not come back to it, and the address must not travel on.
    answer.headers["Cache-Control"] = "no-store"
    answer.headers["Referrer-Policy"] = "no-referrer"
    return answer


def _as_printed(moment: datetime | None) -> str:
    """As on the receipt, so that the lines can be compared."""
    return ", ".join(reversed(format_moment(moment, seconds=True).split()))
