-- en: Family films by category and quartile of the days that they may be kept
-- es: Películas familiares por categoría y cuartil de los días que se pueden tener
--
-- The quartiles are those of all films; films that may be kept equally long are in the order of their ids.
with quartered as (
    select film_id, rental_duration_days, ntile(4) over (order by rental_duration_days, film_id) as quartile
    from shop.dim_film
    where rental_duration_days is not null
)

select
    c.category,
    q.quartile,
    count(*) as films,
    min(q.rental_duration_days) as shortest_days,
    max(q.rental_duration_days) as longest_days
from quartered as q
join shop.film_categories as c on c.film_id = q.film_id
where c.category in ('Animation', 'Children', 'Classics', 'Comedy', 'Family', 'Music')
group by c.category, q.quartile
order by c.category, q.quartile
