-- en: What a customer rented, the newest first
-- es: Qué alquiló un cliente, lo más reciente primero
-- parameters: customer = 1
select r.rental_id, r.rented_at, f.title as film, r.store_id, r.returned_at, r.days_late
from shop.fact_rental as r
left join shop.dim_film as f on f.film_id = r.film_id
where r.customer_id = cast($customer as bigint)
order by r.rented_at desc, r.rental_id
