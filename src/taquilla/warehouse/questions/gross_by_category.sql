-- en: What each category of films earned
-- es: Cuánto ingresó cada categoría de películas
--
-- A film of two categories earns in both: together they may make more than the shop.
select c.category, count(*) as payments, cast(sum(p.amount) as double precision) as revenue
from shop.fact_payment as p
join shop.film_categories as c on c.film_id = p.film_id
group by c.category
order by revenue desc, c.category nulls last
