-- en: The films that are rented most
-- es: Las películas más alquiladas
-- parameters: films = 10
select f.film_id, f.title as film, f.category, count(*) as rentals
from shop.fact_rental as r
join shop.dim_film as f on f.film_id = r.film_id
group by f.film_id, f.title, f.category
order by rentals desc, film nulls last, f.film_id
limit cast($films as bigint)
