"""Who acts: a person of the staff, a candidate, a system of HR, or the service itself."""

from dataclasses import dataclass, field
from enum import StrEnum
from uuid import UUID


class ActorKind(StrEnum):
    ACCOUNT = "account"
    CANDIDATE = "candidate"
    CLIENT = "client"
    SYSTEM = "system"


class Role(StrEnum):
    """What a member of the staff is trusted with; a person may hold several."""

    ADMIN = "admin"
    AUTHOR = "author"
    REVIEWER = "reviewer"
    OFFICER = "officer"
    INVIGILATOR = "invigilator"
    MARKER = "marker"
    AUDITOR = "auditor"
    HR = "hr"


class Permission(StrEnum):
    PEOPLE_VIEW = "people.view"
    PEOPLE_MANAGE = "people.manage"
    ACCOUNTS_MANAGE = "accounts.manage"
    BANK_VIEW = "bank.view"
    BANK_AUTHOR = "bank.author"
    BANK_REVIEW = "bank.review"
    REGISTER_KEEP = "register.keep"
    CUTS_RATE = "cuts.rate"
    PERIODS_VIEW = "periods.view"
    PERIODS_MANAGE = "periods.manage"
    INVIGILATE = "invigilation.act"
    MARKING_VIEW = "marking.view"
    MARKING_RUN = "marking.run"
    RESULTS_VIEW = "results.view"
    RESULTS_RELEASE = "results.release"
    FEED_VIEW = "feed.view"
    FEED_MANAGE = "feed.manage"
    AUDIT_VIEW = "audit.view"


P = Permission
# Separation of duties: nobody who runs the periods may write or approve questions, and the administrator of
# accounts sees neither questions nor answers.
PERMISSIONS: dict[Role, frozenset[Permission]] = {
    Role.ADMIN: frozenset(
        {P.PEOPLE_VIEW, P.PEOPLE_MANAGE, P.ACCOUNTS_MANAGE, P.FEED_VIEW, P.FEED_MANAGE, P.AUDIT_VIEW}
    ),
    Role.AUTHOR: frozenset({P.BANK_VIEW, P.BANK_AUTHOR, P.CUTS_RATE}),
    # A change of law reaches into every bank: the services ask for a reviewer who is not limited to some positions.
    Role.REVIEWER: frozenset({P.BANK_VIEW, P.BANK_REVIEW, P.REGISTER_KEEP, P.CUTS_RATE}),
    Role.OFFICER: frozenset(
        {
            P.PEOPLE_VIEW,
            P.PEOPLE_MANAGE,
            P.PERIODS_VIEW,
            P.PERIODS_MANAGE,
            P.INVIGILATE,
            P.MARKING_VIEW,
            P.MARKING_RUN,
            P.RESULTS_VIEW,
            P.RESULTS_RELEASE,
            P.FEED_VIEW,
            P.FEED_MANAGE,
        }
    ),
    Role.INVIGILATOR: frozenset({P.INVIGILATE}),
    Role.MARKER: frozenset({P.MARKING_VIEW}),
    Role.AUDITOR: frozenset({P.PERIODS_VIEW, P.RESULTS_VIEW, P.FEED_VIEW, P.AUDIT_VIEW, P.PEOPLE_VIEW}),
    Role.HR: frozenset({P.PEOPLE_VIEW, P.RESULTS_VIEW}),
}


class Scope(StrEnum):
    """What a client of the API may ask for (OAuth 2.0 scopes)."""

    RESULTS_READ = "results:read"
    PEOPLE_WRITE = "people:write"


@dataclass(frozen=True)
class Actor:
    """The one on whose behalf a service function runs.

    `bank_position_ids` limits an author or reviewer to the banks of these positions (None: every bank).
    `attempt_id` and `candidate_id` are set for candidates only.
    """

    kind: ActorKind
    id: UUID | None
    display_name: str
    permissions: frozenset[Permission] = frozenset()
    scopes: frozenset[Scope] = frozenset()
    roles: frozenset[Role] = frozenset()
    bank_position_ids: frozenset[UUID] | None = None
    session_id: UUID | None = field(default=None, compare=False)

    def can(self, permission: Permission | str) -> bool:
        return permission in self.permissions


SYSTEM = Actor(kind=ActorKind.SYSTEM, id=None, display_name="Hệ thống", permissions=frozenset(Permission))


def permissions_of(roles: frozenset[Role]) -> frozenset[Permission]:
    """The union of what the roles allow."""
    return frozenset().union(*(PERMISSIONS[role] for role in roles)) if roles else frozenset()
