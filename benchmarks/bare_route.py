"""The bare floor of a service: one FastAPI route under uvicorn that sends constant JSON of so many bytes.

python -m benchmarks.bare_route 25000
"""

import socket
import sys

import uvicorn
from fastapi import FastAPI, Response


def app(length: int) -> FastAPI:
    """Nothing is looked up, checked or written out: the bytes are there."""
    bare = FastAPI()
    body = b'"' + b"x" * max(length - 2, 0) + b'"'

    @bare.get("/")
    def constant() -> Response:
        return Response(body, media_type="application/json")

    return bare


def main(length: int) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        print(f"http://127.0.0.1:{listener.getsockname()[1]}", flush=True)
        config = uvicorn.Config(app(length), log_config=None, access_log=False, server_header=False, ws="none")
        uvicorn.Server(config).run(sockets=[listener])


if __name__ == "__main__":
    main(int(sys.argv[1]))
