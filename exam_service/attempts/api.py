"""The player's interface. All but `current` are called with the attempt token that `current` gives."""

from datetime import timedelta
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Depends, FastAPI, Request
from fastapi.responses import Response

from exam_service.aids.policy import aids_of
from exam_service.attempts import deliveries, handing_in, hot, sign_in, starting
from exam_service.attempts.access import (
    SignedInCandidate,
    limits_of,
    refuse_foreign_network,
    refuse_limited,
)
from exam_service.attempts.codes import code_hasher_of
from exam_service.attempts.deliveries import Carried
from exam_service.attempts.evidence_limits import DeliveriesAreFull
from exam_service.attempts.keys import keys_of
from exam_service.attempts.leases import HEADER, Claimant, WrongPin, holder_of
from exam_service.attempts.papers import sealed_paper
from exam_service.attempts.receipt_check import check_address, qr_of
from exam_service.attempts.schemas import (
    CurrentAttemptOut,
    DeliveredOut,
    ReceiptCheckOut,
    ReceiptOut,
    SavedOut,
    SignInInput,
    StartedOut,
    StartInput,
    SubmitInput,
)
from exam_service.attempts.tokens import Claims, claims_of, tokens_of
from exam_service.auth import sessions
from exam_service.db import Reading, Tx, attempting
from exam_service.errors import NotFound
from exam_service.http import answer_refusal, client_address, problems, refuse_foreign_form
from exam_service.settings import Settings

JSON = "application/json"
SHORT_SAVE = "/api/responses/{slot}"
START_REFUSALS = (
    "too_early (with starts_in_ms), late_entry, paused, time_over, already_submitted, void, "
    "held_elsewhere (with same_login), wrong_pin"
)
SUBMIT_REFUSALS = (
    "unsaved (with slots), too_early_to_submit (with wait_min), not_started, too_early, "
    "paused, time_over, void, held_elsewhere"
)
BINARY = "application/octet-stream"


router = APIRouter(prefix="/api/attempts", tags=["player"])


async def claims_for(request: Request, attempt_id: UUID) -> Claims:
    """The claims of the token, which must be of this attempt. Raises BadAttemptToken, NotFound."""
    claims = claims_of(request)
    if claims.attempt_id != attempt_id:
        raise NotFound
    return claims


async def admitted_for(request: Request, attempt_id: UUID) -> Claims:
    """The claims of a token whose sign-in may enter. Raises BadAttemptToken, NotFound, EntryNotProven."""
    claims = await claims_for(request, attempt_id)
    refuse_limited(claims)
    return claims


Own = Annotated[Claims, Depends(claims_for)]
Admitted = Annotated[Claims, Depends(admitted_for)]
NOT_ADMITTED = (403, "entry_not_proven (with entry_page)")


@router.get("/current", responses=problems((401, "sign_in_needed"), (404, "not_found")))
def current(
    request: Request, answer: Response, candidate: SignedInCandidate, session: Reading
) -> CurrentAttemptOut:
    """The attempt of the candidate whose session cookie is sent, with a token for the other calls."""
    # The player's page asks for it by a link: a restored tab must not find the answer of yesterday.
    answer.headers["Cache-Control"] = "no-store"
    settings: Settings = request.app.state.settings
    current = starting.current_attempt(
        session,
        candidate.candidate_id,
        tokens=tokens_of(request),
        login_id=candidate.session_id,
        limits=limits_of(session, request, candidate),
        policy={"late_grace_min": settings.late_grace_min},
        aids=aids_of(request.app),
        signals_keep_days=settings.signals_keep_days,
    )
    if current.receipt is not None:
        address = check_address(settings.public_url, current.receipt.receipt_code)
        current.receipt_check = ReceiptCheckOut(address=address, qr=qr_of(address))
    return current


@router.post(
    "/sign-in",
    status_code=204,
    responses=problems((401, "wrong_code"), (403, "foreign_form"), (429, "too_many_tries")),
)
def sign_in_again(request: Request, session: Tx, given: SignInInput) -> Response:
    """Sign in by candidate number and code without leaving the page of a running test; `current` then gives a token."""
    refuse_foreign_form(request)
    address = client_address(request)
    try:
        with attempting(session):
            opened = sign_in.sign_in(
                session,
                number=given.number,
                code=given.code,
                hasher=code_hasher_of(request),
                address=address,
            )
    except sign_in.WrongCode as refusal:
        sign_in.note_failure(session, number=given.number, address=address)
        return answer_refusal(request, refusal)
    answer = Response(status_code=204)
    sessions.set_cookie(answer, sessions.CANDIDATE_COOKIE, opened.token, request.app.state.settings)
    return answer


@router.get(
    "/{attempt_id}/paper",
    response_class=Response,
    responses={
        200: {"content": {BINARY: {"schema": {"type": "string", "format": "binary"}}}},
        **problems(
            (401, "invalid_token"), NOT_ADMITTED, (404, "not_found"), (409, "too_early, already_submitted")
        ),
    },
)
def paper(request: Request, session: Reading, claims: Admitted) -> Response:
    """The paper, sealed: a nonce of 12 bytes, then AES-256-GCM over the deflated JSON, the attempt's id being the
    associated data. From an hour before the start; the key comes with the start."""
    sealed = sealed_paper(session, claims, keys=keys_of(request))
    return Response(sealed, media_type=BINARY, headers={"Cache-Control": "no-store"})


