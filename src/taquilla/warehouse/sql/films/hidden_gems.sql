-- Well rated films that few look for: a rating among the best fifth, a popularity in the lower half.
-- key: film_id
--
-- Both among the films with 50 votes or more: films that hardly anybody has seen are not gems yet.
-- Bayesian rating: the film's mean vote with 100 votes added at the mean of all rated films.
with films as (
    select
        film_id,
        title,
        release_year,
        popularity,
        vote_average,
        vote_count
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
    where f.vote_count >= 50 and f.popularity is not null
),

ranked as (
    select
        *,
        percent_rank() over (order by bayesian_rating) as rating_percentile_among_voted,
        percent_rank() over (order by popularity) as popularity_percentile_among_voted
    from rated
)

select
    row_number() over (order by bayesian_rating desc, film_id) as rank,
    film_id,
    title,
    release_year,
    vote_average,
    vote_count,
    bayesian_rating,
    popularity,
    rating_percentile_among_voted,
    popularity_percentile_among_voted
from ranked
where rating_percentile_among_voted >= 0.8 and popularity_percentile_among_voted < 0.5
order by rank
