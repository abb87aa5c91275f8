"""Where the town is and who is in it, as tables: countries, cities, stores, staff, customers and their addresses.

Addresses are numbered stores first, then staff, then customers, then the new ones of those who moved, by the day.
"""

from collections.abc import Iterator
from typing import Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from taquilla.demo.town_names import COUNTRIES, DISTRICTS, FIRST_NAMES, FLATS, LAST_NAMES, STREETS
from taquilla.demo.town_people import CITIES, FORGOTTEN_DAYS, Customers, Stores
from taquilla.demo.town_plan import DAY_S, Ints, Plan
from taquilla.demo.town_tables import batch, moments, words

# The database was set up two months before the first day; nobody joined later than a day before the first.
SET_UP_DAY: Final = -61
FITTED_OUT_DAYS: Final = 20
_COUNTRY_NAMES: Final = tuple(sorted(COUNTRIES))
_COUNTRY_OF_CITY: Final = np.array([_COUNTRY_NAMES.index(country) for country, _ in CITIES])
_LANGUAGE_OF_CITY: Final = tuple(COUNTRIES[country][0] for country, _ in CITIES)
# Letters without accents, for addresses of e-mail.
_PLAIN: Final = str.maketrans("ÁÉÍÓÚÑáéíóúñüÜ", "AEIOUNaeiounuU", "'")


def seconds_of(plan: Plan, day: Ints | int, hour: int) -> Ints:
    """An hour of each day in seconds since 1970."""
    return np.asarray(plan.first_day_s + np.asarray(day) * DAY_S + hour * 3600, dtype=np.int64)


def place_tables(plan: Plan, stores: Stores, until_day: int) -> dict[str, pa.RecordBatch]:
    """country, city, staff and store: small, and there from the start; a store from its opening on."""
    is_open = np.flatnonzero(stores.open_day - FITTED_OUT_DAYS < until_day)
    set_up = moments(seconds_of(plan, np.full(max(len(CITIES), len(_COUNTRY_NAMES)), SET_UP_DAY), 9))
    return {
        "country": batch(
            "country",
            country_id=np.arange(len(_COUNTRY_NAMES)) + 1,
            country=_COUNTRY_NAMES,
            last_update=set_up[: len(_COUNTRY_NAMES)],
        ),
        "city": batch(
            "city",
            city_id=np.arange(len(CITIES)) + 1,
            city=[city for _, city in CITIES],
            country_id=_COUNTRY_OF_CITY + 1,
            last_update=set_up[: len(CITIES)],
        ),
        "staff": _staff(plan, stores, is_open),
        "store": batch(
            "store",
            store_id=is_open + 1,
            manager_staff_id=stores.staff_first[is_open] + 1,
            address_id=is_open + 1,
            last_update=moments(seconds_of(plan, stores.open_day[is_open] - FITTED_OUT_DAYS, 9)),
        ),
    }


def _staff(plan: Plan, stores: Stores, is_open: Ints) -> pa.RecordBatch:
    store = np.repeat(np.arange(len(stores)), stores.staff_count)
    staff = np.flatnonzero(np.isin(store, is_open))
    first = [FIRST_NAMES[(7 * number + 3 * plan.seed) % len(FIRST_NAMES)] for number in staff.tolist()]
    last = [LAST_NAMES[(11 * number + 5 * plan.seed) % len(LAST_NAMES)] for number in staff.tolist()]
    users = [
        f"{name.translate(_PLAIN).lower()}{number + 1}" for name, number in zip(first, staff.tolist(), strict=True)
    ]
    nothing = [None] * len(staff)
    return batch(
        "staff",
        staff_id=staff + 1,
        first_name=first,
        last_name=last,
        address_id=len(stores) + staff + 1,
        picture=nothing,
        email=[f"{user}@example.org" for user in users],
        store_id=store[staff] + 1,
        active=[True] * len(staff),
        username=users,
        password=nothing,
        last_update=moments(seconds_of(plan, stores.open_day[store[staff]] - FITTED_OUT_DAYS, 9)),
    )


