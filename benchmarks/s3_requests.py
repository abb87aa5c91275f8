"""What a lake in S3 is asked for: the requests of each step, by kind, and the bytes either way.

    python -m benchmarks.s3_requests --films 10000 --buckets 8

A real S3 server, and before it a relay on 127.0.0.1 that passes every byte on and counts the requests.
"""

import argparse
import asyncio
import os
import re
import threading
from collections import Counter
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from benchmarks.engines_road import MEMORY_LIMIT
from benchmarks.generate_films import write_files
from benchmarks.measure import in_fresh_process, show
from benchmarks.servers import S3Server
from taquilla.engines.local import LocalEngine
from taquilla.lake import Lake
from taquilla.pipeline.curate import curate_films
from taquilla.pipeline.land_file import land_files
from taquilla.pipeline.load import load_films

FILMS, BUCKETS, FILES = 10_000, 8, 2
# Nobody sends a request before the last one is answered: each begins what is received.
REQUEST = re.compile(rb"(GET|HEAD|PUT|POST|DELETE) (\S+) HTTP/1\.1\r\n")
KINDS = ("PUT", "POST", "GET", "HEAD", "LIST", "DELETE")


class Relay:
    """A port before the server's. counts: requests by kind; sent, got: bytes to the server and back."""

    def __init__(self, server_port: int) -> None:
        self.server_port, self.port = server_port, 0
        self.counts: Counter[str] = Counter()
        self._loop, ready = asyncio.new_event_loop(), threading.Event()
        threading.Thread(target=self._run, args=(ready,), daemon=True).start()
        ready.wait()

    def _run(self, ready: threading.Event) -> None:
        begun = self._loop.run_until_complete(asyncio.start_server(self._relayed, "127.0.0.1", 0))
        self.port = begun.sockets[0].getsockname()[1]
        ready.set()
        self._loop.run_forever()

    async def _relayed(self, client: asyncio.StreamReader, answer: asyncio.StreamWriter) -> None:
        server, ask = await asyncio.open_connection("127.0.0.1", self.server_port)
        await asyncio.gather(self._passed(client, ask, "sent"), self._passed(server, answer, "got"))

    async def _passed(self, read: asyncio.StreamReader, write: asyncio.StreamWriter, way: str) -> None:
        try:
            while data := await read.read(2**18):
                self.counts[way] += len(data)
                if found := REQUEST.match(data):
                    self.counts[_kind(found[1].decode(), found[2].decode())] += 1
                write.write(data)
                await write.drain()
        except ConnectionError:
            # Whoever hung up has nothing more to say; the other side is told by the end.
            self.counts["hung up"] += 1
        finally:
            write.close()

    def taken(self) -> Counter[str]:
        """What was counted since it was last asked."""
        counts, self.counts = self.counts, Counter()
        return counts


def _kind(method: str, target: str) -> str:
    return "LIST" if method == "GET" and "list-type=" in target else method


def main(films: int = FILMS, buckets: int = BUCKETS) -> None:
    server = S3Server()
    try:
        server.start()
        relay = Relay(server.port)
        os.environ |= server.environment | {"AWS_ENDPOINT_URL": f"http://127.0.0.1:{relay.port}"}
        with TemporaryDirectory() as folder:
            rows = _road(relay, f"s3://{server.new_bucket()}/lake", folder, films, buckets)
        show(f"requests to S3: {films:,} films of {FILES} files in {buckets} buckets", rows)
    finally:
        server.delete()


def _road(relay: Relay, root: str, folder: str, films: int, buckets: int) -> list[dict[str, Any]]:
    write_files(folder, str(films), "small", str(FILES))
    rows = []
    for step in ("land", "curate", "load"):
        # Not in this process: what waits for S3 there may keep the relay's thread from running.
        in_fresh_process(f"benchmarks.s3_requests:{step}", root, folder, *([buckets] if step == "land" else []))
        counts = relay.taken()
        told = {kind: counts[kind] for kind in KINDS}
        rows.append({"step": step, **told, "MB there": counts["sent"] / 1e6, "MB back": counts["got"] / 1e6})
    return rows


def land(root: str, folder: str, buckets: str) -> dict[str, Any]:
    """Land the folder's files there."""
    files = sorted(Path(folder).glob("*.jsonl"))
    done = land_files(_lake(root, folder), LocalEngine(), files, run_id="bench", buckets=int(buckets))
    return {"rows": sum(landed.rows for _, landed in done)}


def curate(root: str, folder: str) -> dict[str, Any]:
    """Curate what was landed there."""
    return {"rows": curate_films(_lake(root, folder), LocalEngine()).raw_rows}


def load(root: str, folder: str) -> dict[str, Any]:
    """Load what was curated there into a warehouse here."""
    done = load_films(_lake(root, folder), Path(folder, "warehouse.duckdb"), memory_limit=MEMORY_LIMIT)
    return {"rows": done.films}


def _lake(root: str, folder: str) -> Lake:
    return Lake(root, private_root=Path(folder, "lake"))


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--films", type=int, default=FILMS)
    parser.add_argument("--buckets", type=int, default=BUCKETS)
    told = parser.parse_args()
    main(told.films, told.buckets)
