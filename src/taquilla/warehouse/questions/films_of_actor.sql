-- en: In which films does an actor play?
-- es: ¿En qué películas actúa un actor?
-- parameters: actor = PENELOPE GUINESS
select concat_ws(' ', a.first_name, a.last_name) as actor, f.film_id, f.title as film, f.category
from shop.actors as a
join shop.film_actors as l on l.actor_id = a.actor_id
join shop.dim_film as f on f.film_id = l.film_id
where lower(concat_ws(' ', a.first_name, a.last_name)) = lower(cast($actor as text))
order by film nulls last, f.film_id, a.actor_id
