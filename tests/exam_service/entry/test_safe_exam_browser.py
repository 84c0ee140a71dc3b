"""The configuration of Safe Exam Browser and its Config Key, against a construction of its own.

The published vector of SEB macOS 2.1.4 (key 4fa9af8e…f9292) was reproduced with this code as well; its file is not ours
to ship, so the rules it shows are written out here by hand.
"""

import gzip
import hashlib
import plistlib
from datetime import UTC, datetime

import pytest

from exam_service.entry.safe_exam_browser import (
    as_seb_file,
    as_xml,
    config_key,
    configuration,
    exam_salt,
    hash_quit_password,
    key_for_address,
    seb_json,
    shows_key,
)

URL = "https://sathach.example.gov.vn/exam/access"


def make_configuration(**values: object) -> dict[str, object]:
    made = configuration(
        public_url="https://sathach.example.gov.vn/", quit_password_hash="", salt=exam_salt("s", 1)
    )
    return {**made, **values}


def test_the_text_of_the_key_is_sorted_without_case_and_escapes_nothing() -> None:
    settings = {
        "URLFilterEnable": True,
        "originatorVersion": "dropped",
        "allowWlan": False,
        "allowedDisplays": 1,
        "allowVirtualMachine": False,
        "browserMessagingSocket": 'ws:\\localhost:8706 "q" /',
        "empty": {},
        "salt": b"\x00\xff",
        "list": [],
        "nested": {"b": 2, "A": [{"z": "ệ", "Y": {}}]},
        "when": datetime(2026, 11, 23, 7, 30, tzinfo=UTC),
    }
    assert seb_json(settings) == (
        '{"allowedDisplays":1,"allowVirtualMachine":false,"allowWlan":false,'
        '"browserMessagingSocket":"ws:\\localhost:8706 "q" /","list":[],"nested":{"A":[{"z":"ệ"}],"b":2},'
        '"salt":"AP8=","URLFilterEnable":true,"when":"2026-11-23T07:30:00Z"}'
    )


def test_the_key_is_the_hash_of_that_text_whatever_the_order_of_the_file() -> None:
    settings = make_configuration()
    read_back = plistlib.loads(as_xml(dict(reversed(settings.items()))))
    assert config_key(read_back) == hashlib.sha256(seb_json(settings).encode()).hexdigest()
    assert config_key({**settings, "originatorVersion": "other"}) == config_key(settings)
    assert config_key(make_configuration(allowQuit=False)) != config_key(settings)
    assert config_key(make_configuration(examKeySalt=exam_salt("s", 2))) != config_key(settings)


def test_the_seb_file_is_what_the_browser_opens() -> None:
    settings = make_configuration()
    outer = gzip.decompress(as_seb_file(settings))
    assert outer[:4] == b"plnd"
    assert plistlib.loads(gzip.decompress(outer[4:])) == settings


def test_the_configuration_keeps_answers_and_lets_nothing_else_in() -> None:
    settings = make_configuration()
    assert settings["startURL"] == "https://sathach.example.gov.vn/exam"
    assert settings["quitURL"] == "https://sathach.example.gov.vn/exam/quit"
    assert (settings["removeBrowserProfile"], settings["removeLocalStorage"]) == (False, False)
    rules = settings["URLFilterRules"]
    assert isinstance(rules, list)
    assert [rule["expression"] for rule in rules] == [
        "sathach.example.gov.vn/exam*",
        "sathach.example.gov.vn/api/attempts*",
        "sathach.example.gov.vn/static/*",
    ]
    assert (settings["URLFilterEnable"], settings["sendBrowserExamKey"]) == (True, True)
    assert hash_quit_password("mở") == hashlib.sha256("mở".encode()).hexdigest()
    assert hash_quit_password("") == ""


def test_the_key_for_an_address_is_the_hash_of_address_and_key_without_the_fragment() -> None:
    key = config_key(make_configuration())
    right = hashlib.sha256(f"{URL}{key}".encode()).hexdigest()
    assert key_for_address(f"{URL}#top", key) == right
    assert shows_key(right.upper(), url=URL, key=key)
    for shown in ("", right[:-1], key, "ệ" * 64, hashlib.sha256(f"{key}{URL}".encode()).hexdigest()):
        assert not shows_key(shown, url=URL, key=key)
    assert not shows_key(right, url=f"{URL}?a=1", key=key)


@pytest.mark.parametrize("value", [None, object(), {1, 2}])
def test_what_no_property_list_holds_has_no_key(value: object) -> None:
    with pytest.raises(TypeError):
        seb_json({"a": value})
