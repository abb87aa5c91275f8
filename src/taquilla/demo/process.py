"""The sandbox as a process of its own, for as long as the demo fetches from it."""

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager

from taquilla.errors import UnavailableError

TOKEN = "sandbox"  # noqa: S105 - opens nothing but the local sandbox


@contextmanager
def sandbox_process() -> Iterator[str]:
    """The root address of a sandbox over the built-in films, such as http://127.0.0.1:41234."""
    command = [sys.executable, "-m", "taquilla.demo.sandbox", "--port", "0", "--token", TOKEN]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:  # noqa: S603 - our own module
        try:
            assert process.stdout is not None  # noqa: S101 - it is piped
            root = process.stdout.readline().strip()
            if not root.startswith("http"):
                raise UnavailableError("The sandbox did not start; its message stands above. Try: taquilla sandbox")
            yield root
        finally:
            process.terminate()
