-- en: The actors with the most films
-- es: Los actores con más películas
-- parameters: actors = 1
select a.actor_id, concat_ws(' ', a.first_name, a.last_name) as actor, count(*) as films
from shop.actors as a
join shop.film_actors as l on l.actor_id = a.actor_id
group by a.actor_id, a.first_name, a.last_name
order by films desc, a.actor_id
limit cast($actors as bigint)
