import pytest

from exam_service.entry.networks import NotANetwork, is_inside, read_networks


def test_networks_are_read_as_people_type_them() -> None:
    text = "10.1.2.7/24, 192.168.1.5\n 2001:db8::/32;10.1.2.0/24"
    assert read_networks(text) == ["10.1.2.0/24", "192.168.1.5/32", "2001:db8::/32"]
    assert read_networks(" \n ") == []


@pytest.mark.parametrize("text", ["10.1.2.0/33", "phòng 1", "10.1.2", "10.1.2.0/24/8"])
def test_a_line_that_is_no_network_is_named(text: str) -> None:
    with pytest.raises(NotANetwork) as caught:
        read_networks(f"10.0.0.0/8 {text}")
    assert caught.value.line in text


@pytest.mark.parametrize(
    ("address", "is_in"),
    [
        ("10.1.2.200", True),
        ("::ffff:10.1.2.200", True),
        ("10.1.3.1", False),
        ("2001:db8::1", False),
        ("", False),
        ("testclient", False),
        ("10.1.2.200, 10.9.9.9", False),
    ],
)
def test_only_an_address_of_the_network_is_inside(address: str, is_in: bool) -> None:
    assert is_inside(address, ["10.1.2.0/24"]) is is_in
