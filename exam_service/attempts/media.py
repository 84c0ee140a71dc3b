"""Images of a paper, for the candidate who is sitting with it and for nobody else."""

from collections import OrderedDict
from typing import Any
from uuid import UUID

from fastapi import APIRouter, FastAPI, Request
from fastapi.responses import Response
from sqlalchemy import Text, cast, select
from sqlalchemy.orm import Session

from exam_service.attempts.access import MaybeCandidate
from exam_service.attempts.models import Attempt, AttemptState
from exam_service.bank.media.answers import image_answer
from exam_service.bank.media.models import Media
from exam_service.bank.media.showing import ImageFile
from exam_service.db import Reading
from exam_service.errors import NotFound
from exam_service.periods.models import SealedForm
from question_bank.text import media_names

router = APIRouter(prefix="/exam/media", include_in_schema=False)
DAY_S = 86_400
KEPT_PAPERS = 5_000
KEPT_IMAGES = 24  # at most 2 MB each


class PaperMedia:
    """What never changes about papers and images, kept by each process.

    At the start of a sitting every player asks for every image of its paper: papers are searched once, and the few
    images that all of them share are read once.
    """

    def __init__(self) -> None:
        self._names: OrderedDict[UUID, frozenset[str]] = OrderedDict()
        self._files: OrderedDict[str, ImageFile] = OrderedDict()

    def names_of(self, session: Session, form_id: UUID) -> frozenset[str]:
        """The images that the paper shows."""
        found = self._names.get(form_id)
        if found is None:
            paper = session.scalar(select(cast(SealedForm.paper, Text)).where(SealedForm.id == form_id))
            found = self._names[form_id] = media_names(paper or "")
            _trim(self._names, KEPT_PAPERS)
        return found

    def file(self, session: Session, name: str) -> ImageFile:
        """The image, whose name stands in a sealed paper. Raises NotFound."""
        found = self._files.get(name)
        if found is None:
            row = session.execute(
                select(Media.media_type, Media.data).where(Media.name == name).limit(1)
            ).first()
            if row is None:
                raise NotFound
            found = self._files[name] = ImageFile(*row)
            _trim(self._files, KEPT_IMAGES)
        return found


def _trim(kept: OrderedDict[Any, Any], most: int) -> None:
    while len(kept) > most:
        kept.popitem(last=False)


def paper_media_of(app: FastAPI) -> PaperMedia:
    """The one of this process."""
    found: PaperMedia | None = getattr(app.state, "paper_media", None)
    if found is None:
        found = app.state.paper_media = PaperMedia()
    return found


@router.get("/{name}")
def show_paper_media(request: Request, candidate: MaybeCandidate, session: Reading, name: str) -> Response:
    """The image while the attempt is open; before, after and for everybody else it does not exist. Raises NotFound."""
    if candidate is None:
        raise NotFound
    form_id = session.scalar(
        select(Attempt.form_id).where(
            Attempt.candidate_id == candidate.candidate_id, Attempt.state == AttemptState.STARTED.value
        )
    )
    kept = paper_media_of(request.app)
    if form_id is None or name not in kept.names_of(session, form_id):
        raise NotFound
    return image_answer(kept.file(session, name), max_age_s=DAY_S)
