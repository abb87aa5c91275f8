"""Whatever a shop does, in however many loads it comes: the star is what a fresh load makes of it."""

import tempfile
from pathlib import Path
from typing import Any

from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from warehouse.shop import Shop
from warehouse.shop_rows import paid, rental
from warehouse.test_rentals_load import broken_keys

# Each example makes a dozen files and several warehouses: the first that fails is shown, not shrunk for minutes.
MANY = settings(max_examples=5, phases=[Phase.generate])

SMALL = st.integers(1, 3)
DAY = st.integers(1, 28)
CHANGED = st.none() | DAY.map(lambda day: f"2024-03-{day:02} 12:00:00")

RENTALS = st.builds(
    lambda n, day, back, copy, customer: rental(
        n, f"03-{day:02} 10:00:00", back and f"03-{min(28, day + back):02} 18:00:00", copy, customer
    ),
    SMALL,
    DAY,
    st.none() | st.integers(0, 9),
    SMALL,
    SMALL,
)
PAYMENTS = st.builds(
    lambda n, cents, of, day, customer, staff: paid(
        n, f"{cents / 100:.2f}", of, f"03-{day:02} 11:00:00", customer, staff
    ),
    SMALL,
    st.integers(0, 999),
    st.none() | SMALL,
    DAY,
    SMALL,
    SMALL,
)
TABLES: dict[str, st.SearchStrategy[dict[str, Any]]] = {
    "rentals": RENTALS,
    "payments": PAYMENTS,
    "customers": st.fixed_dictionaries({"customer_id": SMALL, "store_id": SMALL, "changed_at": CHANGED}),
    "inventory": st.fixed_dictionaries({"inventory_id": SMALL, "film_id": SMALL, "store_id": st.none() | SMALL}),
    "rental_films": st.fixed_dictionaries(
        {"film_id": SMALL, "title": st.sampled_from("ABC"), "rental_duration_days": st.none() | st.integers(1, 5)}
    ),
    "staff": st.fixed_dictionaries({"staff_id": SMALL, "store_id": SMALL}),
    "stores": st.fixed_dictionaries({"store_id": SMALL, "manager_staff_id": st.none() | SMALL}),
}
STEPS = st.lists(
    st.sampled_from(list(TABLES)).flatmap(lambda name: st.tuples(st.just(name), st.lists(TABLES[name], max_size=3))),
    min_size=1,
    max_size=4,
)


@MANY
@given(st.lists(STEPS, min_size=2, max_size=4), st.data())
def test_any_history_in_any_loads_is_what_a_fresh_load_makes(
    loads: list[list[tuple[str, list[dict[str, Any]]]]], data: st.DataObject
) -> None:
    with tempfile.TemporaryDirectory() as folder:
        shop = Shop(Path(folder))
        for steps in loads:
            for name, rows in steps:
                shop.put(**{name: rows})
            there = [(table, key) for table in ("rentals", "payments") for key in shop.tables.get(table, {})]
            for table, key in data.draw(st.lists(st.sampled_from(there), max_size=1)) if there else []:
                shop.drop(table, *key)
                # It is seen when anything of the shop is read anew.
                shop.put(stores=[{"store_id": 1}])
            shop.load()
        step_by_step = shop.star()
        assert broken_keys(shop.file) == []
        shop.load(rebuild=True)
        assert shop.star() == step_by_step
