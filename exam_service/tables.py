"""Imports every table, so that metadata is whole wherever it is needed (migrations, checks)."""

from exam_service import audit
from exam_service.aids import models as aids
from exam_service.analysis import models as analysis
from exam_service.attempts import evidence_models as evidence
from exam_service.attempts import models as attempts
from exam_service.attempts import room_models
from exam_service.auth import models as auth
from exam_service.bank import models as bank
from exam_service.bank.facets import models as bank_facets
from exam_service.bank.legal import models as legal
from exam_service.bank.manage import models as bank_manage
from exam_service.bank.media import models as media
from exam_service.bank.similar import models as bank_similar
from exam_service.documents import models as documents
from exam_service.entry import models as entry
from exam_service.fairness import models as fairness
from exam_service.invigilation import models as invigilation
from exam_service.invigilation import record_models as room_records
from exam_service.marking import models as marking
from exam_service.people import models as people
from exam_service.periods import models as periods
from exam_service.periods.cuts import models as cuts
from exam_service.rating_feed import models as rating_feed
from exam_service.results import models as results
from exam_service.standards import models as standards

__all__ = [
    "aids",
    "analysis",
    "attempts",
    "audit",
    "auth",
    "bank",
    "bank_facets",
    "bank_manage",
    "bank_similar",
    "cuts",
    "documents",
    "entry",
    "evidence",
    "fairness",
    "invigilation",
    "legal",
    "marking",
    "media",
    "people",
    "periods",
    "rating_feed",
    "results",
    "room_models",
    "room_records",
    "standards",
]
