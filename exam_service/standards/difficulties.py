"""The difficulties that panels work with: the newest calibrations of items, as one Rasch scale."""

from collections.abc import Sequence
from statistics import median
from uuid import UUID

from sqlalchemy.orm import Session

from exam_service.bank.difficulty.estimates import largest_scale, newest_estimates
from question_bank.standard_setting.rasch_scale import mastery_location


def rasch_difficulties(session: Session, version_ids: Sequence[str]) -> dict[str, float]:
    """Version id → difficulty in logits, for the versions on the scale on which most of these stand.

    The unit is the logit of an item of median discrimination. An item with another one gets the difficulty of the Rasch
    item that is mastered (response probability .67) at the same ability, so that a booklet is ordered by mastery. A
    version that was never calibrated, stands on another scale or discriminates the wrong way has none.
    """
    estimates = newest_estimates(session, [UUID(version_id) for version_id in version_ids])
    scale = largest_scale(list(estimates.values()))
    known = {
        str(version_id): one
        for version_id, one in estimates.items()
        if one.scale_id == scale and one.discrimination > 0
    }
    if not known:
        return {}
    usual = median(one.discrimination for one in known.values())
    return {
        version_id: usual * mastery_location(one.difficulty, discrimination=one.discrimination)
        - mastery_location(0.0)
        for version_id, one in known.items()
    }
