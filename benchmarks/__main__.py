"""Every benchmark with modest sizes, some quarter of an hour on two cores: `make bench`."""

from benchmarks import (
    engines,
    films_from_disk,
    kafka_consume,
    lake_commits,
    postgres_load,
    rentals,
    reviews,
    web_load,
)
from benchmarks.measure import machine

if __name__ == "__main__":
    print(machine())
    films_from_disk.main(pairs=5)
    engines.main(sizes=(2_500, 10_000))
    lake_commits.main(commits=1_000)
    web_load.main(requests=500)
    kafka_consume.main(rounds=3)
    postgres_load.main(rounds=3)
    rentals.main(rentals=1_000_000)
    reviews.main(reviews=1_000_000, rounds=1)
