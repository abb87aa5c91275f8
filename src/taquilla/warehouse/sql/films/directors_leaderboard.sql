-- The directors of three films or more, best rated first.
-- key: person_id
--
-- A film with two directors counts for both. A director is a TMDB id: homonyms stay apart.
-- Shrunk rating: the mean of the films' Bayesian ratings (100 votes added at the mean of all rated films),
-- with 5 films added at that mean. Figures: budget and revenue both 1,000 USD or more.
with films as (
    select
        film_id,
        release_year,
        revenue_usd,
        case when budget_usd >= 1000 and revenue_usd >= 1000 then roi end as roi,
        vote_count as votes,
        case when vote_count > 0 then vote_average end as rating
    from movies
    where not is_removed
),

prior as (
    select avg(rating) as mean_rating from films
),

rated as (
    select
        f.*,
        p.mean_rating as prior_rating,
        -- A decimal: its sum is the same in any order, so that equals stay equal.
        cast((f.votes * f.rating + 100 * p.mean_rating) / (f.votes + 100) as decimal(18, 9)) as bayesian_rating
    from films as f
    cross join prior as p
),

credited as (
    select d.person_id, r.*
    from movie_directors as d
    join rated as r on r.film_id = d.film_id
),

measured as (
    select
        person_id,
        count(*) as films,
        count(rating) as films_with_rating,
        avg(rating) as mean_rating,
        (cast(sum(bayesian_rating) as double precision) + 5 * max(prior_rating)) / (count(rating) + 5) as shrunk_rating,
        count(revenue_usd) as films_with_revenue,
        cast(sum(revenue_usd) as bigint) as revenue_usd,
        count(roi) as films_with_figures,
        percentile_cont(0.5) within group (order by roi) as median_roi,
        min(release_year) as first_year,
        max(release_year) as last_year
    from credited
    group by person_id
    having count(*) >= 3
)

select
    row_number() over (order by m.shrunk_rating desc nulls last, m.person_id) as rank,
    m.person_id,
    n.name as director,
    m.films,
    m.films_with_rating,
    m.mean_rating,
    m.shrunk_rating,
    m.films_with_revenue,
    m.revenue_usd,
    m.films_with_figures,
    m.median_roi,
    m.first_year,
    m.last_year
from measured as m
join people as n on n.person_id = m.person_id
order by rank
