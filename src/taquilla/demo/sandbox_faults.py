"""What can go wrong on purpose, the rate limit, and what the sandbox counts.

A fault hits a request or not by a hash of the seed, the address and how often that address was asked, so the
same run meets the same faults whatever the order in which parallel requests arrive.
"""

from __future__ import annotations

import hashlib
import math
from collections import Counter, deque
from collections.abc import Iterable
from typing import Any, Final

import msgspec

from taquilla.demo.sandbox_errors import CODE_OF_STATUS
from taquilla.errors import SettingsError

KINDS: Final = ("cut", "html", "malformed", "rate_limit", "server_error", "slow")
CUTS: Final = ("body", "headers")


class Fault(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One kind of trouble and the requests that it hits.

    `share` of the requests whose path contains `route`, and at most `count` of them (`count=20` alone is a
    storm: the first 20). `retry_after` (s) belongs to rate_limit, `status` to server_error, `seconds` to
    slow, `at` (before the headers or in the middle of the body) to cut.
    """

    kind: str
    share: float = 1.0
    count: int | None = None
    route: str = ""
    retry_after: float | None = None
    status: int = 500
    seconds: float = 1.0
    at: str = "body"

    def __post_init__(self) -> None:
        _demand(self.kind in KINDS, f"Unknown fault {self.kind!r}. Known: {', '.join(KINDS)}.")
        _demand(0 <= self.share <= 1, f"The share of a fault lies between 0 and 1, not at {self.share}.")
        _demand(self.count is None or self.count >= 0, f"The count of a fault is not negative: {self.count}.")
        known = ", ".join(map(str, CODE_OF_STATUS))
        _demand(self.status in CODE_OF_STATUS, f"Unknown server error {self.status}. Known: {known}.")
        _demand(self.at in CUTS, f"A cut is at {' or '.join(CUTS)}, not at {self.at!r}.")
        seconds = (self.seconds, self.retry_after or 0)
        _demand(all(value >= 0 for value in seconds), "The seconds of a fault are not negative.")


def _demand(holds: bool, message: str) -> None:
    if not holds:
        raise SettingsError(message)


def parse_fault(text: str) -> Fault:
    """`rate_limit:share=0.1,retry_after=1` as a fault; raises SettingsError that says what is known."""
    kind, _, rest = text.partition(":")
    _demand(kind in KINDS, f"Unknown fault {kind!r}. Known: {', '.join(KINDS)}.")
    options: dict[str, str] = {}
    for option in filter(None, rest.split(",")):
        name, equals, value = option.partition("=")
        _demand(bool(equals), f"Fault {text!r}: expected name=value, not {option!r}.")
        options[name.strip()] = value.strip()
    return fault_from({"kind": kind, **options})


def fault_from(fields: Any) -> Fault:
    """A fault from a mapping, such as a JSON object; numbers may be text."""
    try:
        return msgspec.convert(fields, Fault, strict=False)
    except msgspec.ValidationError as error:
        # msgspec wraps what __post_init__ raises only when that is a ValueError; ours arrives as it is.
        names = ", ".join(Fault.__struct_fields__)
        raise SettingsError(f"Not a fault: {error}. A fault has: {names}.") from error


class FaultPlan:
    """The faults in force, and which of them hit a request."""

    def __init__(self, faults: Iterable[Fault], seed: int) -> None:
        self._faults = tuple(faults)
        self._seed = seed
        self._asked: Counter[str] = Counter()
        self._hits = [0] * len(self._faults)

    def __bool__(self) -> bool:
        return bool(self._faults)

    def hits(self, path: str) -> list[Fault]:
        """The faults that hit this request: every slowness, then at most one of the others."""
        self._asked[path] += 1
        slow = [f for i, f in enumerate(self._faults) if f.kind == "slow" and self._hit(i, f, path)]
        other = (f for i, f in enumerate(self._faults) if f.kind != "slow" and self._hit(i, f, path))
        return [*slow, *(fault for fault in [next(other, None)] if fault)]

    def _hit(self, index: int, fault: Fault, path: str) -> bool:
        if fault.route not in path or (fault.count is not None and self._hits[index] >= fault.count):
            return False
        if self._draw(index, path) >= fault.share:
            return False
        self._hits[index] += 1
        return True

    def _draw(self, index: int, path: str) -> float:
        """A number in [0, 1) that depends on nothing but the seed, the fault, the path and the attempt."""
        name = f"{self._seed}:{index}:{path}:{self._asked[path]}"
        return int.from_bytes(hashlib.blake2b(name.encode(), digest_size=6).digest()) / 2**48


class RateLimit:
    """At most `per_s` requests in any one-second window, over all clients."""

    def __init__(self, per_s: float) -> None:
        _demand(per_s > 0, f"The rate limit is above 0 requests a second, not {per_s}.")
        self._room = max(1, int(per_s))
        # Below one request a second the window grows instead.
        self._window = max(1.0, self._room / per_s)
        self._admitted: deque[float] = deque()

    def wait(self, now: float) -> int:
        """0 when the request is admitted, else the whole seconds after which to come back."""
        while self._admitted and self._admitted[0] <= now - self._window:
            self._admitted.popleft()
        if len(self._admitted) < self._room:
            self._admitted.append(now)
            return 0
        return max(1, math.ceil(self._admitted[0] + self._window - now))


class Stats:
    """What was asked since the last reset; requests under /_sandbox are not counted."""

    def __init__(self) -> None:
        self._running = 0
        self.reset()

    def reset(self) -> None:
        self._routes: Counter[str] = Counter()
        self._statuses: Counter[str] = Counter()
        self._faults: Counter[str] = Counter()
        self._films: Counter[int] = Counter()
        self._recent: deque[float] = deque()
        self._peak_per_s = 0
        self._peak_running = self._running

    def began(self, route: str, now: float) -> None:
        self._routes[route] += 1
        self._running += 1
        self._peak_running = max(self._peak_running, self._running)
        recent = self._recent
        recent.append(now)
        while recent[0] <= now - 1:
            recent.popleft()
        self._peak_per_s = max(self._peak_per_s, len(recent))

    def ended(self, status: str) -> None:
        """`status` is the HTTP status, or "cut" when the connection was aborted."""
        self._running -= 1
        self._statuses[status] += 1

    def faulted(self, kind: str) -> None:
        self._faults[kind] += 1

    def film_answered(self, film_id: int) -> None:
        self._films[film_id] += 1

    def report(self) -> dict[str, Any]:
        return {
            "requests": self._routes.total(),
            "by_route": dict(self._routes),
            "by_status": dict(self._statuses),
            "faults": dict(self._faults),
            "films": {
                "distinct": len(self._films),
                "answers": self._films.total(),
                "max_per_film": max(self._films.values(), default=0),
            },
            "peak_concurrent": self._peak_running,
            "peak_per_second": self._peak_per_s,
        }
