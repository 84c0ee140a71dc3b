"""Every page of periods: both languages, strangers, forms that are shown again."""

import re

import pytest
from sqlalchemy.orm import Session

from exam_service.actor import Role
from tests.fixtures.periods import make_world

VIETNAMESE = re.compile(
    "[àáạảãăằắặẳẵâầấậẩẫđèéẹẻẽêềếệểễìíịỉĩòóọỏõôồốộổỗơờớợởỡùúụủũưừứựửữỳýỵỷỹ]", re.IGNORECASE
)

PAGES = (
    "/periods",
    "/periods?q=khong-co",
    "/periods/new",
    "/periods/blueprints",
    "/periods/blueprints/new",
    "/periods/blueprints/{blueprint}",
    "/periods/{period}",
    "/periods/{period}/edit",
    "/periods/{period}/exams/new",
    "/periods/{period}/exams/{exam}",
    "/periods/{period}/sittings",
    "/periods/{period}/sittings/new",
    "/periods/{period}/sittings/{sitting}",
    "/periods/{period}/candidates",
    "/periods/{period}/candidates?q=zzz&status=exempt",
    "/periods/{period}/candidates/entry",
    "/periods/{period}/candidates/print",
    "/periods/{period}/candidates/{candidate}",
    "/periods/{period}/evidence",
    "/periods/{period}/log",
)


@pytest.mark.parametrize("language", ["vi", "en"])
@pytest.mark.parametrize("path", PAGES)
def test_page(session: Session, signed_in, path: str, language: str) -> None:
    world = make_world(session)
    client = signed_in(roles={Role.OFFICER})
    from sqlalchemy import select

    from exam_service.periods.models import Candidate

    candidate = session.scalars(select(Candidate.id)).first()
    client.cookies.set("lang", language)
    r = client.get(
        path.format(
            period=world.period.id,
            exam=world.exam.id,
            sitting=world.sitting.id,
            blueprint=world.blueprint.id,
            candidate=candidate,
        )
    )
    assert r.status_code == 200, r.text
