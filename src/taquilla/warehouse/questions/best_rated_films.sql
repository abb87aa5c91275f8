-- en: The films that users rate best, with few ratings counting for little
-- es: Las películas mejor valoradas por los usuarios; pocas valoraciones cuentan poco
-- parameters: films = 10
select s.rated_film_id, s.title as film, s.release_year, s.ratings, s.mean_rating, s.bayesian_rating
from mart.rated_film_scores as s
order by s.bayesian_rating desc, s.ratings desc, s.rated_film_id
limit cast($films as bigint)
