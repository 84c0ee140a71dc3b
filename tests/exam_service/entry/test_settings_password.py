"""The encrypted configuration of Safe Exam Browser, against published vectors and a decryption of its own."""

import gzip
import hashlib
import hmac
import plistlib

import pytest
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from fastapi.testclient import TestClient
from sqlalchemy.orm import Session

from exam_service.actor import Role
from exam_service.entry.models import EntryRule
from exam_service.entry.safe_exam_browser import as_seb_file, config_key, configuration, exam_salt
from exam_service.entry.settings_password import SettingsKey, as_encrypted_seb_file, encrypt
from exam_service.settings import Settings
from tests.fixtures.attempts import Room, make_room, sign_in
from tests.fixtures.auth import SignIn

PASSWORD = "Mật khẩu phòng máy 7"


class WrongPassword(Exception):
    """The authentication code does not fit the password, or the data was changed."""


def decrypted(container: bytes, password: str) -> bytes:
    """The second writing, from the table of the format: version, options, two salts, vector, text, code."""
    message, code = container[:-32], container[-32:]
    assert message[:2] == b"\x03\x01"
    enc_salt, mac_salt, vector, text = message[2:10], message[10:18], message[18:34], message[34:]
    keys = [
        hashlib.pbkdf2_hmac("sha1", password.encode("utf-8"), salt, 10_000, 32)
        for salt in (enc_salt, mac_salt)
    ]
    if not hmac.compare_digest(hmac.new(keys[1], message, "sha256").digest(), code):
        raise WrongPassword
    decryptor = Cipher(algorithms.AES256(keys[0]), modes.CBC(vector)).decryptor()
    padded = decryptor.update(text) + decryptor.finalize()
    assert padded.endswith(bytes([padded[-1]]) * padded[-1])
    return padded[: -padded[-1]]


# Source: RNCryptor-Spec, vectors v3/password, "All fields empty or zero" and "One byte".
@pytest.mark.parametrize(
    ("password", "salts", "vector", "text", "expected"),
    [
        (
            "a",
            ("0000000000000000", "0000000000000000"),
            "00000000000000000000000000000000",
            "",
            (
                "03 01 0000000000000000 0000000000000000 00000000000000000000000000000000 "
                "b3039be31cd7ece5e754f5c8da17003666313ae8a89ddcf8e3cb41fdc130b2329dbe07d6f4d32c34e050c8bd7e933b12"
            ),
        ),
        (
            "thepassword",
            ("0001020304050607", "0102030405060708"),
            "02030405060708090a0b0c0d0e0f0001",
            "01",
            (
                "03 01 0001020304050607 0102030405060708 02030405060708090a0b0c0d0e0f0001 "
                "a1f8730e0bf480eb7b70f690abf21e029514164ad3c474a51b30c7eaa1ca545b7de3de5b010acbad0a9a13857df696a8"
            ),
        ),
    ],
)
def test_the_container_is_that_of_the_published_vectors(
    password: str, salts: tuple[str, str], vector: str, text: str, expected: str
) -> None:
    key = SettingsKey.with_salts(password, *(bytes.fromhex(salt) for salt in salts))
    assert encrypt(bytes.fromhex(text), key, iv=bytes.fromhex(vector)) == bytes.fromhex(expected)
    assert decrypted(bytes.fromhex(expected), password) == bytes.fromhex(text)


def test_the_encrypted_file_opens_with_the_password_only_and_holds_the_same_settings_under_the_same_key() -> (
    None
):
    settings = configuration(
        public_url="https://sathach.example.gov.vn", quit_password_hash="", salt=exam_salt("s", 1)
    )
    key = SettingsKey.from_hex(SettingsKey.of(PASSWORD).hex())
    file = as_encrypted_seb_file(settings, key)
    assert file != as_encrypted_seb_file(settings, key), "the vector is drawn anew"
    outer = gzip.decompress(file)
    assert outer[:4] == b"pswd"
    inner = gzip.decompress(decrypted(outer[4:], PASSWORD))
    read_back = plistlib.loads(inner)
    assert read_back == settings
    assert config_key(read_back) == config_key(settings)
    assert b"startURL" not in outer
    with pytest.raises(WrongPassword):
        decrypted(outer[4:], PASSWORD + " ")
    changed = bytearray(outer[4:])
    changed[40] ^= 1
    with pytest.raises(WrongPassword):
        decrypted(bytes(changed), PASSWORD)


def test_an_officer_sets_the_password_and_whoever_may_not_change_the_period_gets_the_encrypted_file_only(
    signed_in: SignIn, session: Session, settings: Settings, browser: TestClient
) -> None:
    room: Room = make_room(session, settings)
    officer, auditor = signed_in(roles={Role.OFFICER}), signed_in(roles={Role.AUDITOR})
    page = f"/periods/{room.period_id}/access"
    form_at, file_at = f"{page}/exams/{room.exam_id}", f"{page}/exams/{room.exam_id}/sat-hach.seb"
    form = {"needs_browser": "1", "settings_password": PASSWORD}
    for name in ("quit_password", "settings_password"):
        assert officer.post(form_at, data={name: "x" * 150}).status_code == 422
    assert officer.post(form_at, data=form).status_code == 303
    rule = session.get_one(EntryRule, room.exam_id)
    stored, key_shown = rule.settings_key, "Config Key"
    assert PASSWORD not in stored
    assert key_shown in officer.get(page).text
    assert stored not in officer.get(page).text
    file = gzip.decompress(auditor.get(file_at).content)
    plain = plistlib.loads(officer.get(file_at.replace(".seb", ".plist")).content)
    assert plistlib.loads(gzip.decompress(decrypted(file[4:], PASSWORD))) == plain
    assert config_key(plain) in officer.get(page).text
    assert sign_in(browser, room.seats[0]).status_code == 303
    offered = gzip.decompress(browser.get("/exam/access/sat-hach.seb").content)
    assert decrypted(offered[4:], PASSWORD) == decrypted(file[4:], PASSWORD), "candidates get the same file"
    assert auditor.get(file_at.replace(".seb", ".plist")).status_code == 403
    assert auditor.post(form_at, data=form).status_code == 403
    assert officer.post(form_at, data={"needs_browser": "1"}).status_code == 303
    session.expire_all()
    assert session.get_one(EntryRule, room.exam_id).settings_key == stored, "an empty field keeps it"
    officer.post(form_at, data={"needs_browser": "1", "drops_settings_password": "1"})
    assert gzip.decompress(officer.get(file_at).content) == gzip.decompress(as_seb_file(plain))
