"""Tables of signing in."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from exam_service.actor import ActorKind, Role
from exam_service.db import Base, Keyed, one_of


class Account(Keyed, Base):
    """A member of the staff who signs in with a password. Never deleted: `is_active` ends it."""

    __tablename__ = "account"

    username: Mapped[str] = mapped_column(unique=True)  # lower case
    display_name: Mapped[str]
    person_id: Mapped[UUID | None] = mapped_column(unique=True)
    password_hash: Mapped[str]
    must_change_password: Mapped[bool] = mapped_column(default=True)
    is_active: Mapped[bool] = mapped_column(default=True)
    last_signed_in_at: Mapped[datetime | None]
    created_at: Mapped[datetime]

    grants: Mapped[list["RoleGrant"]] = relationship(back_populates="account", cascade="all, delete-orphan")

    @property
    def roles(self) -> frozenset[Role]:
        return frozenset(Role(grant.role) for grant in self.grants)


class RoleGrant(Keyed, Base):
    """A role of an account; `position_id` limits author and reviewer to the bank of that position."""

    __tablename__ = "role_grant"
    __table_args__ = (
        UniqueConstraint("account_id", "role", "position_id", postgresql_nulls_not_distinct=True),
        CheckConstraint(one_of(Role, "role"), name="role"),
    )

    account_id: Mapped[UUID] = mapped_column(ForeignKey("account.id", ondelete="CASCADE"))
    role: Mapped[str]
    position_id: Mapped[UUID | None]

    account: Mapped[Account] = relationship(back_populates="grants")


class LoginSession(Keyed, Base):
    """A signed-in browser. Only the SHA-256 of its cookie is stored; ended by `ended_at` or `expires_at`."""

    __tablename__ = "login_session"
    __table_args__ = (CheckConstraint(one_of(ActorKind, "subject_kind"), name="subject_kind"),)

    token_hash: Mapped[str] = mapped_column(unique=True)
    subject_kind: Mapped[str]
    subject_id: Mapped[UUID] = mapped_column(index=True)
    csrf_token: Mapped[str]
    created_at: Mapped[datetime]
    last_seen_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]
    address: Mapped[str]
    user_agent: Mapped[str]


class SignInFailure(Keyed, Base):
    """A refused sign-in, counted for throttling by name and by address; swept after a day."""

    __tablename__ = "sign_in_failure"

    __table_args__ = (
        Index("ix_sign_in_failure_name", "name", "at"),
        Index("ix_sign_in_failure_address", "address", "at"),
    )

    name: Mapped[str]  # with its kind: `account:anh.nguyen`
    address: Mapped[str]
    at: Mapped[datetime] = mapped_column(index=True)


class ApiClient(Keyed, Base):
    """A system (HR, reports) that calls the API with OAuth 2.0 client credentials."""

    __tablename__ = "api_client"

    client_id: Mapped[str] = mapped_column(unique=True)
    name: Mapped[str]
    secret_hash: Mapped[str]
    scopes: Mapped[list[str]]
    is_active: Mapped[bool] = mapped_column(default=True)
    created_at: Mapped[datetime]
    last_used_at: Mapped[datetime | None]


class ApiToken(Keyed, Base):
    """An access token issued to a client; only its SHA-256 is stored."""

    __tablename__ = "api_token"

    token_hash: Mapped[str] = mapped_column(unique=True)
    client_id: Mapped[UUID] = mapped_column(ForeignKey("api_client.id", ondelete="CASCADE"), index=True)
    scopes: Mapped[list[str]]
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime] = mapped_column(index=True)
