-- How budgets, runtimes and revenues moved: median and middle half of the films by year of release.
-- key: release_year
--
-- Dollars are those of the time. Years with films only; each figure is of the films that have it.
with films as (
    select
        release_year,
        cast(budget_usd as double precision) as budget_usd,
        cast(runtime_min as double precision) as runtime_min,
        cast(revenue_usd as double precision) as revenue_usd
    from movies
    where not is_removed and release_year is not null
)

select
    release_year,
    count(*) as films,
    count(budget_usd) as films_with_budget,
    percentile_cont(0.25) within group (order by budget_usd) as p25_budget_usd,
    percentile_cont(0.50) within group (order by budget_usd) as median_budget_usd,
    percentile_cont(0.75) within group (order by budget_usd) as p75_budget_usd,
    count(runtime_min) as films_with_runtime,
    percentile_cont(0.25) within group (order by runtime_min) as p25_runtime_min,
    percentile_cont(0.50) within group (order by runtime_min) as median_runtime_min,
    percentile_cont(0.75) within group (order by runtime_min) as p75_runtime_min,
    count(revenue_usd) as films_with_revenue,
    percentile_cont(0.50) within group (order by revenue_usd) as median_revenue_usd
from films
group by release_year
order by release_year
