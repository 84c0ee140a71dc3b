"""Every job blueprint of the service, by namespace."""

from procrastinate import Blueprint

from exam_service.analysis.jobs import jobs as analysis_jobs
from exam_service.attempts.jobs import jobs as attempts_jobs
from exam_service.auth.jobs import jobs as auth_jobs
from exam_service.bank.facets.jobs import jobs as facets_jobs
from exam_service.bank.legal.jobs import jobs as legal_jobs
from exam_service.bank.similar.jobs import jobs as bank_jobs
from exam_service.calibration.jobs import jobs as calibration_jobs
from exam_service.fairness.jobs import jobs as fairness_jobs
from exam_service.invigilation.jobs import jobs as invigilation_jobs
from exam_service.people.jobs import jobs as people_jobs
from exam_service.periods.jobs import jobs as periods_jobs
from exam_service.rating_feed.jobs import jobs as rating_feed_jobs
from exam_service.results.jobs import jobs as results_jobs

BLUEPRINTS: dict[str, Blueprint] = {
    "rating_feed": rating_feed_jobs,
    "results": results_jobs,
    "analysis": analysis_jobs,
    "fairness": fairness_jobs,
    "calibration": calibration_jobs,
    "invigilation": invigilation_jobs,
    "attempts": attempts_jobs,
    "periods": periods_jobs,
    "legal": legal_jobs,
    "bank": bank_jobs,
    "facets": facets_jobs,
    "people": people_jobs,
    "auth": auth_jobs,
}
