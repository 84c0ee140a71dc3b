"""Networks of rooms: reading what officers type, and whether an address is inside. Pure."""

from collections.abc import Sequence
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network

MOST_NETWORKS = 50


class NotANetwork(ValueError):
    """A line that is neither an address nor a network."""

    def __init__(self, line: str) -> None:
        super().__init__(line)
        self.line = line


def read_networks(text: str) -> list[str]:
    """The networks of a text, one per line or separated by commas or blanks, each once, as CIDR. Raises NotANetwork."""
    found: dict[str, None] = {}
    for line in text.replace(",", " ").replace(";", " ").split():
        try:
            found[str(ip_network(line, strict=False))] = None
        except ValueError as error:
            raise NotANetwork(line) from error
    return list(found)


def is_inside(address: str, networks: Sequence[str]) -> bool:
    """Whether the address belongs to one of the networks; an address that is none belongs to no network."""
    try:
        plain = _plain(ip_address(address))
    except ValueError:
        return False
    return any(plain in ip_network(network) for network in networks)


def _plain(address: IPv4Address | IPv6Address) -> IPv4Address | IPv6Address:
    """An IPv4 address that came in the clothes of IPv6 (::ffff:10.0.0.1) is an IPv4 address."""
    mapped = address.ipv4_mapped if isinstance(address, IPv6Address) else None
    return mapped or address
