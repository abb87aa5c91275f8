-- What each member of staff handled: rentals given out and payments taken; ids alone, no names.
-- key: staff_id
with served as (
    select staff_id, customer_id, count(*) as rentals from shop.fact_rental group by staff_id, customer_id
),

rented as (
    select staff_id, cast(sum(rentals) as bigint) as rentals, count(*) as customers
    from served
    group by staff_id
),

paid as (
    select
        staff_id,
        count(*) as payments,
        cast(sum(amount) as double precision) as revenue,
        count(*) filter (where amount = 0) as payments_of_zero,
        count(*) filter (where rental_id is null) as payments_without_rental
    from shop.fact_payment
    group by staff_id
),

known as (
    select count(*) > 0 as has_payments from (select 1 from shop.fact_payment limit 1) as p
),

staff as (
    select staff_id from shop.dim_staff
    union
    select staff_id from rented
    union
    select staff_id from paid
)

select
    n.staff_id,
    s.store_id,
    coalesce(r.rentals, 0) as rentals,
    coalesce(r.customers, 0) as customers,
    case when k.has_payments then coalesce(p.payments, 0) end as payments,
    case when k.has_payments then coalesce(p.revenue, 0) end as revenue,
    p.revenue / nullif(p.payments, 0) as revenue_per_payment,
    case when k.has_payments then coalesce(p.payments_of_zero, 0) end as payments_of_zero,
    case when k.has_payments then coalesce(p.payments_without_rental, 0) end as payments_without_rental
from staff as n
cross join known as k
left join shop.dim_staff as s on s.staff_id = n.staff_id
left join rented as r on r.staff_id is not distinct from n.staff_id
left join paid as p on p.staff_id is not distinct from n.staff_id
order by n.staff_id nulls last
