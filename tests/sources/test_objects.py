"""Files on disk and in a real S3: whole or not at all, and errors that tell the next step without a secret."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from services.ports import free_ports
from services.s3 import S3Server
from taquilla.errors import DataError, SettingsError, UnavailableError
from taquilla.sources import objects_s3
from taquilla.sources.objects import Place


@pytest.fixture(params=["disk", "s3"])
def folder(request: pytest.FixtureRequest, tmp_path: Path) -> Place:
    """An empty folder, here and there."""
    if request.param == "disk":
        return Place(str(tmp_path / "a folder"))
    server: S3Server = request.getfixturevalue("s3")
    return Place(f"s3://{server.new_bucket()}/a folder")


def write(place: Place, content: bytes) -> None:
    with place.writing() as file:
        file.write(content)


def content(place: Place) -> bytes:
    with place.reading() as file:
        return bytes(file.read())


def test_what_was_written_is_read(folder: Place) -> None:
    place = folder / "películas & más.csv"
    assert not place.exists()
    write(place, b"id,title\n")
    assert (place.exists(), content(place), place.stamp().size) == (True, b"id,title\n", 9)
    assert abs(place.stamp().modified_at.timestamp() - time.time()) < 60
    write(place, b"")
    assert (content(place), place.name) == (b"", "películas & más.csv")
    place.delete()
    place.delete()
    assert not place.exists()


def test_a_folder_tells_its_files_by_name(folder: Place) -> None:
    for name in ("b.csv", "a.csv", "below/c.csv", ".hidden"):
        write(folder / name, b"1")
    assert [file.name for file in folder.files()] == ["a.csv", "b.csv"]
    assert (folder.is_folder(), (folder / "a.csv").is_folder()) == (True, False)
    with pytest.raises(DataError, match="There is no"):
        (folder / "nowhere").is_folder()


def test_a_large_file_goes_in_parts(folder: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(objects_s3, "_PART_BYTES", 5 * 2**20)
    block = os.urandom(2**20)
    with (folder / "large").writing() as file:
        for _ in range(12):
            file.write(block)
    assert content(folder / "large") == block * 12


def fail_in_the_middle(place: Place) -> None:
    with place.writing() as file:
        file.write(bytes(11 * 2**20))
        file.close()
        raise ZeroDivisionError


def test_a_block_that_fails_leaves_what_was_there(folder: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(objects_s3, "_PART_BYTES", 5 * 2**20)
    place = folder / "film.csv"
    write(place, b"as it was")
    with pytest.raises(ZeroDivisionError):
        fail_in_the_middle(place)
    assert (content(place), [file.name for file in folder.files()]) == (b"as it was", ["film.csv"])
    if not place.in_s3:
        assert os.listdir(folder.text) == ["film.csv"]  # noqa: PTH208


def test_an_upload_that_fails_is_given_up(s3: S3Server, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(objects_s3, "_PART_BYTES", 5 * 2**20)
    bucket = s3.new_bucket()
    with pytest.raises(ZeroDivisionError):
        fail_in_the_middle(Place(f"s3://{bucket}/film.csv"))
    assert (s3.keys(bucket), s3.uploads(bucket)) == ([], 0)


_KILLED = """
import sys, time
from taquilla.sources.objects import Place
with Place(sys.argv[1]).writing() as file:
    file.write(bytes(20 * 2**20))
    print("written", flush=True)
    time.sleep(60)
