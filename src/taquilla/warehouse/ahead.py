"""Makes chunks ahead of their reader, in a thread: while the server takes some, the next are being made."""

import threading
from collections.abc import Iterable, Iterator
from queue import Empty, Full, Queue

# A few megabytes of text.
CHUNKS_AHEAD = 8
_WAIT_S = 0.05


class Ahead:
    """Walks several streams of chunks in their order, at most `CHUNKS_AHEAD` before whoever reads them.

    Each is read to its end before the next is begun. An error of a stream is raised where it is read.
    """

    def __init__(self, streams: Iterable[Iterable[bytes]]) -> None:
        self._queue: Queue[bytes | BaseException | None] = Queue(CHUNKS_AHEAD)
        self._is_over = threading.Event()
        self._thread = threading.Thread(target=self._walk, args=(streams,), name="chunks ahead", daemon=True)

    def __enter__(self) -> "Ahead":
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._is_over.set()
        self._thread.join()

    def stream(self) -> Iterator[bytes]:
        """The chunks of the next stream."""
        while (chunk := self._next()) is not None:
            if isinstance(chunk, BaseException):
                raise chunk
            yield chunk

    def _next(self) -> bytes | BaseException | None:
        while True:
            try:
                return self._queue.get(timeout=_WAIT_S)
            except Empty:
                if not self._thread.is_alive() and self._queue.empty():
                    return None

    def _walk(self, streams: Iterable[Iterable[bytes]]) -> None:
        try:
            for stream in streams:
                for chunk in stream:
                    if not self._put(chunk):
                        return
                self._put(None)
        except Exception as error:  # noqa: BLE001 - it is raised where the stream is read
            self._put(error)

    def _put(self, chunk: bytes | BaseException | None) -> bool:
        """Whether anybody still wants it."""
        while not self._is_over.is_set():
            try:
                self._queue.put(chunk, timeout=_WAIT_S)
            except Full:
                continue
            return True
        return False
