"""What people see: overview, results, one person and the deliveries behind them, after signing in."""

from collections.abc import Callable
from datetime import datetime
from typing import Annotated
from urllib.parse import quote

from fastapi import APIRouter, Depends, Form, Query, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from performance_rating import deliveries, results
from performance_rating.database import Transaction
from performance_rating.problems import Refusal
from performance_rating.results import ResultFilter, Standing
from performance_rating.sign_in import (
    COOKIE,
    SESSION_LASTS,
    SignedIn,
    TooManyAttempts,
    WrongCredentials,
    cookie_is_secure,
    local_path,
    require_same_site,
    sign_in,
    sign_out,
)
from performance_rating.tables import Disposition, Verdict
from performance_rating.templates import render

router = APIRouter(default_response_class=HTMLResponse, include_in_schema=False)

_Words = Annotated[str, Query(max_length=100)]
_Code = Annotated[str, Query(max_length=64)]
_PageNumber = Annotated[int, Query(ge=1, le=1_000_000)]
_Credential = Annotated[str, Form(max_length=1000)]
_MAX_FORM_BYTES = 16 * 1024


class UnknownAddress(Refusal):
    status = 404
    code = "not-found"
    title = "Not found"


@router.get("/")
def show_start() -> Response:
    return RedirectResponse("/overview", status_code=303)


@router.get("/sign-in")
def show_sign_in(request: Request, *, wanted: Annotated[str | None, Query(alias="next")] = None) -> Response:
    return render(request, "sign_in.html", next=local_path(wanted), username="", refusal=None)


@router.post("/sign-in", dependencies=[Depends(require_same_site)], max_body_size=_MAX_FORM_BYTES)
def do_sign_in(
    request: Request,
    *,
    username: _Credential = "",
    password: _Credential = "",
    wanted: Annotated[str, Form(alias="next", max_length=2000)] = "",
) -> Response:
    state = request.app.state
    clock: Callable[[], datetime] = state.now
    address = request.client.host if request.client else "unknown"
    try:
        token = sign_in(
            state.engine, state.account, username=username, password=password, address=address, now=clock()
        )
    except (WrongCredentials, TooManyAttempts) as refusal:
        return render(
            request,
            "sign_in.html",
            status=refusal.status,
            headers=refusal.headers,
            next=local_path(wanted),
            username=username,
            refusal=refusal.code,
        )
    response = RedirectResponse(local_path(wanted), status_code=303)
    response.set_cookie(
        COOKIE,
        token,
        max_age=int(SESSION_LASTS.total_seconds()),
        httponly=True,
        secure=cookie_is_secure(state.settings),
        samesite="lax",
    )
    return response


@router.post("/sign-out", dependencies=[Depends(require_same_site)], max_body_size=_MAX_FORM_BYTES)
def do_sign_out(request: Request, session: Transaction) -> Response:
    token = request.cookies.get(COOKIE)
    if token:
        sign_out(session, token=token)
    response = RedirectResponse("/sign-in", status_code=303)
    response.delete_cookie(COOKIE)
    return response


@router.get("/overview")
def show_overview(request: Request, session: Transaction, *, _user: SignedIn, period: _Code = "") -> Response:
    periods = results.list_periods(session)
    chosen = _choose(periods, period)
    return render(
        request,
        "overview.html",
        periods=periods,
        period=chosen,
        overview=results.summarise_period(session, period_code=chosen.code) if chosen else None,
        counts=deliveries.count_deliveries(session),
        share=results.share,
    )


@router.get("/results")
def show_results(
    request: Request,
    session: Transaction,
    *,
    _user: SignedIn,
    period: _Code = "",
    unit: _Code = "",
    band: _Code = "",
    standing: Annotated[Standing | str, Query(max_length=20)] = "",
    q: _Words = "",
    page: _PageNumber = 1,
) -> Response:
    periods = results.list_periods(session)
    chosen = _choose(periods, period)
    code = chosen.code if chosen else ""
    known_standing = Standing(standing) if standing in set(Standing) else None
    wanted = ResultFilter(code, unit_code=unit, band_code=band, standing=known_standing, words=q)
    return render(
        request,
        "results.html",
        periods=periods,
        period=chosen,
        wanted=wanted,
        units=results.list_units(session, period_code=code),
        bands=results.list_bands(session, period_code=code),
        standings=list(Standing),
        found=results.list_results(session, wanted, page=page),
    )


@router.get("/people/{staff_code:path}")
def show_person(request: Request, session: Transaction, *, _user: SignedIn, staff_code: str) -> Response:
    histories = results.list_histories(session, staff_code=staff_code)
    if not histories:
        raise UnknownAddress(f"Nothing was received about {quote(staff_code)}.")
    return render(
        request, "person.html", histories=histories, person=histories[0].shown.row, share=results.share
    )


@router.get("/deliveries")
def show_deliveries(
    request: Request,
    session: Transaction,
    *,
    _user: SignedIn,
    kind: Annotated[str, Query(max_length=20)] = "",
    page: _PageNumber = 1,
) -> Response:
    known: Verdict | Disposition | None = next(
        (value for value in (*Verdict, *Disposition) if value == kind), None
    )
    return render(
        request,
        "deliveries.html",
        kind=known or "",
        kinds=[
            Verdict.REPEATED,
            Disposition.LATE,
            Disposition.RESTATED,
            Disposition.IGNORED,
            Verdict.CONFLICTING,
            Verdict.MALFORMED,
        ],
        counts=deliveries.count_deliveries(session),
        found=deliveries.list_deliveries(session, kind=known, page=page),
    )


@router.get("/events/{event_id:int}")
def show_event(request: Request, session: Transaction, *, _user: SignedIn, event_id: int) -> Response:
    record = deliveries.find_event(session, event_id=event_id) if event_id < 2**63 else None
    if record is None:
        raise UnknownAddress(f"There is no event {event_id}.")
    return render(request, "event.html", record=record)


@router.get("/deliveries/{delivery_id:int}")
def show_refused(request: Request, session: Transaction, *, _user: SignedIn, delivery_id: int) -> Response:
    delivery = deliveries.find_refused(session, delivery_id=delivery_id) if delivery_id < 2**63 else None
    if delivery is None:
        raise UnknownAddress(f"There is no refused delivery {delivery_id}.")
    return render(request, "refused.html", delivery=delivery)


def _choose(periods: list[results.Period], code: str) -> results.Period | None:
    """The period asked for, or the latest one; None before anything was received."""
    return next((period for period in periods if period.code == code), periods[0] if periods else None)
