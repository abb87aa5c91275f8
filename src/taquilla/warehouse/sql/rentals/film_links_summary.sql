-- How the shop's films were found in the catalogue of films, and how sure that is.
-- key: link_method
--
-- No match is the normal case of a shop with films of its own; the row without a method was never looked up.
with stocked as (
    select film_id, count(*) as copies from shop.dim_copy group by film_id
),

rented as (
    select film_id, count(*) as rentals from shop.fact_rental group by film_id
)

select
    f.link_method,
    count(*) as films,
    cast(count(*) as double precision) / sum(count(*)) over () as share,
    count(f.catalogue_film_id) as films_linked,
    cast(sum(cast(f.link_confidence as decimal(18, 9))) as double precision)
        / nullif(count(f.link_confidence), 0) as mean_confidence,
    cast(coalesce(sum(s.copies), 0) as bigint) as copies,
    cast(coalesce(sum(r.rentals), 0) as bigint) as rentals
from shop.dim_film as f
left join stocked as s on s.film_id = f.film_id
left join rented as r on r.film_id = f.film_id
group by f.link_method
order by films desc, f.link_method nulls last
