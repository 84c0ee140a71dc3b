"""Every router of the service, in the order of the features."""

from fastapi import APIRouter

from exam_service.aids import api as aids_api
from exam_service.aids import period_pages as aids_pages
from exam_service.analysis import pages as analysis_pages
from exam_service.attempts import api as attempts_api
from exam_service.attempts import (
    entry_pages,
    player_files,
    practice,
    receipt_pages,
    room_api,
    statutes,
)
from exam_service.attempts import media as attempts_media
from exam_service.attempts import pages as attempts_pages
from exam_service.auth import api as auth_api
from exam_service.auth import pages as auth_pages
from exam_service.bank import api as bank_api
from exam_service.bank import pages as bank_pages
from exam_service.bank import preview_files
from exam_service.bank.legal import api as legal_api
from exam_service.bank.legal import change_api as legal_change_api
from exam_service.bank.legal import pages as legal_pages
from exam_service.bank.similar import api as similar_api
from exam_service.calibration import conversion_pages
from exam_service.calibration import pages as calibration_pages
from exam_service.documents import pages as documents_pages
from exam_service.entry import period_pages as entry_period_pages
from exam_service.fairness import pages as fairness_pages
from exam_service.invigilation import (
    draw_pages,
    handover_pages,
    late_api,
    late_pages,
    person_pages,
    sitting_pages,
    threshold_pages,
    together_pages,
)
from exam_service.invigilation import entry_pages as room_entry_pages
from exam_service.invigilation import pages as invigilation_pages
from exam_service.marking import pages as marking_pages
from exam_service.people import api as people_api
from exam_service.people import pages as people_pages
from exam_service.periods import api as periods_api
from exam_service.periods import pages as periods_pages
from exam_service.rating_feed import api as rating_feed_api
from exam_service.rating_feed import pages as rating_feed_pages
from exam_service.results import pages as results_pages
from exam_service.standards import pages as standards_pages

ROUTERS: tuple[APIRouter, ...] = (
    attempts_api.router,
    room_api.router,
    statutes.router,
    rating_feed_api.router,
    rating_feed_pages.router,
    documents_pages.router,
    standards_pages.router,
    results_pages.router,
    analysis_pages.router,
    fairness_pages.router,
    calibration_pages.router,
    conversion_pages.router,
    marking_pages.router,
    sitting_pages.router,
    person_pages.router,
    invigilation_pages.router,
    together_pages.router,
    threshold_pages.router,
    handover_pages.router,
    late_pages.router,
    late_api.router,
    room_entry_pages.router,
    attempts_pages.router,
    entry_pages.router,
    draw_pages.router,
    player_files.router,
    practice.router,
    receipt_pages.router,
    attempts_media.router,
    aids_api.router,
    aids_pages.router,
    entry_period_pages.router,
    periods_api.router,
    periods_pages.router,
    legal_api.router,
    legal_change_api.router,
    legal_pages.router,
    bank_api.router,
    similar_api.router,
    bank_pages.router,
    preview_files.router,
    people_api.router,
    people_pages.router,
    auth_api.router,
    auth_pages.router,
)

FIRST = attempts_api.add_saving
"""Adds the one route that must be found before all others: it saves the answers."""

WEBHOOKS: APIRouter = rating_feed_api.webhooks
"""What the service sends by itself, described in its OpenAPI document."""
