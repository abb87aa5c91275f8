-- Films that nobody ever rented, and whether the shop has a copy of them at all.
-- key: film_id
with rented as (
    select distinct film_id from shop.fact_rental where film_id is not null
),

stocked as (
    select film_id, count(*) as copies from shop.dim_copy group by film_id
)

select
    f.film_id,
    f.title,
    f.category,
    f.rating,
    coalesce(s.copies, 0) as copies,
    coalesce(s.copies, 0) > 0 as is_stocked,
    cast(f.replacement_cost * coalesce(s.copies, 0) as double precision) as replacement_cost
from shop.dim_film as f
left join rented as r on r.film_id = f.film_id
left join stocked as s on s.film_id = f.film_id
where r.film_id is null
order by copies desc, f.film_id
