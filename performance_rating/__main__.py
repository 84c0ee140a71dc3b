"""`python -m performance_rating`: serves the rating module until it is told to stop."""

import socket
import sys
from contextlib import suppress

import uvicorn
from pydantic import ValidationError

from performance_rating.app import create_app
from performance_rating.settings import Settings


def main() -> int:
    """The process's exit status: 2 for settings that cannot be used, 1 for a port that cannot be had."""
    try:
        settings = Settings()  # filled from the environment
    except ValidationError as error:
        for found in error.errors(include_url=False, include_input=False):
            name = "_".join(["RATING", *(str(step).upper() for step in found["loc"][:1])])
            sys.stderr.write(f"{name}: {found['msg']}\n")
        return 2
    try:
        listener = _listen(settings.host, settings.port)
    except OSError as error:
        sys.stderr.write(
            f"Cannot listen on {settings.host}:{settings.port} ({error.strerror}). "
            "Stop the other program or set RATING_PORT to a free port.\n"
        )
        return 1
    server = uvicorn.Server(uvicorn.Config(create_app(settings), server_header=False))
    with suppress(KeyboardInterrupt):  # uvicorn has shut down in order and then passes Ctrl-C on
        server.run(sockets=[listener])
    return 0 if server.started else 1


def _listen(host: str, port: int) -> socket.socket:
    """A socket bound before anything else is done, so that a taken port is the first and only complaint."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    return socket.create_server((host, port), family=family, backlog=2048)


if __name__ == "__main__":
    sys.exit(main())