"""


def test_a_writer_that_is_killed_leaves_what_was_there(folder: Place) -> None:
    place = folder / "film.csv"
    write(place, b"as it was")
    process = subprocess.Popen([sys.executable, "-c", _KILLED, place.text], stdout=subprocess.PIPE)
    assert process.stdout is not None
    assert process.stdout.readline() == b"written\n"
    process.send_signal(signal.SIGKILL)
    process.wait()
    process.stdout.close()
    assert content(place) == b"as it was"
    assert [file.name for file in folder.files()] == ["film.csv"]


def test_a_file_that_changes_while_it_is_read_is_told(folder: Place) -> None:
    place = folder / "film.csv"
    write(place, b"as it was")
    reading = place.reading()
    with contextlib.ExitStack() as held:
        held.enter_context(pytest.raises(UnavailableError, match="changed while it was read"))
        held.enter_context(reading).read(4)
        write(place, b"something longer")


@pytest.mark.parametrize(
    ("address", "said"),
    [
        ("ftp://shop/film.csv", "Cannot read ftp://"),
        ("s3:///film.csv", "An address in S3 is"),
        ("s3://KEY:hidden@bucket/film.csv", "without credentials"),
    ],
)
def test_addresses_that_are_none(address: str, said: str) -> None:
    with pytest.raises(SettingsError, match=said) as told:
        Place(address)
    assert "hidden" not in str(told.value)


def test_paths_that_cannot_be_used(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"1")
    with pytest.raises(DataError, match="There is no file"):
        content(Place(str(tmp_path / "nothing")))
    with pytest.raises(DataError, match="File exists"):
        write(Place(str(tmp_path / "file" / "film.csv")), b"1")


def both(place: Place) -> list[str]:
    """What reading and writing say when they cannot."""
    said = []
    for use in (lambda: content(place), lambda: write(place, b"1")):
        with pytest.raises((SettingsError, DataError, UnavailableError)) as told:
            use()
        said.append(f"{type(told.value).__name__}: {told.value}")
    return said


def test_a_wrong_secret_and_a_wrong_key(s3: S3Server, monkeypatch: pytest.MonkeyPatch) -> None:
    place = Place(f"s3://{s3.new_bucket()}/film.csv")
    for name in ("AWS_SECRET_ACCESS_KEY", "AWS_ACCESS_KEY_ID"):
        with monkeypatch.context() as changed:
            changed.setenv(name, "wrong-and-secret")
            for said in both(place):
                assert said.startswith("SettingsError: S3 ")
                assert "AWS_ACCESS_KEY_ID" in said
                assert "wrong-and-secret" not in said


def test_no_bucket_and_no_key(s3: S3Server) -> None:
    read, written = both(Place("s3://no-such-bucket-here/film.csv"))
    assert "There is no" in read
    assert written.startswith("SettingsError: ")
    assert "no such bucket" in written
    with pytest.raises(DataError, match="There is no file"):
        content(Place(f"s3://{s3.new_bucket()}/film.csv"))


def test_amazons_own_words_for_a_bucket_that_is_not_there() -> None:
    told = objects_s3.told("s3://shop/film.csv", "NoSuchBucket 404")
    assert str(told) == "There is no bucket for s3://shop/film.csv. Check its name, and AWS_REGION."


def test_a_server_that_is_not_there(s3: S3Server, monkeypatch: pytest.MonkeyPatch) -> None:
    [port] = free_ports(1)
    monkeypatch.setenv("AWS_ENDPOINT_URL", f"http://127.0.0.1:{port}")
    for said in both(Place("s3://bucket/film.csv")):
        assert said.startswith(f"UnavailableError: http://127.0.0.1:{port} did not answer")
        assert s3.secret not in said


def test_a_server_that_dies_in_the_middle(s3: S3Server, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(objects_s3, "_PART_BYTES", 5 * 2**20)
    bucket = s3.new_bucket()
    read, written = Place(f"s3://{bucket}/film.csv"), Place(f"s3://{bucket}/new.csv")
    write(read, os.urandom(12 * 2**20))
    try:
        with contextlib.ExitStack() as held:
            held.enter_context(pytest.raises(UnavailableError, match="did not answer"))
            file = held.enter_context(read.reading())
            file.read(2**20)
            s3.kill()
            file.read(8 * 2**20)
        s3.start()
        with contextlib.ExitStack() as held:
            held.enter_context(pytest.raises(UnavailableError, match="did not answer"))
            upload = held.enter_context(written.writing())
            upload.write(bytes(6 * 2**20))
            s3.kill()
            upload.write(bytes(6 * 2**20))
    finally:
        if s3.process is None:
            s3.start()
    assert s3.keys(bucket) == ["film.csv"]
    assert len(content(read)) == 12 * 2**20
