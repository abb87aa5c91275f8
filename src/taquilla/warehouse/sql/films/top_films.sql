-- The hundred most popular films, with the rating that their votes justify.
-- key: film_id
--
-- Bayesian rating: the film's mean vote with 100 votes added at the mean of all rated films.
with films as (
    select
        *,
        case when vote_count > 0 then vote_average end as rating
    from movies
    where not is_removed
),

prior as (
    select avg(rating) as mean_rating from films
)

select
    row_number() over (order by f.popularity desc, f.film_id) as rank,
    f.film_id,
    f.title,
    f.release_year,
    f.popularity,
    f.popularity_percentile,
    f.popularity_level,
    f.rating as vote_average,
    f.vote_count,
    (f.vote_count * f.rating + 100 * p.mean_rating) / (f.vote_count + 100) as bayesian_rating,
    f.revenue_usd
from films as f
cross join prior as p
where f.popularity is not null
order by rank
limit 100
