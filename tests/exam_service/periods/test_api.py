"""Periods as JSON."""

from sqlalchemy.orm import Session

from exam_service.actor import Role
from tests.fixtures.auth import SignIn
from tests.fixtures.periods import make_world


def test_the_list_counts_and_the_detail_names_what_is_missing(session: Session, signed_in: SignIn) -> None:
    world = make_world(session, people=3, items_per_cell=2)
    client = signed_in(roles={Role.OFFICER})
    listed = client.get("/api/periods").json()
    assert (listed["total"], listed["items"][0]["candidates"], listed["items"][0]["sittings"]) == (1, 3, 1)
    detail = client.get(f"/api/periods/{world.period.id}").json()
    assert [gap["code"] for gap in detail["missing_for_sealing"]] == ["cell_short", "cell_short"]
    (exam,) = detail["exam_list"]
    assert (exam["entered"], exam["unseated"], len(exam["sittings"])) == (3, 0, 1)
    assert [float(band["from_percent"]) for band in exam["bands"]] == [90, 70, 50, 0]


def test_refusals_are_problem_documents(session: Session, signed_in: SignIn) -> None:
    client = signed_in(roles={Role.OFFICER})
    missing = client.get("/api/periods/00000000-0000-0000-0000-000000000000")
    assert (missing.status_code, missing.headers["content-type"]) == (404, "application/problem+json")
    assert client.get("/api/periods", params={"page": 0}).status_code == 422
    assert client.get("/api/periods", params={"state": "nonsense"}).status_code == 422
    client.cookies.clear()
    assert client.get("/api/periods").status_code == 401


def test_the_api_is_documented(signed_in: SignIn) -> None:
    document = signed_in(roles={Role.OFFICER}).get("/openapi.json").json()
    assert set(document["paths"]["/api/periods/{period_id}"]["get"]["responses"]) >= {
        "200",
        "401",
        "403",
        "404",
    }
    assert not [path for path in document["paths"] if path.startswith("/periods")], "pages are not API"
