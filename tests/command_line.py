"""The command line, called in this process: what it prints, how it ends, and what a program of its own would have.

Starting Python and its libraries anew for each command would take longer than all that the commands do.
"""

import io
import os
import signal
import subprocess
import sys
from collections.abc import Mapping
from contextlib import chdir, redirect_stderr, redirect_stdout
from pathlib import Path
from unittest.mock import patch

from taquilla.__main__ import main


def taquilla(*arguments: str, folder: Path, env: Mapping[str, str]) -> subprocess.CompletedProcess[str]:
    """What `taquilla` with these arguments prints and returns in that folder and environment."""
    out, err = (io.TextIOWrapper(io.BytesIO(), "utf-8", write_through=True) for _ in range(2))
    stop = signal.getsignal(signal.SIGTERM)
    try:
        with (
            patch.dict(os.environ, env, clear=True),
            patch.object(sys, "argv", ["taquilla", *arguments]),
            chdir(folder),
            redirect_stdout(out),
            redirect_stderr(err),
        ):
            code = _ended()
    finally:
        signal.signal(signal.SIGTERM, stop)
    return subprocess.CompletedProcess(["taquilla", *arguments], code, _text(out), _text(err))


def program(*arguments: str, folder: Path, env: Mapping[str, str]) -> subprocess.CompletedProcess[str]:
    """The same of a process of its own, for what two programs do to each other."""
    command = [sys.executable, "-m", "taquilla", *arguments]
    return subprocess.run(command, cwd=folder, env=env, capture_output=True, text=True, check=False, timeout=120)


def _ended() -> int:
    try:
        main()
    except SystemExit as end:
        return end.code if isinstance(end.code, int) else int(end.code is not None)
    return 0


def _text(stream: io.TextIOWrapper) -> str:
    buffer = stream.buffer
    assert isinstance(buffer, io.BytesIO)
    return buffer.getvalue().decode()
