"""The service on a socket, until somebody stops it."""

import errno
import socket
from collections.abc import Callable
from pathlib import Path
from types import FrameType

import uvicorn

from taquilla.errors import SettingsError, UnavailableError
from taquilla.web.app import create_app

GRACE_S = 5


def serve(
    warehouse: Path,
    host: str,
    port: int,
    ready: Callable[[str], None],
    *,
    models: Path | None = None,
    memory_limit: str | None = None,
    threads: int | None = None,
) -> None:
    """Serve until SIGINT or SIGTERM; calls `ready` with the address once requests are answered. Port 0: any free one.

    models: the folder that trained models are looked for in; memory_limit, threads: DuckDB's.
    UnavailableError: the port is taken; SettingsError: host or port is none of this machine's.
    """
    with _listening(host, port) as listener:
        config = uvicorn.Config(
            create_app(warehouse, models, memory_limit=memory_limit, threads=threads),
            log_config=None,
            access_log=False,
            server_header=False,
            ws="none",
            lifespan="on",
            timeout_graceful_shutdown=GRACE_S,
        )
        _Server(config, lambda: ready(_address(listener))).run(sockets=[listener])


class _Server(uvicorn.Server):
    """Tells when it is ready, and ends on a signal as on any other end: uvicorn's own would raise the signal again."""

    def __init__(self, config: uvicorn.Config, ready: Callable[[], None]) -> None:
        super().__init__(config)
        self._ready = ready

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        self._ready()

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        # A second signal does not wait for the requests under way.
        self.force_exit = self.should_exit
        self.should_exit = True


def _listening(host: str, port: int) -> socket.socket:
    try:
        family = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0][0]
        listener = socket.create_server((host, port), family=family)
        # Connections inherit it. Without it an answer's body waits 40 ms for the receipt of its head: asyncio sets it
        # only on sockets that it opens itself.
        listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        return listener
    except OSError as error:
        if error.errno == errno.EADDRINUSE:
            raise UnavailableError(
                f"Port {port} of {host} is taken. Stop what listens there, or choose another port: "
                f"TAQUILLA_PORT={port + 1 if port < 65535 else port - 1}, 0 for any free one."
            ) from error
        raise SettingsError(
            f"Cannot listen on {host}, port {port}: {error.strerror or error}. "
            "Looked for: TAQUILLA_WEB__HOST (such as 127.0.0.1), TAQUILLA_PORT (1024 to 65535)."
        ) from error


def _address(listener: socket.socket) -> str:
    host, port = listener.getsockname()[:2]
    return f"http://{f'[{host}]' if ':' in host else host}:{port}"
