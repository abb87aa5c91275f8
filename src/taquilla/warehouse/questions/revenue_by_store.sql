-- en: Rentals and revenue of each store, with its manager: the store where the copies stand
-- es: Alquileres e ingresos de cada tienda, con quien la dirige: la tienda donde están las copias
with rented as (
    select store_id, count(*) as rentals from shop.fact_rental group by store_id
),

paid as (
    select store_id, sum(amount) as revenue from shop.fact_payment group by store_id
)

select
    s.store_id,
    s.city,
    s.country,
    s.manager,
    coalesce(r.rentals, 0) as rentals,
    cast(p.revenue as double precision) as revenue
from shop.dim_store as s
left join rented as r on r.store_id = s.store_id
left join paid as p on p.store_id = s.store_id
order by s.store_id
