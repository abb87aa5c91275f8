-- en: Films that nobody ever rented
-- es: Películas que nadie ha alquilado nunca
select f.film_id, f.title as film, f.category, count(c.inventory_id) as copies
from shop.dim_film as f
left join shop.dim_copy as c on c.film_id = f.film_id
where not exists (select 1 from shop.fact_rental as r where r.film_id = f.film_id)
group by f.film_id, f.title, f.category
order by film nulls last, f.film_id
