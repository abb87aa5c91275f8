-- en: Who plays in a film?
-- es: ¿Quién actúa en una película?
-- parameters: film = ACADEMY DINOSAUR
select f.title as film, a.actor_id, concat_ws(' ', a.first_name, a.last_name) as actor
from shop.dim_film as f
join shop.film_actors as l on l.film_id = f.film_id
join shop.actors as a on a.actor_id = l.actor_id
where lower(f.title) = lower(cast($film as text))
order by actor, a.actor_id, f.film_id
