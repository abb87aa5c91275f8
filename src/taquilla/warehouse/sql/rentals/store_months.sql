-- Rentals and revenue of each store by month: the store where the copy stands.
-- key: store_id, month_begins_on
--
-- Rentals by the day that they began, revenue by the day that it was paid. A payment for no rental has no store.
-- A month all of whose rentals were entered in one second is an artefact: written by a script, not at a counter.
with rented as (
    select
        r.store_id,
        d.month_begins_on,
        count(*) as rentals,
        count(*) filter (where d.is_artefact) as rentals_artefact,
        count(distinct r.customer_id) as customers,
        count(r.is_late) as rentals_with_due_day,
        count(*) filter (where r.is_late) as rentals_late
    from shop.fact_rental as r
    join shop.dim_date as d on d.day = r.rented_on
    group by r.store_id, d.month_begins_on
),

paid as (
    select p.store_id, d.month_begins_on, count(*) as payments, sum(p.amount) as revenue
    from shop.fact_payment as p
    join shop.dim_date as d on d.day = p.paid_on
    group by p.store_id, d.month_begins_on
),

months as (
    select store_id, month_begins_on from rented
    union
    select store_id, month_begins_on from paid
),

known as (
    select count(*) > 0 as has_payments from (select 1 from shop.fact_payment limit 1) as p
)

select
    m.store_id,
    m.month_begins_on,
    coalesce(r.rentals, 0) as rentals,
    coalesce(r.customers, 0) as customers,
    case when k.has_payments then coalesce(p.payments, 0) end as payments,
    case when k.has_payments then cast(coalesce(p.revenue, 0) as double precision) end as revenue,
    cast(r.rentals_late as double precision) / nullif(r.rentals_with_due_day, 0) as late_share,
    coalesce(r.rentals_artefact, 0) as rentals_artefact,
    coalesce(r.rentals_artefact = r.rentals, false) as is_artefact
from months as m
cross join known as k
left join rented as r on r.store_id is not distinct from m.store_id and r.month_begins_on = m.month_begins_on
left join paid as p on p.store_id is not distinct from m.store_id and p.month_begins_on = m.month_begins_on
order by m.store_id nulls last, m.month_begins_on
