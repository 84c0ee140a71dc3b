"""Which areas a person sees beside a page, and which of them is the one the page belongs to."""

from collections.abc import Iterable

import pytest

from exam_service.actor import PERMISSIONS, Actor, ActorKind, Role
from exam_service.templates import navigation


def marked(role: Role, path: str) -> Iterable[str]:
    person = Actor(
        kind=ActorKind.ACCOUNT, id=None, display_name="Trần Thị Mai", permissions=PERMISSIONS[role]
    )
    return [area["href"] for area in navigation(person, path) if area["active"]]


@pytest.mark.parametrize(
    ("role", "path", "area"),
    [
        (Role.INVIGILATOR, "/rooms/1/seats", "/rooms"),
        (Role.INVIGILATOR, "/documents/rooms/1", "/rooms"),
        (Role.OFFICER, "/documents/rooms/1", "/periods"),
        (Role.OFFICER, "/periods", "/periods"),
    ],
)
def test_a_page_belongs_to_one_area(role: Role, path: str, area: str) -> None:
    assert marked(role, path) == [area]


def test_a_page_whose_name_only_begins_alike_belongs_to_none() -> None:
    assert marked(Role.OFFICER, "/roomsful") == []


def test_nobody_sees_an_area_that_is_closed_to_them() -> None:
    assert marked(Role.HR, "/documents/rooms/1") == marked(Role.HR, "/rooms") == []
    assert navigation(None, "/rooms") == []
