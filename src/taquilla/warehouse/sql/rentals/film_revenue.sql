-- What each film earns at the counter, the best first.
-- key: film_id
--
-- Revenue is what was paid for the film's rentals; where no payments are known it is null, and the films are in the
-- order of their rentals. Films that nobody rented are there as well.
with rented as (
    select film_id, count(*) as rentals, count(distinct customer_id) as customers, max(rented_on) as last_rented_on
    from shop.fact_rental
    group by film_id
),

paid as (
    select film_id, sum(amount) as revenue
    from shop.fact_payment
    group by film_id
),

stocked as (
    select film_id, count(*) as copies from shop.dim_copy group by film_id
),

known as (
    select count(*) > 0 as has_payments from (select 1 from shop.fact_payment limit 1) as p
),

measured as (
    select
        f.film_id,
        f.title,
        f.category,
        f.rating,
        f.release_year,
        cast(f.rental_rate as double precision) as rental_rate,
        f.catalogue_film_id,
        coalesce(s.copies, 0) as copies,
        coalesce(r.rentals, 0) as rentals,
        coalesce(r.customers, 0) as customers,
        r.last_rented_on,
        case when k.has_payments then cast(coalesce(p.revenue, 0) as double precision) end as revenue
    from shop.dim_film as f
    cross join known as k
    left join rented as r on r.film_id = f.film_id
    left join paid as p on p.film_id = f.film_id
    left join stocked as s on s.film_id = f.film_id
)

select
    row_number() over (order by revenue desc nulls last, rentals desc, film_id) as rank,
    *,
    revenue / nullif(rentals, 0) as revenue_per_rental,
    revenue / nullif(copies, 0) as revenue_per_copy
from measured
order by rank
