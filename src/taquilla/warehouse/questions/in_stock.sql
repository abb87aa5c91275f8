-- en: Is a film in stock in a store?
-- es: ¿Está disponible una película en una tienda?
-- parameters: film = ACADEMY DINOSAUR, store = 1
with copies as (
    select c.inventory_id
    from shop.dim_copy as c
    join shop.dim_film as f on f.film_id = c.film_id
    where lower(f.title) = lower(cast($film as text)) and c.store_id = cast($store as bigint)
),

away as (
    select distinct inventory_id from shop.fact_rental where is_open
)

select
    cast($film as text) as film,
    cast($store as bigint) as store_id,
    count(*) as copies,
    count(*) - count(a.inventory_id) as copies_in_stock,
    count(*) > count(a.inventory_id) as is_in_stock
from copies as c
left join away as a on a.inventory_id = c.inventory_id