@router.post(
    "/{attempt_id}/start",
    response_model=StartedOut,
    responses=problems(
        (401, "invalid_token"),
        (403, "entry_not_proven, wrong_network (both with entry_page)"),
        (404, "not_found"),
        (409, START_REFUSALS),
        (503, "just_changed"),
    ),
)
def start(request: Request, session: Tx, claims: Admitted, given: StartInput | None = None) -> Response:
    """Start the attempt, or resume it after a reload: the paper, its keys, the stored answers and the time left.

    The page named in the header `Exam-Page` then holds the attempt. Another page gets it with `take_over` (same
    sign-in) or with the invigilator's `pin` (any other)."""
    refuse_foreign_network(request, claims)
    given = given or StartInput()
    claimant = Claimant(holder_of(request), takes_over=given.take_over, pin=given.pin)
    try:
        started = starting.start_attempt(
            session, claims, claimant=claimant, keys=keys_of(request), has_paper=given.has_paper
        )
    except WrongPin as refusal:  # nothing but the count of the wrong PINs has been written, which must stay
        return answer_refusal(request, refusal)
    token = tokens_of(request).issue(
        claims.attempt_id, claims.candidate_id, login_id=claims.login_id, networks=claims.networks
    )
    return Response(
        starting.started_json(started, token), media_type=JSON, headers={"Cache-Control": "no-store"}
    )


SAVE_DOCUMENT: dict[str, Any] = {
    "parameters": [
        {
            "name": "attempt_id",
            "in": "path",
            "required": True,
            "schema": {"type": "string", "format": "uuid"},
        },
        {"name": "slot", "in": "path", "required": True, "schema": {"type": "integer", "minimum": 1}},
        {"name": HEADER, "in": "header", "required": False, "schema": {"type": "string", "maxLength": 64}},
    ],
    "requestBody": {
        "required": True,
        "content": {
            JSON: {
                "schema": hot.SaveInput.model_json_schema(),
                "example": {"sequence": 3, "response": {"choice": "b"}, "flagged": False},
            }
        },
    },
}


# Nothing shows the answer to a save as a page; of the policies that would forbid it everything this is the shortest.
SAVED_HEADERS = {"Content-Security-Policy": "sandbox"}


# Without parameters for FastAPI to resolve: on this path its conveniences would cost as much as the database.
async def save_response(request: Request) -> Response:
    """Save one answer; 200 means that it is durable. Sending it again, or an older sequence, is harmless."""
    save = await hot.read_save(request)
    saved = await hot.saver_of(request).save(save)
    return Response(hot.saved_json(save.slot, saved), media_type=JSON, headers=SAVED_HEADERS)


def add_saving(app: FastAPI) -> None:
    """Saving as a route of the application itself: an included router is searched twice for every request.

    Call it before any other route is added, because routes are tried in order. The short address is the player's: the
    token names the attempt already.
    """
    app.router.add_api_route(SHORT_SAVE, save_response, methods=["PUT"], include_in_schema=False)
    app.router.add_api_route(
        "/api/attempts/{attempt_id}/responses/{slot}",
        save_response,
        methods=["PUT"],
        tags=["player"],
        response_model=SavedOut,
        responses=problems(
            (401, "invalid_token"),
            NOT_ADMITTED,
            (404, "not_found"),
            (409, "not_started, paused, time_over, already_submitted, void, held_elsewhere"),
            (413, "answer_too_large"),
            (422, "invalid"),
            (503, "saving_unavailable, overloaded, just_changed"),
        ),
        openapi_extra=SAVE_DOCUMENT,
    )


@router.post(
    "/{attempt_id}/submit",
    responses=problems(
        (401, "invalid_token"),
        NOT_ADMITTED,
        (404, "not_found"),
        (
            409,
            SUBMIT_REFUSALS,
        ),
    ),
)
def submit(request: Request, session: Tx, claims: Admitted, given: SubmitInput) -> ReceiptOut:
    """Hand in what is stored. Calling it again gives the same receipt."""
    receipt = handing_in.submit_attempt(session, claims, sequences=given.slots, holder=holder_of(request))
    return ReceiptOut.model_validate(receipt)


async def _whole_body(request: Request) -> bytes:
    return await request.body()


@router.post(
    "/{attempt_id}/late",
    response_model=DeliveredOut,
    openapi_extra={
        "requestBody": {"required": True, "content": {JSON: {"schema": Carried.model_json_schema()}}}
    },
    responses=problems(
        (401, "invalid_token"),
        (404, "not_found"),
        (409, "not_over, grace_over (with limit_min), nothing_proven, deliveries_full, void"),
        (422, "invalid, broken_chain, implausible_times (both with place)"),
    ),
)
def deliver_late(
    request: Request, session: Tx, claims: Own, content: Annotated[bytes, Depends(_whole_body)]
) -> Any:
    """Answers entered before the deadline and delivered after it, with the chain that proves it. They are recorded for
    the decision of the council and do not count before it. Sending the same again changes nothing."""
    settings: Settings = request.app.state.settings
    grace = timedelta(minutes=settings.late_grace_min)
    try:
        delivery, late = deliveries.deliver_late(session, claims, content, keys=keys_of(request), grace=grace)
    except (
        DeliveriesAreFull
    ) as refusal:  # nothing but the count of what was refused has been written, which must stay
        return answer_refusal(request, refusal)
    return DeliveredOut(
        received_at=delivery.received_at, slots=[row.slot for row in delivery.responses], late=late
    )
