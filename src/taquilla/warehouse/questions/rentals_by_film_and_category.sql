-- en: How often each film was rented, by category
-- es: Cuántas veces se alquiló cada película, por categoría
select c.category, f.title as film, count(r.rental_id) as rentals
from shop.dim_film as f
join shop.film_categories as c on c.film_id = f.film_id
left join shop.fact_rental as r on r.film_id = f.film_id
group by c.category, f.film_id, f.title
order by c.category nulls last, rentals desc, film nulls last, f.film_id
