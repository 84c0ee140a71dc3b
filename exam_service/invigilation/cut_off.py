"""Tests that were out of contact all the time that their clock stood still: what the service knows by itself.

Their players did not learn of the pause and may have gone on taking answers, while the time is given back. The fact is
noted when the clock goes on, so that it does not depend on what a player tells of itself.
"""

from collections.abc import Mapping
from datetime import datetime
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.orm import Session

from exam_service.invigilation.thresholds import USUAL

SERVICE = "@service"
"""Stands where a signal of a player names its page; no page can have this name (`leases.HOLDER`), or it could claim
the number of the note before the service does."""

# A player in contact looks at the clock every 17 s at the latest: silence as the board means it, that began before the
# clock stopped, is no gap between two looks.
NOTE = text(
    """
    INSERT INTO attempt_signal (attempt_id, page, number, kind, at, lasted_ms, value)
    SELECT attempt.id, :page, extract(epoch FROM stopped.at)::int, 'cut_off_in_pause', stopped.at,
        least(2147483647, extract(epoch FROM now.at - stopped.at) * 1000)::int, 0
    FROM unnest(cast(:attempt_ids AS uuid[]), cast(:stopped_at AS timestamptz[])) AS stopped (attempt_id, at)
    CROSS JOIN (SELECT clock_timestamp() AS at) AS now
    JOIN attempt ON attempt.id = stopped.attempt_id AND attempt.state = 'started'
    JOIN sitting ON sitting.id = attempt.sitting_id
    JOIN exam ON exam.id = sitting.exam_id
    LEFT JOIN board_threshold ON board_threshold.period_id = exam.period_id
    WHERE greatest(attempt.started_at, attempt.last_seen_at,
            (SELECT max(saved_at) FROM response WHERE response.attempt_id = attempt.id))
        < least(stopped.at, now.at - make_interval(secs => coalesce(board_threshold.offline_after_s, :usual_s)))
    ON CONFLICT DO NOTHING
    """
)


def note_cut_off(session: Session, stopped: Mapping[UUID, datetime]) -> None:
    """Of the attempts whose clock goes on now and stood still from the given moment on, those that were not heard of
    in between have it noted; one INSERT for all, none without any. The caller holds their locks."""
    if stopped:
        values = {"attempt_ids": list(stopped), "stopped_at": list(stopped.values())}
        session.execute(NOTE, {**values, "page": SERVICE, "usual_s": USUAL.offline_after_s})
