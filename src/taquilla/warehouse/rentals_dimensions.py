"""The dimensions of the star, each whole, as one select over the curated tables; and the keys that name nobody."""

# ruff: noqa: S608 - the names in these statements come from constants, never from input.

# Table, column and the table and key that it names.
REFERENCES = (
    ("inventory", "film_id", "rental_films"),
    ("inventory", "store_id", "stores"),
    ("rentals", "inventory_id", "inventory"),
    ("rentals", "customer_id", "customers"),
    ("rentals", "staff_id", "staff"),
    ("payments", "customer_id", "customers"),
    ("payments", "staff_id", "staff"),
    ("payments", "rental_id", "rentals"),
    ("customers", "store_id", "stores"),
    ("customers", "address_id", "addresses"),
    ("staff", "store_id", "stores"),
    ("staff", "address_id", "addresses"),
    ("stores", "manager_staff_id", "staff"),
    ("stores", "address_id", "addresses"),
    ("addresses", "city_id", "cities"),
    ("cities", "country_id", "shop_countries"),
    ("rental_films", "language_id", "rental_languages"),
    ("rental_films", "original_language_id", "rental_languages"),
    ("rental_film_categories", "film_id", "rental_films"),
    ("rental_film_categories", "category_id", "categories"),
    ("rental_film_actors", "film_id", "rental_films"),
    ("rental_film_actors", "actor_id", "rental_actors"),
)
KEYS = {
    "rental_films": "film_id",
    "rental_languages": "language_id",
    "rental_actors": "actor_id",
    "inventory": "inventory_id",
    "rentals": "rental_id",
    "customers": "customer_id",
    "stores": "store_id",
    "staff": "staff_id",
    "addresses": "address_id",
    "cities": "city_id",
    "shop_countries": "country_id",
    "categories": "category_id",
}


def _named(table: str) -> str:
    """Every key of this table that any row names or has, as SQL."""
    key = KEYS[table]
    others = "".join(
        f" union select {column} from curated_{naming} where {column} is not null"
        for naming, column, named in REFERENCES
        if named == table
    )
    return f"select {key} from curated_{table}{others}"


def _all(table: str, alias: str) -> str:
    """Rows for every key that is named, what is told of it in `alias`, as a from clause."""
    key = KEYS[table]
    return f"({_named(table)}) as named left join curated_{table} as {alias} on {alias}.{key} = named.{key}"


_FILMS = f"""
    select named.film_id, f.title, f.description, f.release_year, l.name as language, o.name as original_language,
           f.rental_duration_days, f.rental_rate, f.length_min, f.replacement_cost, f.rating, f.special_features,
           f.vote_count, c.category, k.catalogue_film_id, k.method as link_method, k.confidence as link_confidence,
           f.film_id is null as is_inferred
    from {_all("rental_films", "f")}
    left join curated_rental_languages as l on l.language_id = f.language_id
    left join curated_rental_languages as o on o.language_id = f.original_language_id
    left join (
        select film_id, min(name) as category
        from curated_rental_film_categories join curated_categories using (category_id)
        group by film_id) as c on c.film_id = named.film_id
    left join curated_film_links as k on k.film_id = named.film_id"""

# A place: an address with its city and country, as they are told now.
_PLACES = """(
    select a.address_id, a.address, a.district, a.postal_code, a.phone, t.city, n.country
    from curated_addresses as a
    left join curated_cities as t on t.city_id = a.city_id
    left join curated_shop_countries as n on n.country_id = t.country_id)"""

_STORES = f"""
    select named.store_id, s.manager_staff_id, nullif(concat_ws(' ', m.first_name, m.last_name), '') as manager,
           p.address, p.district, p.city, p.country, s.store_id is null as is_inferred
    from {_all("stores", "s")}
    left join curated_staff as m on m.staff_id = s.manager_staff_id
    left join {_PLACES} as p on p.address_id = s.address_id"""

_STAFF = f"""
    select named.staff_id, s.first_name, s.last_name, s.email, s.username, s.store_id, s.is_active,
           s.staff_id is null as is_inferred
    from {_all("staff", "s")}"""

_COPIES = f"""
    select named.inventory_id, i.film_id, i.store_id, i.inventory_id is null as is_inferred
    from {_all("inventory", "i")}"""

_TOLD = "store_id, first_name, last_name, email, address_id, is_active, created_at, segment, old_customer_id"

