-- Which genres are liked: the mean rating by genre, by film, by vote and shrunk.
-- key: genre_id
--
-- A film counts once in each of its genres, and needs a vote to have a rating.
-- Shrunk rating: the mean of the films' Bayesian ratings (100 votes added at the mean of all rated films),
-- with 5 films added at that mean.
with films as (
    select
        film_id,
        case when vote_count > 0 then vote_average end as rating,
        case when vote_average is not null then vote_count end as votes
    from movies
    where not is_removed
),

prior as (
    select avg(rating) as mean_rating from films
),

rated as (
    select
        f.*,
        p.mean_rating,
        -- A decimal: its sum is the same in any order, so that equals stay equal.
        cast((f.votes * f.rating + 100 * p.mean_rating) / (f.votes + 100) as decimal(18, 9)) as bayesian_rating
    from films as f
    cross join prior as p
)

select
    g.genre_id,
    g.name as genre,
    count(*) as films,
    count(r.rating) as films_with_rating,
    cast(sum(r.votes) as bigint) as votes,
    avg(r.rating) as mean_rating,
    sum(r.votes * r.rating) / nullif(cast(sum(r.votes) as double precision), 0) as votes_weighted_rating,
    (cast(sum(r.bayesian_rating) as double precision) + 5 * max(r.mean_rating)) / (count(r.rating) + 5) as shrunk_rating
from rated as r
join movie_genres as m on m.film_id = r.film_id
join genres as g on g.genre_id = m.genre_id
group by g.genre_id, g.name
order by shrunk_rating desc nulls last, g.genre_id
