"""Pages of the register of legal documents."""

from fastapi import APIRouter

from exam_service.bank.legal.pages import documents, imports, picker, report, work

router = APIRouter(include_in_schema=False)
# Documents last: their address takes any id.
for part in (picker, report, work, imports, documents):
    router.include_router(part.router, prefix="/bank/legal")
