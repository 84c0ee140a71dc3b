"""HTTP/1.1 as a browser keeps it up: one connection that is opened when it is needed and kept until it breaks.

By hand, because a client library would cost more than the service that is measured, on the same processors.
"""

import asyncio
import gzip
import json
from dataclasses import dataclass
from typing import Any, cast

WITHOUT_BODY = (204, 304)


class Broken(Exception):
    """No answer came: refused, reset, or none in time. What was sent may have arrived."""


@dataclass(frozen=True)
class Answer:
    """What the service said; `body` is as it came."""

    status: int
    head: bytes
    body: bytes

    def json(self) -> Any:
        is_packed = b"gzip" in self.header(b"content-encoding")
        return json.loads(gzip.decompress(self.body) if is_packed else self.body)

    def header(self, name: bytes) -> bytes:
        """The value of the first header of this lower-case name, or nothing."""
        for line in self.head.split(b"\r\n")[1:]:
            key, _colon, value = line.partition(b":")
            if key.lower() == name:
                return value.strip()
        return b""

    def cookies(self) -> dict[str, str]:
        found = {}
        for line in self.head.split(b"\r\n")[1:]:
            key, _colon, value = line.partition(b":")
            if key.lower() == b"set-cookie":
                name, _equals, text = value.strip().split(b";")[0].partition(b"=")
                found[name.decode()] = text.decode()
        return found


@dataclass
class Traffic:
    """Bytes on the wire (HTTP, without TLS) of all lines that share it."""

    sent: int = 0
    received: int = 0


class Line(asyncio.Protocol):
    """One connection of one browser: a request, then its answer."""

    def __init__(self, port: int, traffic: Traffic) -> None:
        self.port = port
        self.traffic = traffic
        self.transport: asyncio.Transport | None = None
        self.buffer = bytearray()
        self.waiting: asyncio.Future[Answer] | None = None

    async def ask(
        self, method: str, path: str, *, headers: str = "", body: bytes = b"", within_s: float = 10.0
    ) -> Answer:
        """The answer. Raises Broken."""
        loop = asyncio.get_running_loop()
        request = (
            f"{method} {path} HTTP/1.1\r\nHost: localhost\r\nAccept-Encoding: gzip\r\n{headers}"
            f"Content-Length: {len(body)}\r\n\r\n"
        ).encode() + body
        try:
            async with asyncio.timeout(within_s):
                if self.transport is None or self.transport.is_closing():
                    await loop.create_connection(lambda: self, "127.0.0.1", self.port)
                assert self.transport is not None
                self.waiting = loop.create_future()
                self.traffic.sent += len(request)
                self.transport.write(request)
                return await self.waiting
        except (OSError, TimeoutError) as error:
            self.close()
            raise Broken(str(error)) from error
        finally:
            self.waiting = None

    def close(self) -> None:
        if self.transport is not None:
            self.transport.abort()
            self.transport = None
        self.buffer.clear()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast("asyncio.Transport", transport)  # uvloop's is one in all but its base class
        self.buffer.clear()

    def data_received(self, data: bytes) -> None:
        self.traffic.received += len(data)
        self.buffer += data
        end = self.buffer.find(b"\r\n\r\n")
        if end < 0:
            return
        head = bytes(self.buffer[:end])
        size = _size(head)
        if len(self.buffer) < end + 4 + size:
            return
        answer = Answer(int(head[9:12]), head, bytes(self.buffer[end + 4 : end + 4 + size]))
        del self.buffer[: end + 4 + size]
        if self.waiting is not None and not self.waiting.done():
            self.waiting.set_result(answer)

    def connection_lost(self, error: Exception | None) -> None:
        self.transport = None
        if self.waiting is not None and not self.waiting.done():
            self.waiting.set_exception(error or ConnectionResetError("closed"))


def _size(head: bytes) -> int:
    if int(head[9:12]) in WITHOUT_BODY:
        return 0
    lower = head.lower()
    assert b"transfer-encoding" not in lower, "the service sends its answers with their length"
    start = lower.index(b"content-length: ") + 16
    end = lower.find(b"\r", start)
    return int(lower[start:] if end < 0 else lower[start:end])
