-- What the films of each rating (G, PG, R, ...) have and earn: copies, rentals, revenue, late returns.
-- key: rating
--
-- A film without a rating is in the row without one, so that the rows add up to the shop.
-- Payments for no rental belong to no film, and are in the row of the films that have none.
with rented as (
    select
        f.rating,
        count(*) as rentals,
        count(r.is_late) as rentals_with_due_day,
        count(*) filter (where r.is_late) as rentals_late,
        cast(coalesce(sum(r.days_out), 0) as bigint) as days_out
    from shop.fact_rental as r
    left join shop.dim_film as f on f.film_id = r.film_id
    group by f.rating
),

paid as (
    select f.rating, sum(p.amount) as revenue
    from shop.fact_payment as p
    left join shop.dim_film as f on f.film_id = p.film_id
    group by f.rating
),

stocked as (
    select f.rating, count(*) as copies
    from shop.dim_copy as c
    left join shop.dim_film as f on f.film_id = c.film_id
    group by f.rating
),

named as (
    select rating, count(*) as films from shop.dim_film group by rating
),

kinds as (
    select rating from named
    union
    select rating from rented
    union
    select rating from paid
),

known as (
    select
        count(*) filter (where is_trading) as trading_days,
        (select count(*) from (select 1 from shop.fact_payment limit 1) as p) > 0 as has_payments,
        (select count(*) from shop.fact_rental) as rentals,
        (select sum(amount) from shop.fact_payment) as revenue
    from shop.dim_date
)

select
    n.rating,
    coalesce(f.films, 0) as films,
    coalesce(s.copies, 0) as copies,
    coalesce(r.rentals, 0) as rentals,
    cast(coalesce(r.rentals, 0) as double precision) / nullif(k.rentals, 0) as share_of_rentals,
    case when k.has_payments then cast(coalesce(p.revenue, 0) as double precision) end as revenue,
    cast(coalesce(p.revenue, 0) as double precision) / nullif(cast(k.revenue as double precision), 0)
        as share_of_revenue,
    cast(r.rentals as double precision) / nullif(s.copies, 0) as turns,
    cast(r.days_out as double precision) / nullif(s.copies * k.trading_days, 0) as utilisation,
    cast(r.rentals_late as double precision) / nullif(r.rentals_with_due_day, 0) as late_share
from kinds as n
cross join known as k
left join named as f on f.rating is not distinct from n.rating
left join rented as r on r.rating is not distinct from n.rating
left join paid as p on p.rating is not distinct from n.rating
left join stocked as s on s.rating is not distinct from n.rating
order by revenue desc nulls last, rentals desc, n.rating nulls last
