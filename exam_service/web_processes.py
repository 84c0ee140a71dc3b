"""The web processes and who keeps them: forked from a process with everything loaded, replaced when they die or hang.

uvicorn's own supervisor starts every worker from nothing, which takes seconds in which a room waits, and ends the whole
service when one cannot start, as happens while the database is away.
"""

import ctypes
import logging
import multiprocessing
import signal
import socket
import sys
from collections.abc import Callable
from contextlib import closing
from multiprocessing.connection import wait
from multiprocessing.context import ForkProcess
from time import monotonic, sleep
from types import FrameType
from typing import Any

import uvicorn
from fastapi import FastAPI

PARENT_DEATH_SIGNAL = 1  # PR_SET_PDEATHSIG of Linux

# Longer than a player's pause between two calls and than a proxy keeps an idle connection: nobody finds it just closed.
KEEP_ALIVE_S = 75
STOPS_WITHIN_S = 10
SHORT_LIFE_S = 5.0
HANGS_AFTER_S = 30.0
"""A process whose event loop has not turned for so long answers nobody, and half of a room would wait for it."""
PAUSE_AFTER_SHORT_LIFE_S = 1.0
BACKLOG = 4096

log = logging.getLogger(__name__)


def die_with_parent() -> None:
    """Even `kill -9` of the parent leaves no process behind (Linux; elsewhere nothing happens)."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PARENT_DEATH_SIGNAL, signal.SIGTERM)


class _Beating(uvicorn.Server):
    """A server that notes the time in `beat`, which its keeper reads, as often as its event loop turns."""

    def __init__(self, config: uvicorn.Config, beat: Any) -> None:
        super().__init__(config)
        self._beat = beat

    async def on_tick(self, counter: int) -> bool:
        """uvicorn calls this ten times a second."""
        self._beat.value = monotonic()
        return await super().on_tick(counter)


def _serve(app: FastAPI, listener: socket.socket, beat: Any) -> None:
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, signal.SIG_DFL)  # until uvicorn sets its own
    die_with_parent()  # else it would go on without a keeper, and hold the port against the next service
    config = uvicorn.Config(
        app,
        log_level="info",
        access_log=False,  # a line per saved answer would cost more than the save; the proxy in front keeps one
        server_header=False,
        proxy_headers=False,  # the application does it, by its own setting
        timeout_keep_alive=KEEP_ALIVE_S,
        timeout_graceful_shutdown=STOPS_WITHIN_S // 2,
    )
    _Beating(config, beat).run(sockets=[listener])


class WebProcesses:
    """`count` processes that answer for `app` on one listening socket, for as long as `keep` runs.

    They are forked from this one, which therefore must have no threads and no open connection to the database. One that
    has not turned its event loop for `hangs_after_s` is killed, and replaced like one that died.
    """

    def __init__(
        self, app: FastAPI, listener: socket.socket, *, count: int, hangs_after_s: float = HANGS_AFTER_S
    ) -> None:
        self._context = multiprocessing.get_context("fork")
        self._app = app
        self._listener = listener
        self._count = count
        self._hangs_after_s = hangs_after_s
        self._born: dict[ForkProcess, float] = {}
        self._beats: dict[ForkProcess, Any] = {}
        self._is_stopping = False

    def stop(self, _number: int = 0, _frame: FrameType | None = None) -> None:
        """Let `keep` return soon; also the handler of signals."""
        self._is_stopping = True

    def keep(self, meanwhile: Callable[[], None]) -> None:
        """Replace whoever dies, and call `meanwhile` twice a second, until `stop` is called; then all have ended."""
        try:
            while not self._is_stopping:
                while len(self._born) < self._count:
                    self._bear()
                wait([process.sentinel for process in self._born], timeout=0.5)
                self._kill_hung()
                self._bury()
                meanwhile()
        finally:
            self._end_all()

    def _bear(self) -> None:
        beat = self._context.Value("d", monotonic(), lock=False)
        process = self._context.Process(target=_serve, args=(self._app, self._listener, beat), name="web")
        process.start()
        self._born[process], self._beats[process] = monotonic(), beat

    def _kill_hung(self) -> None:
        for process, beat in self._beats.items():
            if monotonic() - beat.value > self._hangs_after_s and process.is_alive():
                log.error(
                    "Web process %s has not moved for %.0f s; it is killed.", process.pid, self._hangs_after_s
                )
                process.kill()
                process.join()

    def _bury(self) -> None:
        for process in [each for each in self._born if not each.is_alive()]:
            lived_s = monotonic() - self._born.pop(process)
            del self._beats[process]
            process.join()
            if self._is_stopping:
                return
            log.warning("A web process ended (status %s); another takes its place.", process.exitcode)
            if lived_s < SHORT_LIFE_S:
                sleep(PAUSE_AFTER_SHORT_LIFE_S)  # it cannot start now: no use in trying as fast as possible

    def _end_all(self) -> None:
        for process in self._born:
            process.terminate()
        until = monotonic() + STOPS_WITHIN_S
        for process in self._born:
            process.join(timeout=max(0.1, until - monotonic()))
            if process.is_alive():
                process.kill()
                process.join()


def serve_with_processes(
    app: FastAPI, address: tuple[str, int], *, count: int, meanwhile: Callable[[], None]
) -> None:
    """Answer for `app` on `address` until SIGTERM or SIGINT. Raises OSError when the port is taken."""
    host, port = address
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with closing(socket.create_server((host, port), family=family, backlog=BACKLOG)) as listener:
        processes = WebProcesses(app, listener, count=count)
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, processes.stop)
        processes.keep(meanwhile)
