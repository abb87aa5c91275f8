-- Well rated films that few look for: at least 50 votes, a rating in the best fifth, popularity in the lower half.
--
-- Bayesian rating: the film's mean vote with 100 votes added at the mean of all rated films.
-- The best fifth is among all rated films; the lower half is among all films with a popularity.
with films as (
    select
        film_id,
        title,
        release_year,
        vote_average,
        vote_count,
        popularity_percentile
    from movies
    where not is_removed and vote_count > 0 and vote_average is not null
),

prior as (
    select avg(vote_average) as mean_rating from films
),

rated as (
    select
        f.*,
        (f.vote_count * f.vote_average + 100 * p.mean_rating) / (f.vote_count + 100) as bayesian_rating
    from films as f
    cross join prior as p
),

ranked as (
    select
        r.*,
        percent_rank() over (order by r.bayesian_rating) as rating_percentile
    from rated as r
)

select
    row_number() over (order by bayesian_rating desc, film_id) as rank,
    film_id,
    title,
    release_year,
    vote_average,
    vote_count,
    bayesian_rating,
    rating_percentile,
    popularity_percentile
from ranked
where vote_count >= 50 and rating_percentile >= 0.8 and popularity_percentile < 0.5
order by rank