# The versions of each customer in the order of their moments. Where several have one moment (or none), the newest
# counts; one that says what the version before it said is no version. The first is valid since ever: nobody was another
# person before the first record of them.
_VERSIONS = f"""
    select *, lead(changed_at) over customer as valid_to, lag(raw_seq) over customer is null as is_first,
           lead(raw_seq) over customer is null as is_current
    from (
        select *, struct_pack({", ".join(f"{c} := {c}" for c in _TOLD.split(", "))}) as told,
               row_number() over customer > 1
               and told is not distinct from lag(told) over customer as is_same
        from (
            select distinct on (customer_id, changed_at) * from curated_customers
            order by customer_id, changed_at, raw_seq desc)
        window customer as (partition by customer_id order by changed_at nulls first))
    where not is_same
    window customer as (partition by customer_id order by changed_at nulls first)"""

# A version's key is its row in raw, so that it is the same in every load; an inferred customer's is negative.
_CUSTOMERS = f"""
    select v.raw_seq + 1 as customer_key, v.customer_id, v.first_name, v.last_name, v.email, p.phone, v.store_id,
           p.address, p.district, p.postal_code, p.city, p.country, v.segment, v.old_customer_id, v.is_active,
           v.created_at, case when not v.is_first then v.changed_at end as valid_from, v.valid_to, v.is_current,
           false as is_inferred
    from ({_VERSIONS}) as v
    left join {_PLACES} as p on p.address_id = v.address_id
    union all by name
    select -(2 * abs(customer_id) + cast(customer_id < 0 as bigint)) - 1 as customer_key, customer_id,
           true as is_current, true as is_inferred
    from (
        select customer_id from curated_rentals union select customer_id from curated_payments
        except select customer_id from curated_customers)"""

# A day of ten rentals or more that were all entered in one second was written by a script, and not at a counter: unless
# many days are so, because the source knows days alone.
_MOVES = """
    select day, sum(rentals) as rentals, coalesce(bool_or(is_one_moment), false) as is_one_moment, sum(moves) as moves
    from (
        select cast(rented_at as date) as day, count(*) as rentals, count(*) as moves,
               count(*) >= 10 and min(rented_at) = max(rented_at) as is_one_moment
        from curated_rentals group by 1
        union all by name
        select cast(returned_at as date) as day, count(*) as moves
        from curated_rentals where returned_at is not null group by 1
        union all by name
        select cast(paid_at as date) as day, 0 as moves from curated_payments group by 1)
    group by day"""

_DATES = f"""
    with moves as ({_MOVES}),
    flagged as (
        select day, moves > 0 and not is_artefact as is_trading, is_artefact
        from (
            select *, is_one_moment and 10 * count(*) filter (is_one_moment) over ()
                      <= count(*) filter (rentals >= 10) over () as is_artefact
            from moves))
    select day, cast(extract(year from day) as integer) as year, cast(extract(quarter from day) as integer) as quarter,
           cast(extract(month from day) as integer) as month, cast(date_trunc('month', day) as date) as month_begins_on,
           cast(extract(isoyear from day) as integer) as iso_year, cast(extract(week from day) as integer) as iso_week,
           cast(extract(isodow from day) as integer) as weekday, extract(isodow from day) >= 6 as is_weekend,
           coalesce(is_trading, false) as is_trading, coalesce(is_artefact, false) as is_artefact
    from (
        select cast(unnest(generate_series(min(day), max(day), interval 1 day)) as date) as day from moves) as days
    left join flagged using (day)"""

_CATEGORIES = """
    select l.film_id, l.category_id, c.name as category
    from curated_rental_film_categories as l left join curated_categories as c on c.category_id = l.category_id"""

_ACTORS = f"""
    select named.actor_id, a.first_name, a.last_name, a.actor_id is null as is_inferred
    from {_all("rental_actors", "a")}"""

_REPAIRS = """
    select distinct on (table_name, raw_seq, column_name, rule) "table" as table_name, raw_seq,
           "column" as column_name, rule, key, found, made, changed_at
    from curated_rental_repairs"""

_REJECTED = """
    select distinct on (table_name, raw_seq) table_name, raw_seq, key, landed_at, rule, reason, record
    from curated_refused"""

# In an order in which none names one that comes later.
DIMENSIONS = {
    "dim_film": _FILMS,
    "dim_store": _STORES,
    "dim_staff": _STAFF,
    "dim_copy": _COPIES,
    "dim_customer": _CUSTOMERS,
    "dim_date": _DATES,
    "film_categories": _CATEGORIES,
    "actors": _ACTORS,
    "film_actors": "select actor_id, film_id from curated_rental_film_actors",
    "repairs": _REPAIRS,
    "rejected": _REJECTED,
}

# One select a reference: the rows whose key is not there.
ORPHANS = tuple(
    f"""
    select '{table}' as table_name, '{column}' as column_name, '{named}' as refers_to, count(*) as rows,
           count(distinct {column}) as keys, (select count(*) from curated_{named}) as rows_referred_to
    from curated_{table} anti join curated_{named} on curated_{table}.{column} = curated_{named}.{KEYS[named]}
    where {column} is not null
    having count(*) > 0"""
    for table, column, named in REFERENCES
)
