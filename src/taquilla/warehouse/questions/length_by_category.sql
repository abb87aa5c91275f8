-- en: How long the films of each category are
-- es: Cuánto duran las películas de cada categoría
select
    c.category,
    count(*) as films,
    cast(sum(f.length_min) as double precision) / nullif(count(f.length_min), 0) as mean_length_min
from shop.film_categories as c
join shop.dim_film as f on f.film_id = c.film_id
group by c.category
order by mean_length_min desc nulls last, c.category nulls last
