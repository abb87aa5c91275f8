"""One worker a lake, wherever the workers are: S3 decides."""

from __future__ import annotations

import contextlib
import json
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from services.s3 import S3Server
from taquilla.errors import BusyError, UnavailableError
from taquilla.lake import Lake, lease_s3


@pytest.fixture
def root(s3: S3Server) -> str:
    return f"s3://{s3.new_bucket()}/lake/_leases"


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> float:
    """Leases that run out after seconds; S3's clock has whole ones."""
    monkeypatch.setattr(lease_s3, "EXPIRES_S", 2.0)
    return 2.0


_HOLDER = """
import sys, time
from taquilla.lake.lease_s3 import lease
with lease(sys.argv[1], "run"):
    print("held", flush=True)
    time.sleep(60)
"""


@contextlib.contextmanager
def another(root: str) -> Iterator[subprocess.Popen[str]]:
    """Another process that holds it."""
    with subprocess.Popen([sys.executable, "-c", _HOLDER, root], stdout=subprocess.PIPE, text=True) as holder:
        assert holder.stdout is not None
        assert holder.stdout.readline() == "held\n"
        try:
            yield holder
        finally:
            holder.kill()


def hold(root: str) -> None:
    with lease_s3.lease(root, "run"):
        pass


def test_it_is_held_for_the_length_of_the_block(root: str) -> None:
    for _ in range(2):
        with lease_s3.lease(root, "run"):
            for _ in range(2):
                with pytest.raises(BusyError, match=r"Process \d+ on .* holds s3://.*/run.lease. Wait"):
                    hold(root)
            with lease_s3.lease(root, "load"):
                pass


def test_an_error_in_the_block_gives_it_back(root: str) -> None:
    with pytest.raises(ZeroDivisionError), lease_s3.lease(root, "run"):
        _ = 1 / 0
    hold(root)


def test_the_death_of_its_holder_on_this_machine_frees_it_at_once(root: str) -> None:
    with another(root) as holder:
        with pytest.raises(BusyError, match=f"Process {holder.pid} on "):
            hold(root)
        holder.send_signal(signal.SIGKILL)
        holder.wait()
        hold(root)


def elsewhere(s3: S3Server, root: str) -> None:
    """A lease that a process on another machine has."""
    card = {"pid": 1, "host": "elsewhere", "machine": "another boot"}
    bucket, _, key = f"{root.removeprefix('s3://')}/run.lease".partition("/")
    s3.client().put_object(Bucket=bucket, Key=key, Body=json.dumps(card).encode())


def test_a_holder_on_another_machine_is_waited_for(s3: S3Server, root: str, quick: float) -> None:
    elsewhere(s3, root)
    with pytest.raises(BusyError, match="Process 1 on elsewhere"):
        hold(root)
    time.sleep(quick + 1.1)
    hold(root)


def test_one_that_lives_renews_it(root: str, quick: float, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lease_s3, "_machine", lambda: None)
    with lease_s3.lease(root, "run"):
        time.sleep(quick + 1.5)
        with pytest.raises(BusyError):
            hold(root)


def test_of_several_that_want_it_at_once_one_has_it(root: str) -> None:
    holders: list[int] = []

    def take(number: int) -> int:
        with contextlib.suppress(BusyError), lease_s3.lease(root, "run"):
            holders.append(number)
            time.sleep(0.2)
            together = len(holders)
            holders.remove(number)
            return together
        return 0

    for _ in range(3):
        with ThreadPoolExecutor(6) as pool:
            assert max(pool.map(take, range(6))) == 1


def lose(s3: S3Server, root: str) -> None:
    with lease_s3.lease(root, "run"):
        elsewhere(s3, root)


def test_one_that_was_lost_is_told_and_left_to_who_has_it(s3: S3Server, root: str) -> None:
    with pytest.raises(UnavailableError, match="was lost to another process"):
        lose(s3, root)
    with pytest.raises(BusyError, match="Process 1 on elsewhere"):
        hold(root)


def test_the_lake_is_leased_where_it_stands(s3: S3Server, tmp_path: Path) -> None:
    there, here = Lake(f"s3://{s3.new_bucket()}/lake", None, tmp_path), Lake(str(tmp_path))
    with there.lease("run"), here.lease("run"):
        for lake in (there, here):
            with pytest.raises(BusyError), lake.lease("run"):
                raise AssertionError("two held it")
    assert s3.keys(there.raw_root.split("/")[2]) == ["lake/_leases/run.lease"]
    assert (tmp_path / "_leases" / "run.lease").exists()
