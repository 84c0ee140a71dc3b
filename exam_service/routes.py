"""Every router of the service, in the order of the features."""

from fastapi import APIRouter

from exam_service.auth import api as auth_api
from exam_service.auth import pages as auth_pages

ROUTERS: tuple[APIRouter, ...] = (
    auth_api.router,
    auth_pages.router,
)
