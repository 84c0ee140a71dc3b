"""The token endpoint of OAuth 2.0 client credentials (RFC 6749 §4.4)."""

import base64
from dataclasses import dataclass
from typing import Annotated, Any
from urllib.parse import parse_qsl, unquote_plus

from fastapi import APIRouter, Depends, Request, Response
from fastapi.responses import JSONResponse
from pydantic import BaseModel, Field

from exam_service.auth import clients
from exam_service.db import Tx

router = APIRouter(tags=["oauth"])
FORM = "application/x-www-form-urlencoded"


class TokenAnswer(BaseModel):
    """RFC 6749 §5.1."""

    access_token: str = Field(examples=["Zb1…"])
    token_type: str = "Bearer"  # noqa: S105 - the type's name, not a secret
    expires_in: int = Field(default=3600, description="Seconds until the token ends.")
    scope: str = Field(examples=["results:read"])


class TokenError(BaseModel):
    """RFC 6749 §5.2."""

    error: str = Field(examples=["invalid_client"])
    error_description: str


@dataclass(frozen=True)
class TokenRequest:
    """The parameters of a token request and the client's credentials, from the header or from the body."""

    parameters: dict[str, str]
    client_id: str
    secret: str


class TokenRefused(Exception):
    """A token request that is answered by an error of RFC 6749 §5.2."""

    def __init__(self, error: str, description: str, *, status: int = 400) -> None:
        self.error, self.description, self.status = error, description, status
        super().__init__(description)

    def answer(self) -> Response:
        # RFC 6749 §5.2: a 401 names the scheme that the client has to use.
        challenge = {"WWW-Authenticate": 'Basic realm="oauth"'} if self.status == 401 else {}
        body = {"error": self.error, "error_description": self.description}
        return JSONResponse(body, status_code=self.status, headers={**NOT_STORED, **challenge})


NOT_STORED = {"Cache-Control": "no-store", "Pragma": "no-cache"}


def _basic_credentials(header: str) -> tuple[str, str]:
    """Client id and secret, each form-encoded inside the header. Source: RFC 6749 §2.3.1."""
    kind, _space, encoded = header.partition(" ")
    try:
        text = base64.b64decode(encoded, validate=True).decode() if kind.lower() == "basic" else ""
    except ValueError:  # not Base64, or not text
        text = ""
    client_id, colon, secret = text.partition(":")
    if not colon:
        raise TokenRefused("invalid_client", "The Authorization header is not HTTP Basic", status=401)
    return unquote_plus(client_id), unquote_plus(secret)


async def read_token_request(request: Request) -> TokenRequest | TokenRefused:
    """The request in parts, or why it is malformed."""
    try:
        return _parsed(request, await request.body())
    except TokenRefused as refused:
        return refused


def _parsed(request: Request, body: bytes) -> TokenRequest:
    if request.headers.get("content-type", "").partition(";")[0].strip().lower() != FORM:
        raise TokenRefused("invalid_request", f"The body must be {FORM}")
    try:
        pairs = parse_qsl(body.decode(), keep_blank_values=False, max_num_fields=20)
    except ValueError as error:
        raise TokenRefused("invalid_request", "The body cannot be read") from error
    parameters = dict(pairs)
    if len(parameters) != len(pairs):
        raise TokenRefused("invalid_request", "A parameter is repeated")
    header = request.headers.get("Authorization")
    if header is not None:
        if "client_secret" in parameters:
            raise TokenRefused("invalid_request", "Use one way to authenticate, header or body")
        return TokenRequest(parameters, *_basic_credentials(header))
    return TokenRequest(parameters, parameters.get("client_id", ""), parameters.get("client_secret", ""))


_request_body: dict[str, Any] = {
    "requestBody": {
        "required": True,
        "content": {
            FORM: {
                "schema": {
                    "type": "object",
                    "required": ["grant_type"],
                    "properties": {
                        "grant_type": {"type": "string", "enum": ["client_credentials"]},
                        "scope": {
                            "type": "string",
                            "description": "Scopes separated by spaces; all of the client's when left out.",
                            "example": "results:read",
                        },
                        "client_id": {"type": "string", "description": "Unless HTTP Basic is used."},
                        "client_secret": {"type": "string", "format": "password"},
                    },
                }
            }
        },
    }
}


@router.post(
    "/oauth/token",
    summary="Get an access token",
    response_model=TokenAnswer,
    responses={400: {"model": TokenError}, 401: {"model": TokenError}},
    openapi_extra=_request_body,
)
def issue_token(
    session: Tx, asked: Annotated[TokenRequest | TokenRefused, Depends(read_token_request)]
) -> Response:
    """An access token for one hour, for a client that proves itself by HTTP Basic or by fields of the body.

    Errors are those of RFC 6749 §5.2 (`invalid_request`, `invalid_client`, `unsupported_grant_type`, `invalid_scope`).
    """
    try:
        issued = _issue(session, asked)
    except TokenRefused as refused:
        return refused.answer()
    answer = TokenAnswer(
        access_token=issued.token, expires_in=issued.expires_in_s, scope=" ".join(issued.scopes)
    )
    return JSONResponse(answer.model_dump(), headers=NOT_STORED)


def _issue(session: Tx, asked: TokenRequest | TokenRefused) -> clients.IssuedToken:
    if isinstance(asked, TokenRefused):
        raise asked
    grant_type = asked.parameters.get("grant_type")
    if grant_type is None:
        raise TokenRefused("invalid_request", "grant_type is missing")
    if grant_type != "client_credentials":
        raise TokenRefused("unsupported_grant_type", "Only client_credentials is supported")
    try:
        return clients.issue_token(
            session,
            client_id=asked.client_id,
            secret=asked.secret,
            scope=asked.parameters.get("scope"),
        )
    except (clients.InvalidClient, clients.InvalidScope) as refusal:
        raise TokenRefused(refusal.code, str(refusal), status=refusal.status) from refusal
