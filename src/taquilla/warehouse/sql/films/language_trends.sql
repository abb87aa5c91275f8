-- What films speak: films, share, revenue and rating by original language, of all time and of the last ten years.
-- key: original_language
--
-- Shares are of the films with a known original language. The last ten years end with the newest film out.
-- Shrunk rating: the mean of the films' Bayesian ratings (100 votes added at the mean of all rated films),
-- with 5 films added at that mean.
with films as (
    select
        film_id,
        original_language,
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

totals as (
    select
        count(*) as films,
        count(*) filter (where is_recent) as films_last_10_years
    from rated
    where original_language is not null
)

select
    r.original_language,
    l.name as language,
    count(*) as films,
    cast(count(*) as double precision) / t.films as share_of_films,
    count(*) filter (where r.is_recent) as films_last_10_years,
    cast(count(*) filter (where r.is_recent) as double precision)
        / nullif(t.films_last_10_years, 0) as share_last_10_years,
    count(r.revenue_usd) as films_with_revenue,
    cast(sum(r.revenue_usd) as bigint) as revenue_usd,
    count(r.rating) as films_with_rating,
    (cast(sum(r.bayesian_rating) as double precision) + 5 * max(r.mean_rating)) / (count(r.rating) + 5) as shrunk_rating
from rated as r
left join languages as l on l.language_code = r.original_language
cross join totals as t
where r.original_language is not null
group by r.original_language, l.name, t.films, t.films_last_10_years
order by count(*) desc, r.original_language
