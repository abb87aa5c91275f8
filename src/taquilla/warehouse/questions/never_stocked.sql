-- en: Films of which no store has a copy
-- es: Películas de las que ninguna tienda tiene copia
select f.film_id, f.title as film, f.category
from shop.dim_film as f
where not exists (select 1 from shop.dim_copy as c where c.film_id = f.film_id)
order by film nulls last, f.film_id
