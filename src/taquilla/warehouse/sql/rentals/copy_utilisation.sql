-- How the copies of each film are used: days out, turns, and whether they have paid for themselves.
-- key: film_id
--
-- Utilisation: days that copies were out and came back, of copies times days on which anything was rented or returned;
-- what is still out is not counted, since nobody knows for how long. Turns: rentals per copy.
-- Payback: revenue per replacement cost of all the film's copies; paid back from 1 on.
with stocked as (
    select film_id, count(*) as copies from shop.dim_copy where film_id is not null group by film_id
),

copies as (
    select
        film_id,
        inventory_id,
        count(*) as rentals,
        count(*) filter (where is_open) as rentals_open,
        coalesce(sum(days_out), 0) as days_out
    from shop.fact_rental
    group by film_id, inventory_id
),

rented as (
    select
        film_id,
        cast(sum(rentals) as bigint) as rentals,
        cast(sum(rentals_open) as bigint) as rentals_open,
        count(*) as copies_rented,
        cast(sum(days_out) as bigint) as days_out
    from copies
    group by film_id
),

paid as (
    select film_id, sum(amount) as revenue from shop.fact_payment group by film_id
),

known as (
    select
        count(*) filter (where is_trading) as trading_days,
        (select count(*) from (select 1 from shop.fact_payment limit 1) as p) > 0 as has_payments
    from shop.dim_date
),

measured as (
    select
        f.film_id,
        f.title,
        f.category,
        s.copies,
        coalesce(r.copies_rented, 0) as copies_rented,
        coalesce(r.rentals, 0) as rentals,
        coalesce(r.rentals_open, 0) as rentals_open,
        coalesce(r.days_out, 0) as days_out,
        cast(coalesce(r.days_out, 0) as double precision) / nullif(s.copies * k.trading_days, 0) as utilisation,
        cast(coalesce(r.rentals, 0) as double precision) / s.copies as turns,
        case when k.has_payments then cast(coalesce(p.revenue, 0) as double precision) end as revenue,
        cast(f.replacement_cost * s.copies as double precision) as replacement_cost
    from stocked as s
    cross join known as k
    join shop.dim_film as f on f.film_id = s.film_id
    left join rented as r on r.film_id = s.film_id
    left join paid as p on p.film_id = s.film_id
)

select
    *,
    revenue / nullif(replacement_cost, 0) as payback,
    revenue >= replacement_cost as is_paid_back
from measured
order by utilisation desc nulls last, film_id
