-- How films changed: median budget, revenue, runtime and rating by decade of release.
-- key: decade
--
-- Dollars are those of the time. A rating needs at least one vote.
with films as (
    select
        release_year - release_year % 10 as decade,
        cast(budget_usd as double precision) as budget_usd,
        cast(revenue_usd as double precision) as revenue_usd,
        cast(runtime_min as double precision) as runtime_min,
        case when vote_count > 0 then vote_average end as rating
    from movies
    where not is_removed and release_year is not null
)

select
    decade,
    count(*) as films,
    count(budget_usd) as films_with_budget,
    percentile_cont(0.5) within group (order by budget_usd) as median_budget_usd,
    count(revenue_usd) as films_with_revenue,
    percentile_cont(0.5) within group (order by revenue_usd) as median_revenue_usd,
    count(runtime_min) as films_with_runtime,
    percentile_cont(0.5) within group (order by runtime_min) as median_runtime_min,
    count(rating) as films_with_rating,
    percentile_cont(0.5) within group (order by rating) as median_rating
from films
group by decade
order by decade
