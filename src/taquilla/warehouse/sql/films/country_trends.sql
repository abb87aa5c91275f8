-- Where films are made: films, share, revenue and rating by country, of all time and of the last ten years.
-- key: country_code
--
-- The country is the one of production, which may be several: a film counts once in each. Shares are of the films with
-- a known country, so that they add up to more than 1. The last ten years end with the newest film out.
-- Shrunk rating: the mean of the films' Bayesian ratings (100 votes added at the mean of all rated films),
-- with 5 films added at that mean.
with films as (
    select
        film_id,
        release_year,
        revenue_usd,
        vote_count as votes,
        case when vote_count > 0 then vote_average end as rating
    from movies
    where not is_removed
),

prior as (
    select avg(rating) as mean_rating from films
),

newest as (
    select max(release_year) as newest_year
    from movies
    where not is_removed and release_date <= cast(fetched_at at time zone 'UTC' as date)
),

rated as (
    select
        f.*,
        p.mean_rating,
        -- A decimal: its sum is the same in any order, so that equals stay equal.
        cast((f.votes * f.rating + 100 * p.mean_rating) / (f.votes + 100) as decimal(18, 9)) as bayesian_rating,
        f.release_year > n.newest_year - 10 and f.release_year <= n.newest_year as is_recent
    from films as f
    cross join prior as p
    cross join newest as n
),

located as (
    select r.*, m.country_code
    from rated as r
    join movie_countries as m on m.film_id = r.film_id
),

totals as (
    select
        count(distinct film_id) as films,
        count(distinct film_id) filter (where is_recent) as films_last_10_years
    from located
)

select
    l.country_code,
    c.name as country,
    count(*) as films,
    cast(count(*) as double precision) / t.films as share_of_films,
    count(*) filter (where l.is_recent) as films_last_10_years,
    cast(count(*) filter (where l.is_recent) as double precision)
        / nullif(t.films_last_10_years, 0) as share_last_10_years,
    count(l.revenue_usd) as films_with_revenue,
    cast(sum(l.revenue_usd) as bigint) as revenue_usd,
    count(l.rating) as films_with_rating,
    (cast(sum(l.bayesian_rating) as double precision) + 5 * max(l.mean_rating)) / (count(l.rating) + 5) as shrunk_rating
from located as l
join countries as c on c.country_code = l.country_code
cross join totals as t
group by l.country_code, c.name, t.films, t.films_last_10_years
order by count(*) desc, l.country_code
