"""Every kind of document, in the order in which a period needs them."""

from exam_service.documents.kinds import (
    candidate_list,
    hand_in_list,
    handover,
    incident,
    late_papers,
    panel,
    result_list,
    room_minutes,
    sealing,
    violation,
)
from exam_service.documents.subjects import Kind

KINDS: tuple[Kind, ...] = (
    panel.KIND,
    sealing.KIND,
    late_papers.KIND,
    candidate_list.KIND,
    hand_in_list.KIND,
    room_minutes.KIND,
    violation.KIND,
    incident.KIND,
    handover.KIND,
    result_list.KIND,
)
BY_CODE: dict[str, Kind] = {kind.code: kind for kind in KINDS}
