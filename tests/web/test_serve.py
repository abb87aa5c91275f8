"""The service in a process of its own: it starts, follows the warehouse, and ends."""

import signal
import socket
import time
from itertools import pairwise
from pathlib import Path

import httpx2
import pytest

from taquilla.errors import SettingsError, UnavailableError
from taquilla.web.serve import serve
from web.conftest import serving
from web.rows import film, write


def test_a_renamed_warehouse_is_served_without_a_restart(tmp_path: Path) -> None:
    path = write(tmp_path / "w.duckdb", movies=[film(1, "The old one")])
    with serving(path) as (address, _), httpx2.Client(base_url=address) as client:
        assert client.get("/api/films").json()["items"][0]["title"] == "The old one"
        write(path, movies=[film(1, "The new one"), film(2, "And another")])
        answer = client.get("/api/films").json()
        assert (answer["total"], answer["items"][0]["title"]) == (2, "The new one")
        assert client.get("/health").json()["films"] == 2


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_ends_it_cleanly(tmp_path: Path, number: signal.Signals) -> None:
    with serving(tmp_path / "none.duckdb") as (address, process):
        # The connection is kept alive: an idle browser must not hold up the end.
        with httpx2.Client(base_url=address) as client:
            assert client.get("/health").status_code == 503
            process.send_signal(number)
            output, errors = process.communicate(timeout=20)
        assert (process.returncode, output, errors) == (0, "ended\n", "")


def test_a_taken_port_names_the_setting(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        with pytest.raises(UnavailableError, match=rf"Port {port} of 127.0.0.1 is taken\..*TAQUILLA_PORT="):
            serve(tmp_path / "none.duckdb", "127.0.0.1", port, print)


def test_an_answer_does_not_wait_for_the_receipt_of_its_head(tmp_path: Path) -> None:
    with serving(tmp_path / "none.duckdb") as (address, _), httpx2.Client(base_url=address) as client:
        moments = [time.perf_counter()]
        for _ in range(50):
            assert client.get("/openapi.json").status_code == 200
            moments.append(time.perf_counter())
    # 40 ms each where the small packets are held back; a busy machine does not slow down all of them.
    assert min(after - before for before, after in pairwise(moments)) < 0.035


def test_a_host_of_another_machine_names_the_setting(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="TAQUILLA_WEB__HOST"):
        serve(tmp_path / "none.duckdb", "203.0.113.7", 0, print)
