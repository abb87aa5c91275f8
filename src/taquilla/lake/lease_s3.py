"""One worker a lake in S3: an object that says who holds it and is renewed while they live.

S3 itself lets one of several have it: it is made with If-None-Match and renewed with If-Match. Whether it has run out
is told by S3's clock alone: its own time of the last renewal, and the time of its answer.
"""

import contextlib
import json
import os
import socket
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from pathlib import Path
from typing import Any

from taquilla.errors import BusyError, UnavailableError
from taquilla.lake import s3

# A holder that was killed on another machine is waited for so long.
EXPIRES_S = 60.0
_RENEWALS = 4  # in that time


@contextlib.contextmanager
def lease(root: str, purpose: str) -> Iterator[None]:
    """Hold the object `root/<purpose>.lease` for the length of the block.

    BusyError: another process holds it. UnavailableError: at the block's end it was not ours any more, since S3 could
    not be reached for too long; what the block has committed stands.
    """
    uri = f"{root}/{purpose}.lease"
    held = _Held(uri, _take(uri, purpose))
    renewing = threading.Thread(target=held.keep, name=f"lease {purpose}", daemon=True)
    renewing.start()
    try:
        yield
    except BaseException:
        held.end(renewing)
        # What went wrong in the block is what is told.
        with contextlib.suppress(UnavailableError):
            held.give_back()
        raise
    held.end(renewing)
    held.give_back()


@dataclass(slots=True)
class _Held:
    """The lease as it is held: etag is that of the object that we wrote last; None: it is lost."""

    uri: str
    etag: str | None
    ended: threading.Event = field(default_factory=threading.Event)

    def keep(self) -> None:
        """Renew it until the block ends."""
        while not self.ended.wait(EXPIRES_S / _RENEWALS):
            with contextlib.suppress(UnavailableError):  # tried again; the next who wants it decides
                self.etag = _put(self.uri, _card(), IfMatch=self.etag)
            if self.etag is None:
                return

    def end(self, renewing: threading.Thread) -> None:
        self.ended.set()
        renewing.join()

    def give_back(self) -> None:
        """Let the next have it at once."""
        if self.etag is None or _put(self.uri, {"given_back": True}, IfMatch=self.etag) is None:
            raise UnavailableError(
                f"{self.uri} was lost to another process, since S3 did not answer for {EXPIRES_S:.0f} s. "
                "What was committed stands; run the same command again."
            )


def _take(uri: str, purpose: str) -> str:
    card = {**_card(), "purpose": purpose}
    for _ in range(3):
        if (etag := _put(uri, card, IfNoneMatch="*")) is not None:
            return etag
        with s3.telling(uri):
            found = _read(uri)
        if found is None:
            continue
        present, told, age = found
        if not _is_free(told, age):
            who = f"Process {told.get('pid')} on {told.get('host')}"
            raise BusyError(f"{who} holds {uri}. Wait for it to end, then run the same command again.")
        if (etag := _put(uri, card, IfMatch=present)) is not None:
            return etag
    raise BusyError(f"Another process has just taken {uri}. Wait for it to end, then run the same command again.")


def _is_free(told: dict[str, Any], age_s: float) -> bool:
    if told.get("given_back") or age_s > EXPIRES_S:
        return True
    # Of our own machine we know who lives.
    here = _machine()
    return here is not None and told.get("machine") == here and not Path(f"/proc/{told.get('pid')}").exists()


def _card() -> dict[str, Any]:
    return {"pid": os.getpid(), "host": socket.gethostname(), "machine": _machine(), "expires_s": EXPIRES_S}


def _machine() -> str | None:
    """What tells this boot of this machine, or this container on it, from all others; None where Linux is not."""
    try:
        boot = Path("/proc/sys/kernel/random/boot_id").read_text("ascii").strip()
        return f"{boot} {Path('/proc/self/ns/pid').readlink()}"
    except OSError:
        return None


def _put(uri: str, card: dict[str, Any], **condition: str | None) -> str | None:
    """The new object's etag; None: the condition does not hold."""
    moment = datetime.now(UTC).isoformat(timespec="seconds")
    body = json.dumps({**card, "written_at": moment}).encode()
    with s3.telling(uri):
        return _written(s3.client(), {**s3.place(uri), "Body": body, **condition})


def _written(client: Any, request: dict[str, Any]) -> str | None:
    try:
        return str(client.put_object(**request)["ETag"])
    except client.exceptions.ClientError as error:
        # 409: two at the same moment. 404: If-Match of what is gone.
        if error.response["ResponseMetadata"]["HTTPStatusCode"] in (404, 409, 412):
            return None
        raise


def _read(uri: str) -> tuple[str, dict[str, Any], float] | None:
    """The object's etag, what it says and how long ago it was written by S3's clock; None: there is none."""
    client = s3.client()
    try:
        answer = client.get_object(**s3.place(uri))
    except client.exceptions.NoSuchKey:
        return None
    now = parsedate_to_datetime(answer["ResponseMetadata"]["HTTPHeaders"]["date"])
    age = (now - answer["LastModified"]).total_seconds()
    try:
        told = json.loads(answer["Body"].read())
    except ValueError:
        told = {}
    return str(answer["ETag"]), told if isinstance(told, dict) else {}, age
