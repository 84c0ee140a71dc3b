"""Every job blueprint of the service, by namespace."""

from procrastinate import Blueprint

from exam_service.auth import jobs as auth

BLUEPRINTS: dict[str, Blueprint] = {
    "auth": auth.blueprint,
}