def customer_batches(
    plan: Plan, stores: Stores, people: Customers, until_day: int, batch_rows: int
) -> Iterator[pa.RecordBatch]:
    """Those who had joined before a day: where they live by then, and who is still on the list."""
    joined = int(np.searchsorted(people.joined_day, until_day, side="left"))
    home = _first_home(stores)
    place = np.zeros(len(people), np.int64)
    moved = _movers(people, until_day)
    place[moved] = np.arange(len(moved))
    for start in range(0, joined, batch_rows):
        who = np.arange(start, min(start + batch_rows, joined))
        forgotten_day = people.left_day[who] + FORGOTTEN_DAYS
        is_active, has_moved = forgotten_day >= until_day, people.moved_day[who] < until_day
        changed_day = np.where(has_moved, people.moved_day[who], people.joined_day[who])
        changed_day = np.maximum(changed_day, np.where(is_active, SET_UP_DAY, forgotten_day))
        new_home = home + len(people) + place[who]
        yield batch(
            "customer",
            customer_id=who + 1,
            store_id=people.store[who] + 1,
            first_name=words(FIRST_NAMES, people.first_name[who]),
            last_name=words(LAST_NAMES, people.last_name[who]),
            email=_emails(people, who),
            address_id=np.where(has_moved, new_home, home + who) + 1,
            active=is_active,
            create_date=moments(seconds_of(plan, people.joined_day[who], 9) + who % 3_000),
            last_update=moments(seconds_of(plan, changed_day, 9) + who % 3_000),
        )


def _first_home(stores: Stores) -> int:
    return len(stores) + int(stores.staff_count.sum())


def _movers(people: Customers, until_day: int) -> Ints:
    """Those who had moved before a day, in the order of moving."""
    order = np.lexsort((np.arange(len(people)), people.moved_day))
    return order[: int(np.searchsorted(people.moved_day[order], until_day, side="left"))]


def _emails(people: Customers, who: Ints) -> pa.Array:
    """first.last.number@example.org, a domain that is nobody's; one in twenty has told none."""
    first = words([name.translate(_PLAIN).lower() for name in FIRST_NAMES], people.first_name[who])
    last = words([name.translate(_PLAIN).lower() for name in LAST_NAMES], people.last_name[who])
    number = pc.binary_join_element_wise(pa.array(who + 1).cast(pa.string()), "example.org", "@")
    told = pc.binary_join_element_wise(first, last, number, ".")
    return pc.if_else(pa.array(who % 20 != 7), told, pa.scalar(None, pa.string()))


def address_batches(
    plan: Plan, stores: Stores, people: Customers, until_day: int, batch_rows: int
) -> Iterator[pa.RecordBatch]:
    """The addresses that were written down before a day, in the order of their numbers."""
    moved = _movers(people, until_day)
    joined = int(np.searchsorted(people.joined_day, until_day, side="left"))
    staff_store = np.repeat(np.arange(len(stores)), stores.staff_count)
    first_home = _first_home(stores)
    fitted_out = stores.open_day - FITTED_OUT_DAYS
    # (first number, city of each, day of writing of each)
    blocks = (
        (0, stores.city, fitted_out),
        (len(stores), stores.city[staff_store], fitted_out[staff_store]),
        (first_home, people.city[:joined], people.joined_day[:joined]),
        (first_home + len(people), people.new_city[moved], people.moved_day[moved]),
    )
    for first, city, day in blocks:
        for start in range(0, len(city), batch_rows):
            places = np.arange(start, min(start + batch_rows, len(city)))
            places = places[day[places] < until_day]
            yield _addresses(plan, first + places, city[places], day[places])


def _addresses(plan: Plan, number: Ints, city: Ints, day: Ints) -> pa.RecordBatch:
    # A number that looks drawn, but needs no stream: the same address whatever was read before it.
    mix = (number * 2_654_435_761 + 97 * plan.seed) % 1_000_003
    speaks_spanish = pa.array(np.array([language == "es" for language in _LANGUAGE_OF_CITY])[city])
    house = pa.array(1 + mix % 180).cast(pa.string())
    spanish = pc.binary_join_element_wise(words(STREETS["es"], mix % len(STREETS["es"])), house, ", ")
    english = pc.binary_join_element_wise(house, words(STREETS["en"], mix % len(STREETS["en"])), " ")
    district = [words(DISTRICTS[language], mix // 7 % len(DISTRICTS[language])) for language in ("es", "en")]
    flat = [pc.binary_join_element_wise(pa.scalar(FLATS[language]), house, " ") for language in ("es", "en")]
    # 555-0100 to 555-0199 are kept for stories everywhere in North America, whatever the area.
    area = pa.array(200 + mix % 800).cast(pa.string())
    line = pc.utf8_slice_codeunits(pa.array(100 + mix // 11 % 100).cast(pa.string()), 1)
    return batch(
        "address",
        address_id=number + 1,
        address=pc.if_else(speaks_spanish, spanish, english),
        address2=pc.if_else(
            pa.array(mix % 5 == 0), pc.if_else(speaks_spanish, flat[0], flat[1]), pa.scalar(None, pa.string())
        ),
        district=pc.if_else(speaks_spanish, district[0], district[1]),
        city_id=city + 1,
        postal_code=pa.array(10_000 + mix % 89_999).cast(pa.string()),
        phone=pc.binary_join_element_wise(area, pa.scalar("-555-01"), line, ""),
        last_update=moments(seconds_of(plan, day, 9)),
    )
