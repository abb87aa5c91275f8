"""Films and a shop in one warehouse file: neither's load takes the other's rows away."""

from datetime import UTC, datetime
from pathlib import Path

from pipeline.road import Road, road
from pipeline.shop import Frames, rentals
from taquilla.engines.local import LocalEngine
from taquilla.pipeline.rentals.curate import curate_rentals
from taquilla.pipeline.rentals.land import land_rentals
from taquilla.pipeline.rentals.load import load_rentals

FILMS, RENTALS = 5, 12


def bring_shop(way: Road, count: int = RENTALS) -> None:
    source = Frames({"rental": rentals(count)}, {"rental": ("rental_id",)})
    land_rentals(way.lake, source, run_id="test", now=datetime(2026, 11, 21, tzinfo=UTC))
    curate_rentals(way.lake, LocalEngine())
    load_rentals(way.lake, way.warehouse)


def counted(way: Road) -> tuple[int, int]:
    [(films,)] = way.ask("select count(*) from movies")
    [(rented,)] = way.ask("select count(*) from shop.fact_rental")
    return films, rented


def test_a_shop_that_was_there_first_stays_when_films_come(tmp_path: Path) -> None:
    with road(tmp_path, FILMS) as way:
        bring_shop(way)
        assert counted(way) == (0, RENTALS)
        way.run()
        assert counted(way) == (FILMS, RENTALS)
        way.run("load_films", rebuild=True)
        assert counted(way) == (FILMS, RENTALS)
        bring_shop(way, RENTALS + 1)
        assert counted(way) == (FILMS, RENTALS + 1)


def test_a_file_of_an_older_version_is_made_anew_with_both(tmp_path: Path) -> None:
    with road(tmp_path, FILMS) as way:
        bring_shop(way)
        way.run()
        for step in ("load_films", "load_rentals"):
            way.change("update load_marks set position = 1 where source = 'schema'")
            way.run(step)
            assert counted(way) == (FILMS, RENTALS)
