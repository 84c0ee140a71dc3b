"""Where events may be sent: the guard against a subscription that points into the machine or its cloud.

Source: OWASP Server-Side Request Forgery Prevention Cheat Sheet. Networks of offices (RFC 1918) are allowed, because
that is where the receivers stand; addresses of the machine itself, of the link and of cloud metadata are not.
"""

import asyncio
import socket
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network
from urllib.parse import urlsplit

from exam_service.errors import Refusal
from exam_service.i18n import N_
from exam_service.i18n import gettext as _
from exam_service.settings import Settings

LONGEST_URL = 500
# Addresses that clouds serve credentials from and that are not link-local, and IPv6 ranges that wrap an IPv4 address.
NEVER = tuple(
    ip_network(block)
    for block in (
        "100.100.100.200/32",
        "168.63.129.16/32",
        "192.0.0.192/32",
        "fd00:ec2::254/128",
        "64:ff9b::/96",
        "2001::/32",
        "2002::/16",
    )
)


class BadDestination(Refusal):
    """The address cannot be, or may not be, sent to; `reason` says why."""

    code = "bad_destination"
    status = 422
    message = "%(reason)s"


NOT_A_URL = N_("Địa chỉ nhận phải có dạng https://máy-chủ/đường-dẫn, không kèm tên đăng nhập.")
ONLY_HTTPS = N_("Địa chỉ nhận phải bắt đầu bằng https:// để kết quả không bị đọc trên đường truyền.")
FORBIDDEN_ADDRESS = N_("Không được gửi tới địa chỉ nội bộ của máy chủ (%(address)s).")
UNKNOWN_HOST = N_("Không tìm thấy máy chủ của địa chỉ nhận.")


@dataclass(frozen=True)
class Destinations:
    """What is allowed: `over_http` also lets plain http and the machine itself through (development, a
    closed network)."""

    over_http: bool = True

    @classmethod
    def of(cls, settings: Settings) -> "Destinations":
        return cls(over_http=not settings.is_production or settings.deliver_over_http)

    def check_url(self, url: str) -> None:
        """Raises BadDestination for an address that is malformed or of a forbidden kind; nothing is looked up."""
        try:
            parts = urlsplit(url)
            host, port = parts.hostname, parts.port
        except ValueError as error:
            raise BadDestination(field="url", reason=_(NOT_A_URL)) from error
        is_whole = parts.scheme in ("http", "https") and bool(host) and port != 0 and not parts.fragment
        if not is_whole or "@" in parts.netloc or len(url) > LONGEST_URL or not url.isascii() or " " in url:
            raise BadDestination(field="url", reason=_(NOT_A_URL))
        if parts.scheme == "http" and not self.over_http:
            raise BadDestination(field="url", reason=_(ONLY_HTTPS))
        assert host is not None
        try:
            self.check_address(ip_address(host))
        except ValueError:
            return  # a name: what it stands for is checked when something is sent

    def check_address(self, address: IPv4Address | IPv6Address) -> None:
        """Raises BadDestination for an address that nothing may be sent to."""
        plain = address.ipv4_mapped if isinstance(address, IPv6Address) and address.ipv4_mapped else address
        if plain.is_loopback:
            is_forbidden = not self.over_http
        else:
            is_forbidden = (
                plain.is_link_local
                or plain.is_multicast
                or plain.is_unspecified
                or plain.is_reserved
                or any(plain in block for block in NEVER)
            )
        if is_forbidden:
            raise BadDestination(field="url", reason=_(FORBIDDEN_ADDRESS, address=plain))

    async def resolve(self, url: str) -> str:
        """The address to connect to, so that what was checked is what is called (no second look-up in between).

        Every address of the name must be allowed. Raises BadDestination.
        """
        self.check_url(url)
        parts = urlsplit(url)
        port = parts.port or (443 if parts.scheme == "https" else 80)
        try:
            found = await asyncio.get_running_loop().getaddrinfo(
                parts.hostname, port, type=socket.SOCK_STREAM
            )
        except (OSError, UnicodeError) as error:
            raise BadDestination(field="url", reason=_(UNKNOWN_HOST)) from error
        addresses = [str(entry[4][0]) for entry in found]
        for address in addresses:
            self.check_address(ip_address(address.partition("%")[0]))
        return addresses[0]
