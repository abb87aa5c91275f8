-- Rentals, customers and revenue by month, and which months are an artefact of the data.
-- key: month_begins_on
--
-- Months without anything are told too. A month all of whose rentals were entered in one second is an artefact: written
-- by a script, not at a counter. Late share: of the month's rentals that came back and whose due day is known.
with rented as (
    select
        d.month_begins_on,
        count(*) as rentals,
        count(*) filter (where r.is_open) as rentals_open,
        count(*) filter (where d.is_artefact) as rentals_artefact,
        count(distinct r.customer_id) as customers,
        count(distinct r.film_id) as films,
        count(r.is_late) as rentals_with_due_day,
        count(*) filter (where r.is_late) as rentals_late
    from shop.fact_rental as r
    join shop.dim_date as d on d.day = r.rented_on
    group by d.month_begins_on
),

paid as (
    select d.month_begins_on, count(*) as payments, sum(p.amount) as revenue
    from shop.fact_payment as p
    join shop.dim_date as d on d.day = p.paid_on
    group by d.month_begins_on
),

months as (
    select month_begins_on, count(*) as days, count(*) filter (where is_trading) as trading_days
    from shop.dim_date
    group by month_begins_on
),

known as (
    select count(*) > 0 as has_payments from (select 1 from shop.fact_payment limit 1) as p
)

select
    m.month_begins_on,
    m.days,
    m.trading_days,
    coalesce(r.rentals, 0) as rentals,
    coalesce(r.rentals_open, 0) as rentals_open,
    coalesce(r.customers, 0) as customers,
    coalesce(r.films, 0) as films,
    case when k.has_payments then coalesce(p.payments, 0) end as payments,
    case when k.has_payments then cast(coalesce(p.revenue, 0) as double precision) end as revenue,
    cast(r.rentals_late as double precision) / nullif(r.rentals_with_due_day, 0) as late_share,
    coalesce(r.rentals_artefact, 0) as rentals_artefact,
    coalesce(r.rentals_artefact = r.rentals, false) as is_artefact
from months as m
cross join known as k
left join rented as r on r.month_begins_on = m.month_begins_on
left join paid as p on p.month_begins_on = m.month_begins_on
order by m.month_begins_on
