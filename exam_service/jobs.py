"""Every job blueprint of the service, by namespace."""

from procrastinate import Blueprint

from exam_service.attempts.jobs import jobs as attempts
from exam_service.periods.jobs import jobs as periods

BLUEPRINTS: dict[str, Blueprint] = {
    "attempts": attempts,
    "periods": periods,
}
