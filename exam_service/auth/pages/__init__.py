"""Pages of signing in and of administration."""

from fastapi import APIRouter

from exam_service.auth.pages import accounts, audit_trail, clients, sign_in

router = APIRouter(include_in_schema=False)
for part in (sign_in, accounts, clients, audit_trail):
    router.include_router(part.router)
