"""One worker a lake."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from taquilla.errors import BusyError
from taquilla.lake import lease

_HOLDER = """
import sys, time
from pathlib import Path
from taquilla.lake import lease
with lease(Path(sys.argv[1]), "write"):
    print("held", flush=True)
    time.sleep(60)
"""


def test_the_lease_is_held_for_the_length_of_the_block(tmp_path: Path) -> None:
    for _ in range(2):
        with (
            lease(tmp_path, "write"),
            pytest.raises(BusyError, match=rf"Process {os.getpid()} holds .*write.lease"),
            lease(tmp_path, "write"),
        ):
            raise AssertionError("two held it")
        with lease(tmp_path, "write"):
            pass


def test_an_error_in_the_block_gives_it_back(tmp_path: Path) -> None:
    with pytest.raises(ZeroDivisionError), lease(tmp_path, "write"):
        _ = 1 / 0
    with lease(tmp_path, "write"):
        pass


def test_purposes_and_lakes_do_not_stand_in_each_others_way(tmp_path: Path) -> None:
    with lease(tmp_path / "a", "write"), lease(tmp_path / "a", "land"), lease(tmp_path / "b", "write"):
        assert sorted(file.name for file in tmp_path.rglob("*.lease")) == ["land.lease", "write.lease", "write.lease"]


def test_another_process_is_named_and_its_death_frees_the_lease(tmp_path: Path) -> None:
    with subprocess.Popen([sys.executable, "-c", _HOLDER, str(tmp_path)], stdout=subprocess.PIPE, text=True) as holder:
        assert holder.stdout is not None
        assert holder.stdout.readline() == "held\n"
        with pytest.raises(BusyError, match=re.escape(f"Process {holder.pid} holds")), lease(tmp_path, "write"):
            raise AssertionError("two held it")
        holder.send_signal(signal.SIGKILL)
        holder.wait()
    with lease(tmp_path, "write"):
        pass
