-- How each film is rated by the users: ratings, their mean, and what it is worth.
-- key: rated_film_id
--
-- film_id: the film of the catalogue; null where it has none. Bayesian rating: with ten ratings added at the mean of
-- all, so that few ratings say little.
with overall as (
    select avg(rating) as mean_rating from reviews.fact_rating
),

scored as (
    select rated_film_id, count(*) as ratings, avg(rating) as mean_rating
    from reviews.fact_rating
    group by rated_film_id
)

select
    s.rated_film_id,
    f.title,
    f.release_year,
    f.film_id,
    s.ratings,
    s.mean_rating,
    (s.ratings * s.mean_rating + 10 * o.mean_rating) / (s.ratings + 10) as bayesian_rating
from scored as s
cross join overall as o
join reviews.dim_rated_film as f on f.rated_film_id = s.rated_film_id
order by bayesian_rating desc, s.ratings desc, s.rated_film_id
