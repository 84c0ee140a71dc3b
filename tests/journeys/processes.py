"""The real programs as processes: started, waited for, killed when a story asks for it, and never left behind."""

import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import httpx2

STARTS_WITHIN_S = 60
STOPS_WITHIN_S = 15
SERVICE = (str(Path(sys.executable).with_name("exam-service")),)
RATING = (sys.executable, "-m", "performance_rating")


def free_port() -> int:
    """A port of this machine on which nobody listens now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


@dataclass
class Program:
    """One running process; what it prints goes to `log`."""

    process: subprocess.Popen[bytes]
    log: Path

    @classmethod
    def start(cls, command: tuple[str, ...], environment: Mapping[str, str], *, log: Path) -> "Program":
        with log.open("ab") as output:
            process = subprocess.Popen(
                command,
                env={**os.environ, "PYTHONUNBUFFERED": "1", **environment},
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        return cls(process, log)

    def answers(self, url: str) -> None:
        """Return when `url` answers 200; fails with the log when the program ends or stays silent."""
        until = time.monotonic() + STARTS_WITHIN_S
        while time.monotonic() < until and self.process.poll() is None:
            try:
                if httpx2.get(url, timeout=5, trust_env=False).status_code == 200:
                    return
            except httpx2.HTTPError:
                pass
            time.sleep(0.1)
        raise AssertionError(f"{url} does not answer:\n{self.log.read_text()}")

    def kill(self) -> None:
        """As when the machine loses power: no clean-up, no last word."""
        self.process.kill()
        self.process.wait()

    def stop(self) -> None:
        """Asked to end, and made to when it does not; a program that crashed before fails here."""
        if self.process.poll() is not None:
            return
        self.process.terminate()
        try:
            self.process.wait(timeout=STOPS_WITHIN_S)
        except subprocess.TimeoutExpired:
            self.kill()


@dataclass
class Programs:
    """Whatever a story started; all of it is stopped at its end."""

    folder: Path
    started: list[Program] = field(default_factory=list)

    def start(self, name: str, command: tuple[str, ...], environment: Mapping[str, str]) -> Program:
        program = Program.start(command, environment, log=self.folder / f"{name}.log")
        self.started.append(program)
        return program


@contextmanager
def running_programs(folder: Path) -> Iterator[Programs]:
    programs = Programs(folder)
    try:
        yield programs
    finally:
        for program in reversed(programs.started):
            program.stop()
