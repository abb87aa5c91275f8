"""Reviews on a real S3 server, from files to a lake there, through a process that is killed at any moment."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from pipeline.review_files import account, bring, curated, lines, review, write
from services.s3 import S3Server
from taquilla.lake import Lake

_KILLED = """
import sys
from pathlib import Path
sys.path.insert(0, sys.argv[1])
from pipeline.review_files import bring
from taquilla.lake import Lake
lake = Lake(sys.argv[2], private_root=Path(sys.argv[3]))
print("begun", flush=True)
bring(lake, sys.argv[4], batch_rows=500)
"""
COUNT = 3_000


def test_killed_at_any_moment_the_lake_in_s3_holds_each_review_once(
    s3: S3Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in s3.environment.items():
        monkeypatch.setenv(name, value)
    bucket = s3.new_bucket()
    text = lines([review(n, text="word " * 50 + str(n)) for n in range(COUNT)] + [review(5, stars=1)])
    s3.client().put_object(Bucket=bucket, Key="dump/review.json", Body=text.encode())
    root, private, source = f"s3://{bucket}/lake", str(tmp_path / "private"), f"s3://{bucket}/dump"
    tests = str(Path(__file__).parents[1])
    killed = subprocess.Popen(
        [sys.executable, "-c", _KILLED, tests, root, private, source], stdout=subprocess.PIPE, env={**os.environ}
    )
    assert killed.stdout is not None
    killed.stdout.readline()
    time.sleep(0.5)
    killed.send_signal(signal.SIGKILL)
    killed.communicate()
    lake = Lake(root, private_root=Path(private))
    bring(lake, source, batch_rows=500)
    assert account(lake) == {"landed": COUNT + 1, "current": COUNT, "superseded": 1}
    found = curated(lake)
    assert found["review_id"].n_unique() == COUNT
    assert found.filter(stars=1)["review_id"].to_list() == ["r5"]
    disk = Lake(str(tmp_path / "disk"))
    bring(disk, write(tmp_path / "dump/review.json", text))
    assert curated(disk).drop("raw_seq").equals(found.drop("raw_seq"))
