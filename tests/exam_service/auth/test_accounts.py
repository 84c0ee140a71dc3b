import re

import pytest
from sqlalchemy import insert, select
from sqlalchemy.orm import Session
from uuid_utils.compat import uuid7

from exam_service import clock
from exam_service.actor import SYSTEM, Role
from exam_service.audit import AuditRow
from exam_service.auth import accounts, throttle
from exam_service.auth.access import account_actor
from exam_service.auth.models import Account, LoginSession, SignInFailure
from exam_service.auth.passwords import verify_password
from exam_service.people.models import Position
from tests.fixtures.auth import SignIn, make_account


def shown_password(page: str) -> str:
    found = re.search(r"<dd>([a-z2-9]{4}-[a-z2-9]{4}-[a-z2-9]{4})</dd>", page)
    assert found is not None
    return found.group(1)


def position(session: Session, code: str = "TP-HT") -> Position:
    row = Position(code=code, title="Tư pháp – hộ tịch", regime="job_position", group="professional")
    session.add(row)
    session.flush()
    return row


def test_an_administrator_makes_an_account_and_hands_over_a_password_shown_once(
    signed_in: SignIn, session: Session
) -> None:
    admin = signed_in(roles={Role.ADMIN})
    data = {"username": "Binh.Tran", "display_name": " Trần  Bình ", "roles": ["author", "reviewer"]}
    page = admin.post("/admin/accounts/new", data=data)
    made = session.scalars(select(Account).where(Account.username == "binh.tran")).one()
    assert made.display_name == "Trần Bình"
    assert made.must_change_password
    assert verify_password(shown_password(page.text), made.password_hash)[0]
    assert shown_password(page.text) not in admin.get(f"/admin/accounts/{made.id}").text
    row = session.scalars(select(AuditRow).where(AuditRow.action == "account.create")).one()
    assert row.detail["roles"] == ["author", "reviewer"]
    assert shown_password(page.text) not in str(row.detail)


@pytest.mark.parametrize("username", ["", "ab", "có dấu", "a b", ".abc", "x" * 65])
def test_a_bad_username_is_refused_with_the_form_kept(signed_in: SignIn, username: str) -> None:
    data = {"username": username, "display_name": "Trần Bình", "roles": ["hr"]}
    answer = signed_in(roles={Role.ADMIN}).post("/admin/accounts/new", data=data)
    assert answer.status_code == 422
    assert 'id="username-error"' in answer.text
    assert 'value="Trần Bình"' in answer.text


def test_two_accounts_never_share_a_username(signed_in: SignIn, session: Session) -> None:
    make_account(session, username="binh.tran")
    data = {"username": "BINH.TRAN", "display_name": "Trần Bình"}
    answer = signed_in(roles={Role.ADMIN}).post("/admin/accounts/new", data=data)
    assert answer.status_code == 409
    assert "Đã có tài khoản" in answer.text


@pytest.mark.parametrize("pair", accounts.INCOMPATIBLE, ids=lambda pair: "+".join(sorted(pair)))
def test_duties_that_must_be_separate_are_never_given_to_one_person(
    session: Session, pair: frozenset[Role]
) -> None:
    with pytest.raises(accounts.IncompatibleRoles):
        accounts.create_account(session, SYSTEM, username="abc", display_name="A B", roles=pair)


def test_author_and_reviewer_are_limited_to_the_banks_of_the_chosen_positions(session: Session) -> None:
    limit = position(session)
    made = accounts.create_account(
        session,
        SYSTEM,
        username="abc",
        display_name="A B",
        roles=[Role.AUTHOR, Role.REVIEWER, Role.HR],
        bank_position_ids=[limit.id],
    )
    actor = account_actor(made.account, LoginSession(id=uuid7()))
    assert actor.bank_position_ids == {limit.id}
    accounts.update_account(
        session,
        SYSTEM,
        account_id=made.account.id,
        display_name="A B",
        roles=[Role.AUTHOR],
        bank_position_ids=[],
    )
    assert account_actor(made.account, LoginSession(id=uuid7())).bank_position_ids is None


def test_a_limit_to_a_position_that_does_not_exist_is_refused(session: Session) -> None:
    with pytest.raises(accounts.UnknownPosition):
        accounts.create_account(
            session,
            SYSTEM,
            username="abc",
            display_name="A B",
            roles=[Role.AUTHOR],
            bank_position_ids=[uuid7()],
        )


