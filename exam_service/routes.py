"""Every router of the service, in the order of the features."""

from fastapi import APIRouter

from exam_service.attempts import api as attempts_api
from exam_service.attempts import pages as attempts_pages
from exam_service.auth import api as auth_api
from exam_service.auth import pages as auth_pages
from exam_service.invigilation import pages as invigilation_pages
from exam_service.people import api as people_api
from exam_service.people import pages as people_pages

ROUTERS: tuple[APIRouter, ...] = (
    invigilation_pages.router,
    attempts_api.router,
    attempts_pages.router,
    people_api.router,
    people_pages.router,
    auth_api.router,
    auth_pages.router,
)
