-- How much of the rentals and the revenue the best films make: films by what they earn, with the share so far.
-- key: film_id
--
-- Where no payments are known the films are in the order of their rentals, and the shares of revenue are null.
-- Payments for no rental belong to no film: the last share of revenue is that of the payments for films.
with rented as (
    select film_id, count(*) as rentals from shop.fact_rental group by film_id
),

paid as (
    select film_id, sum(amount) as revenue from shop.fact_payment group by film_id
),

known as (
    select count(*) > 0 as has_payments from (select 1 from shop.fact_payment limit 1) as p
),

measured as (
    select
        f.film_id,
        f.title,
        coalesce(r.rentals, 0) as rentals,
        case when k.has_payments then coalesce(p.revenue, 0) end as revenue
    from shop.dim_film as f
    cross join known as k
    left join rented as r on r.film_id = f.film_id
    left join paid as p on p.film_id = f.film_id
),

ranked as (
    select *, row_number() over (order by revenue desc nulls last, rentals desc, film_id) as rank
    from measured
),

summed as (
    select
        *,
        cast(rank as double precision) / count(*) over () as share_of_films,
        cast(sum(rentals) over (order by rank) as double precision) as rentals_so_far,
        cast(sum(revenue) over (order by rank) as double precision) as revenue_so_far,
        cast(sum(rentals) over () as double precision) as rentals_of_all,
        cast(sum(revenue) over () as double precision) as revenue_of_all
    from ranked
)

select
    rank,
    film_id,
    title,
    rentals,
    cast(revenue as double precision) as revenue,
    share_of_films,
    rentals_so_far / nullif(rentals_of_all, 0) as share_of_rentals,
    revenue_so_far / nullif(revenue_of_all, 0) as share_of_revenue
from summed
order by rank
