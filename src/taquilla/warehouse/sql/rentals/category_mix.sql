-- What each category of films has and earns: films, copies, rentals, revenue and late returns.
-- key: category
--
-- A film counts once, in the first of its categories by name, so that the rows add up to the shop.
-- Payments for no rental belong to no film, and are in the row of the films that have none.
with rented as (
    select
        f.category,
        count(*) as rentals,
        count(r.is_late) as rentals_with_due_day,
        count(*) filter (where r.is_late) as rentals_late,
        cast(coalesce(sum(r.days_out), 0) as bigint) as days_out
    from shop.fact_rental as r
    left join shop.dim_film as f on f.film_id = r.film_id
    group by f.category
),

paid as (
    select f.category, sum(p.amount) as revenue
    from shop.fact_payment as p
    left join shop.dim_film as f on f.film_id = p.film_id
    group by f.category
),

stocked as (
    select f.category, count(*) as copies
    from shop.dim_copy as c
    left join shop.dim_film as f on f.film_id = c.film_id
    group by f.category
),

named as (
    select category, count(*) as films from shop.dim_film group by category
),

kinds as (
    select category from named
    union
    select category from rented
    union
    select category from paid
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
    n.category,
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
left join named as f on f.category is not distinct from n.category
left join rented as r on r.category is not distinct from n.category
left join paid as p on p.category is not distinct from n.category
left join stocked as s on s.category is not distinct from n.category
order by revenue desc nulls last, rentals desc, n.category nulls last
