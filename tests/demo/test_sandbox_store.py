"""The catalogues that a sandbox reads, and how it starts."""

from __future__ import annotations

import gzip
import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import httpx2
import pytest

from sandbox_server import running_sandbox, write_films
from taquilla.demo.sandbox_store import load_catalogue
from taquilla.errors import DataError


def test_a_gzipped_catalogue_reads_like_a_plain_one(tmp_path: Path) -> None:
    plain = write_films(tmp_path / "films.jsonl")
    packed = tmp_path / "films.jsonl.gz"
    packed.write_bytes(gzip.compress(plain.read_bytes()))
    assert load_catalogue(packed).export() == load_catalogue(plain).export()


def test_a_zstandard_catalogue_reads_like_a_plain_one(tmp_path: Path) -> None:
    pyarrow = pytest.importorskip("pyarrow")
    plain = write_films(tmp_path / "films.jsonl")
    packed = tmp_path / "films.jsonl.zst"
    with pyarrow.output_stream(str(packed), compression="zstd") as file:
        file.write(plain.read_bytes())
    assert load_catalogue(packed).export() == load_catalogue(plain).export()


@pytest.mark.parametrize("line", [b"{", b'{"title": "no id"}', b'{"id": "12"}', b"[]", b"\xff"])
def test_a_malformed_line_is_named_with_its_file(tmp_path: Path, line: bytes) -> None:
    path = tmp_path / "films.jsonl"
    path.write_bytes(b'{"id": 1}\n\n' + line + b"\n")
    with pytest.raises(DataError, match=r"films\.jsonl, line 3: not a TMDB film record"):
        load_catalogue(path)


def test_a_file_that_is_cut_short_or_missing_is_a_data_error(tmp_path: Path) -> None:
    packed = tmp_path / "films.jsonl.gz"
    packed.write_bytes(gzip.compress(write_films(tmp_path / "films.jsonl").read_bytes())[:-20])
    with pytest.raises(DataError, match=r"films\.jsonl\.gz, after line \d+: the file does not read to its end"):
        load_catalogue(packed)
    for name in ("no.jsonl", "no.jsonl.gz", "no.jsonl.zst"):
        with pytest.raises(DataError, match="does not open"):
            load_catalogue(tmp_path / name)


def start(*arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "taquilla.demo.sandbox", *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)


def test_a_sandbox_that_cannot_start_says_why(tmp_path: Path) -> None:
    films = write_films(tmp_path / "films.jsonl")
    unknown = start(f"--catalogue={films}", "--fault=flood")
    assert (unknown.returncode, unknown.stdout) == (2, "")
    assert unknown.stderr.startswith("Unknown fault 'flood'. Known: ")
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        busy = start(f"--catalogue={films}", f"--port={port}")
    assert busy.returncode == 4
    assert f"cannot listen on 127.0.0.1:{port}" in busy.stderr


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_sandbox_stops_cleanly_with_a_connection_open(tmp_path: Path, number: signal.Signals) -> None:
    films = write_films(tmp_path / "films.jsonl")
    command = [sys.executable, "-m", "taquilla.demo.sandbox", f"--catalogue={films}"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        root = process.stdout.readline().strip()
        with httpx2.Client() as client:
            assert client.get(f"{root}/3/movie/1001", params={"api_key": "sandbox"}).status_code == 200
            process.send_signal(number)
            _, complaint = process.communicate(timeout=10)
    assert (process.returncode, complaint) == (0, "")


def test_the_built_in_films_are_served_without_a_catalogue_file() -> None:
    started = time.monotonic()
    with running_sandbox() as server:
        assert time.monotonic() - started < 10
        first = server.answer("/3/movie/popular")
        assert first["total_results"] > 10_000
        row = first["results"][0]
        details = server.answer(f"/3/movie/{row['id']}", append_to_response="credits")
        assert details["title"] == row["title"]
        assert details["credits"]["cast"]


def test_5000_real_films_load_in_seconds_and_page_to_the_end() -> None:
    folder = os.environ.get("TAQUILLA_SHARED_DATA")
    if not folder:
        pytest.skip("TAQUILLA_SHARED_DATA is not set: no catalogue of real films here")
    started = time.monotonic()
    with running_sandbox(Path(folder) / "tmdb" / "tmdb_5000.jsonl.gz") as server:
        assert time.monotonic() - started < 10
        first = server.answer("/3/movie/popular")
        assert (first["total_results"], first["total_pages"]) == (4803, 241)
        assert len(server.answer("/3/movie/popular", page=241)["results"]) == 3
        avatar = server.answer("/3/movie/19995", append_to_response="credits")
        assert (avatar["title"], avatar["revenue"], len(avatar["credits"]["cast"])) == (
            "Avatar",
            2787965087,
            83,
        )
