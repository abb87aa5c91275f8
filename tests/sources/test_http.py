"""The parts of one request that need no TMDB: when to ask again, and many at a time."""

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime

import pytest

from taquilla.sources.http import Pace, Patience, in_parallel, retry_after_s

NOW = datetime(2026, 1, 1, 12, 0, 0, tzinfo=UTC)
PATIENCE = Patience(attempts=5, timeout_s=1, backoff_initial_s=1, backoff_max_s=8, retry_after_max_s=0.2)


@pytest.mark.parametrize(
    ("header", "seconds"),
    [
        ("7", 7),
        ("0.5", 0.5),
        ("Thu, 01 Jan 2026 12:00:09 GMT", 9),
        ("Thursday, 01-Jan-26 12:00:09 GMT", 9),
        ("Thu, 01 Jan 2026 11:59:00 GMT", None),
        ("0", None),
        ("-3", None),
        ("nan", None),
        ("inf", None),
        ("soon", None),
        ("", None),
        (None, None),
    ],
)
def test_retry_after_is_seconds_or_a_date(header: str | None, seconds: float | None) -> None:
    assert retry_after_s(header, NOW) == seconds


@pytest.mark.parametrize(("failures", "least", "most"), [(1, 0.5, 1), (2, 1, 2), (4, 4, 8), (2000, 4, 8)])
def test_back_off_doubles_up_to_the_most_with_jitter(failures: int, least: float, most: float) -> None:
    waits = [PATIENCE.backoff_s(failures) for _ in range(50)]
    assert least <= min(waits) < max(waits) <= most


@pytest.mark.parametrize("told_s", [3600.0, None])
def test_nobody_waits_longer_than_the_cap(told_s: float | None) -> None:
    async def main() -> float:
        pace = Pace(None)
        sent_at = await pace.turn()
        pace.close(sent_at, told_s, PATIENCE)
        return await pace.turn() - sent_at

    assert 0.19 <= asyncio.run(main()) < 0.5


def test_refusals_of_one_storm_count_once() -> None:
    async def main() -> float:
        pace, patience = Pace(None), Patience(5, 1, 0.05, 10, 10)
        sent_at = await pace.turn()
        for _ in range(20):  # all were under way when the first was refused
            pace.close(sent_at, None, patience)
        return await pace.turn() - sent_at

    assert asyncio.run(main()) < 0.2


async def numbers(count: int) -> AsyncIterator[int]:
    for number in range(count):
        yield number


@pytest.mark.parametrize("workers", [1, 3, 50])
def test_everything_is_done_once_whatever_the_number_of_workers(workers: int) -> None:
    async def double(number: int) -> int:
        await asyncio.sleep(0.001 * (number % 3))
        return number * 2

    async def main() -> list[int]:
        return [result async for result in in_parallel(numbers(40), double, workers)]

    assert sorted(asyncio.run(main())) == list(range(0, 80, 2))


def test_an_error_comes_out_after_the_results_before_it() -> None:
    seen = []

    async def halve(number: int) -> float:
        return 1 / (3 - number)

    async def main() -> None:
        async for result in in_parallel(range(10), halve, 1):
            seen.append(result)  # noqa: PERF401 - kept although the loop ends in an error

    with pytest.raises(ZeroDivisionError):
        asyncio.run(main())
    assert seen == [1 / 3, 1 / 2, 1]