def test_roles_are_changed_by_the_form_and_the_change_is_in_the_trail(
    signed_in: SignIn, session: Session
) -> None:
    other = make_account(session, roles={Role.HR})
    admin = signed_in(roles={Role.ADMIN})
    data = {"display_name": other.display_name, "roles": ["auditor", "hr"]}
    answer = admin.post(f"/admin/accounts/{other.id}", data=data)
    assert answer.status_code == 303
    session.refresh(other, ["grants"])
    assert other.roles == {Role.AUDITOR, Role.HR}
    row = session.scalars(select(AuditRow).where(AuditRow.action == "account.update")).one()
    assert row.detail == {"before": [["hr", ""]], "after": [["auditor", ""], ["hr", ""]]}
    assert "Đã lưu tài khoản" in admin.get(f"/admin/accounts/{other.id}").text


def test_nobody_changes_the_roles_or_the_state_of_the_own_account(signed_in: SignIn) -> None:
    admin = signed_in(roles={Role.ADMIN})
    own = f"/admin/accounts/{admin.account.id}"
    data = {"display_name": "Tên Mới", "roles": ["admin", "hr"]}
    assert admin.post(own, data=data).status_code == 409
    assert admin.post(f"{own}/state", data={"is_active": "false"}).status_code == 409
    assert admin.post(f"{own}/password").status_code == 409
    assert admin.post(own, data={**data, "roles": ["admin"]}).status_code == 303


def test_the_last_administrator_stays(session: Session) -> None:
    only = make_account(session, roles={Role.ADMIN})
    with pytest.raises(accounts.LastAdministrator):
        accounts.set_active(session, SYSTEM, account_id=only.id, is_active=False)
    session.rollback()


def test_a_deactivated_account_is_signed_out_and_can_be_opened_again(
    signed_in: SignIn, session: Session
) -> None:
    admin, other = signed_in(roles={Role.ADMIN}), signed_in(roles={Role.HR})
    state = f"/admin/accounts/{other.account.id}/state"
    assert admin.post(state, data={"is_active": "false"}).status_code == 303
    assert other.get("/account/password").status_code == 303
    assert admin.post(state, data={"is_active": "true"}).status_code == 303
    # The old cookie stays dead: only a new sign-in helps.
    assert other.get("/account/password").status_code == 303


def test_a_new_password_unlocks_the_name_and_ends_every_session(signed_in: SignIn, session: Session) -> None:
    admin, other = signed_in(roles={Role.ADMIN}), signed_in(roles={Role.HR})
    session.execute(
        insert(SignInFailure).values(
            [
                {
                    "id": uuid7(),
                    "name": f"account:{other.account.username}",
                    "address": "x",
                    "at": clock.now(),
                }
                for _ in range(throttle.NAME_LIMIT)
            ]
        )
    )
    session.commit()
    page = admin.post(f"/admin/accounts/{other.account.id}/password")
    session.refresh(other.account)
    assert other.account.must_change_password
    assert verify_password(shown_password(page.text), other.account.password_hash)[0]
    assert other.get("/account/password").status_code == 303
    assert session.scalars(select(SignInFailure)).all() == []


@pytest.mark.parametrize("verb", ["", "/state", "/password"])
def test_an_account_that_does_not_exist_is_not_found(signed_in: SignIn, verb: str) -> None:
    admin = signed_in(roles={Role.ADMIN})
    data = {"display_name": "A", "is_active": "true"}
    assert admin.post(f"/admin/accounts/{uuid7()}{verb}", data=data).status_code == 404


def test_the_list_is_filtered_by_name_role_and_state(signed_in: SignIn, session: Session) -> None:
    make_account(session, username="lan.le", display_name="Lê Lan", roles={Role.MARKER})
    make_account(session, username="hoa.le", display_name="Lê Hoa", roles={Role.HR}, is_active=False)
    admin = signed_in(roles={Role.ADMIN})

    def found(**query: str) -> list[str]:
        return re.findall(r">(lan\.le|hoa\.le)</a>", admin.get("/admin/accounts", params=query).text)

    assert found(q="lê") == ["hoa.le", "lan.le"]
    assert found(q="lê", role="marker") == ["lan.le"]
    assert found(q="lê", state="inactive") == ["hoa.le"]
    assert found(q="100%") == []
