-- What each store has and earns: its copies, its own customers, its rentals and its revenue.
-- key: store_id
--
-- Rentals and revenue are those of the copies that stand in the store; beside them stand the rentals of the store's own
-- customers and the revenue that its staff took: some sources know one of these and not the others.
-- A payment for no rental belongs to no copy: it is in the row without a store.
with rented as (
    select
        store_id,
        count(*) as rentals,
        count(*) filter (where is_open) as rentals_open,
        count(is_late) as rentals_with_due_day,
        count(*) filter (where is_late) as rentals_late,
        count(distinct customer_id) as customers_renting,
        cast(sum(days_out) as double precision) as days_out
    from shop.fact_rental
    group by store_id
),

paid as (
    select store_id, cast(sum(amount) as double precision) as revenue
    from shop.fact_payment
    group by store_id
),

taken as (
    select staff_store_id, cast(sum(amount) as double precision) as revenue_taken
    from shop.fact_payment
    group by staff_store_id
),

stocked as (
    select store_id, count(*) as copies, count(distinct film_id) as films
    from shop.dim_copy
    group by store_id
),

loyal as (
    select customer_store_id, count(*) as rentals
    from shop.fact_rental
    group by customer_store_id
),

own as (
    select store_id, count(*) as customers
    from shop.dim_customer
    where is_current and not is_inferred
    group by store_id
),

known as (
    select
        count(*) filter (where is_trading) as trading_days,
        (select count(*) from (select 1 from shop.fact_payment limit 1) as p) > 0 as has_payments
    from shop.dim_date
),

stores as (
    select store_id from shop.dim_store
    union
    select store_id from rented
    union
    select customer_store_id from loyal
    union
    select store_id from paid
    union
    select staff_store_id from taken
    union
    select store_id from stocked
    union
    select store_id from own
)

select
    n.store_id,
    s.city,
    s.country,
    coalesce(c.films, 0) as films,
    coalesce(c.copies, 0) as copies,
    coalesce(o.customers, 0) as customers,
    coalesce(r.customers_renting, 0) as customers_renting,
    coalesce(r.rentals, 0) as rentals,
    coalesce(r.rentals_open, 0) as rentals_open,
    coalesce(l.rentals, 0) as rentals_of_own_customers,
    case when k.has_payments then coalesce(p.revenue, 0) end as revenue,
    case when k.has_payments then coalesce(t.revenue_taken, 0) end as revenue_taken,
    cast(r.rentals_late as double precision) / nullif(r.rentals_with_due_day, 0) as late_share,
    r.days_out / nullif(c.copies * k.trading_days, 0) as utilisation,
    cast(r.rentals as double precision) / nullif(c.copies, 0) as turns
from stores as n
cross join known as k
left join shop.dim_store as s on s.store_id = n.store_id
left join rented as r on r.store_id is not distinct from n.store_id
left join paid as p on p.store_id is not distinct from n.store_id
left join loyal as l on l.customer_store_id is not distinct from n.store_id
left join taken as t on t.staff_store_id is not distinct from n.store_id
left join stocked as c on c.store_id is not distinct from n.store_id
left join own as o on o.store_id is not distinct from n.store_id
order by n.store_id nulls last
