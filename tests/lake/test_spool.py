"""The journal keeps whole records, whatever happens to the process or to the disk."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from taquilla.errors import UnavailableError
from taquilla.lake import Spool


@pytest.fixture
def spool(tmp_path: Path) -> Iterator[Spool]:
    made = Spool(tmp_path / "spool")
    yield made
    made.close()


def test_what_was_appended_is_read_back(spool: Spool) -> None:
    records = [b"a", b"", b"\x00" * 5, b"x" * 100_000, b""]
    spool.begin(7)
    for record in records:
        spool.append(record)
    assert (spool.segments(), list(spool.read(7))) == ([7], records)


def test_segments_are_told_in_the_order_of_their_positions(spool: Spool) -> None:
    assert spool.segments() == []
    for position in (1_000, 0, 20):
        spool.begin(position)
        spool.append(str(position).encode())
    assert spool.segments() == [0, 20, 1_000]
    assert [list(spool.read(p)) for p in spool.segments()] == [[b"0"], [b"20"], [b"1000"]]
    spool.discard(20)
    spool.discard(20)
    assert spool.segments() == [0, 1_000]


def test_a_record_that_was_cut_off_ends_the_segment(spool: Spool) -> None:
    spool.begin(0)
    spool.append(b"whole")
    spool.append(b"cut off")
    file = spool.folder / f"{0:020}.spool"
    whole = file.read_bytes()
    for size in range(9, len(whole)):
        file.write_bytes(whole[:size])
        assert list(spool.read(0)) == [b"whole"]
    file.write_bytes(b"")
    assert list(spool.read(0)) == []


def test_a_segment_has_to_be_begun(spool: Spool) -> None:
    with pytest.raises(RuntimeError, match="begin"):
        spool.append(b"a")


_KILLED = """
import os, signal, sys
from pathlib import Path
from taquilla.lake import Spool
spool = Spool(Path(sys.argv[1]))
spool.begin(3)
for n in range(5):
    spool.append(b"record %d" % n)
os.kill(os.getpid(), signal.SIGKILL)
"""


def test_a_journal_outlives_a_kill(spool: Spool) -> None:
    killed = subprocess.run([sys.executable, "-c", _KILLED, str(spool.folder)], check=False)
    assert killed.returncode == -9
    assert list(spool.read(3)) == [b"record %d" % n for n in range(5)]


# The file may not grow beyond 100 bytes: the disk is full in the middle of the second record. Then there is space.
_FULL = """
import resource, signal, sys
from pathlib import Path
from taquilla.errors import UnavailableError
from taquilla.lake import Spool
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
spool = Spool(Path(sys.argv[1]))
spool.begin(0)
spool.append(b"1" * 60)
resource.setrlimit(resource.RLIMIT_FSIZE, (100, resource.RLIM_INFINITY))
try:
    spool.append(bytes(60))
except UnavailableError as error:
    print(error)
resource.setrlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
spool.append(b"3" * 10)
"""


def test_a_full_disk_is_told_and_costs_the_record_alone(spool: Spool) -> None:
    full = subprocess.run([sys.executable, "-c", _FULL, str(spool.folder)], capture_output=True, text=True, check=True)
    assert full.stdout == (
        f"Cannot write to {spool.folder}: File too large. What was fetched before is kept; "
        "free some space, then run the same command again.\n"
    )
    assert list(spool.read(0)) == [b"1" * 60, b"3" * 10]


def test_a_folder_that_cannot_be_made_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(UnavailableError, match=r"Cannot write to .*: Not a directory"):
        Spool(tmp_path / "file" / "spool").begin(0)
