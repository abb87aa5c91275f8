"""Free ports of 127.0.0.1 for servers that are stopped and started again."""

import random
import socket

# Below the range that the kernel gives to outgoing connections: a client that calls again and again while a server is
# down could otherwise be given the server's own port, and meet itself there.
FIRST, LAST = 15_000, 31_000


def free_ports(count: int) -> list[int]:
    """As many ports in a row that nobody listens on, from a random place on."""
    for _ in range(200):
        first = random.randint(FIRST, LAST - count)  # noqa: S311 - no secret
        ports = list(range(first, first + count))
        if all(_is_free(port) for port in ports):
            return ports
    raise RuntimeError("no free ports on 127.0.0.1")


def _is_free(port: int) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True
