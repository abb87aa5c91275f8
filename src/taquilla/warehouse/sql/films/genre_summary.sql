-- Each genre in one row: films, money, return, popularity and rating, and since when it is there.
-- key: genre_id
--
-- A film counts once in each of its genres. The share is of the films with a known genre: shares add up to more than 1.
-- Figures: budget and revenue both 1,000 USD or more. Shrunk rating: the mean of the films' Bayesian ratings
-- (100 votes added at the mean of all rated films), with 5 films added at that mean, as in genre_rating.
with films as (
    select
        film_id,
        release_year,
        cast(budget_usd as double precision) as budget_usd,
        cast(revenue_usd as double precision) as revenue_usd,
        case when budget_usd >= 1000 and revenue_usd >= 1000 then roi end as roi,
        popularity_percentile,
        vote_count as votes,
        case when vote_count > 0 then vote_average end as rating
    from movies
    where not is_removed
),

prior as (
    select avg(rating) as mean_rating from films
),

labelled as (
    select
        l.genre_id,
        f.*,
        p.mean_rating,
        -- A decimal: its sum is the same in any order, so that equals stay equal.
        cast((f.votes * f.rating + 100 * p.mean_rating) / (f.votes + 100) as decimal(18, 9)) as bayesian_rating
    from films as f
    join movie_genres as l on l.film_id = f.film_id
    cross join prior as p
),

totals as (
    select count(distinct film_id) as films from labelled
)

select
    g.genre_id,
    g.name as genre,
    count(*) as films,
    cast(count(*) as double precision) / t.films as share_of_films,
    count(l.budget_usd) as films_with_budget,
    percentile_cont(0.5) within group (order by l.budget_usd) as median_budget_usd,
    count(l.revenue_usd) as films_with_revenue,
    percentile_cont(0.5) within group (order by l.revenue_usd) as median_revenue_usd,
    count(l.roi) as films_with_figures,
    percentile_cont(0.5) within group (order by l.roi) as median_roi,
    count(l.popularity_percentile) as films_with_popularity,
    avg(l.popularity_percentile) as mean_popularity_percentile,
    count(l.rating) as films_with_rating,
    (cast(sum(l.bayesian_rating) as double precision) + 5 * max(l.mean_rating))
        / (count(l.rating) + 5) as shrunk_rating,
    min(l.release_year) as first_year,
    max(l.release_year) as last_year
from labelled as l
join genres as g on g.genre_id = l.genre_id
cross join totals as t
group by g.genre_id, g.name, t.films
order by count(*) desc, g.genre_id
