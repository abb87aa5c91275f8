-- Revenue and rentals of each day, and all of them up to that day.
-- key: day
--
-- Every day from the first to the last, also those without anything. A day of ten rentals or more that were entered in
-- one second, which is rare in the shop, is an artefact of the data.
with rented as (
    select rented_on, count(*) as rentals from shop.fact_rental group by rented_on
),

paid as (
    select paid_on, count(*) as payments, sum(amount) as revenue from shop.fact_payment group by paid_on
),

known as (
    select count(*) > 0 as has_payments from (select 1 from shop.fact_payment limit 1) as p
),

daily as (
    select
        d.day,
        d.weekday,
        coalesce(r.rentals, 0) as rentals,
        case when k.has_payments then coalesce(p.payments, 0) end as payments,
        case when k.has_payments then coalesce(p.revenue, 0) end as revenue,
        d.is_artefact
    from shop.dim_date as d
    cross join known as k
    left join rented as r on r.rented_on = d.day
    left join paid as p on p.paid_on = d.day
)

select
    day,
    weekday,
    rentals,
    payments,
    cast(revenue as double precision) as revenue,
    cast(sum(rentals) over (order by day) as bigint) as rentals_so_far,
    cast(sum(revenue) over (order by day) as double precision) as revenue_so_far,
    is_artefact
from daily
order by day
