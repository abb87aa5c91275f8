-- Which months pay: films, median revenue and median return by month of release, over all years.
-- key: release_month
--
-- Films of 1 January are left out: it stands for a release of which only the year is known.
-- Figures: budget and revenue both 1,000 USD or more.
with films as (
    select
        cast(extract(month from release_date) as integer) as release_month,
        cast(revenue_usd as double precision) as revenue_usd,
        case when budget_usd >= 1000 and revenue_usd >= 1000 then roi end as roi
    from movies
    where not is_removed and not (extract(month from release_date) = 1 and extract(day from release_date) = 1)
)

select
    release_month,
    count(*) as films,
    cast(count(*) as double precision) / sum(count(*)) over () as share_of_films,
    count(revenue_usd) as films_with_revenue,
    percentile_cont(0.5) within group (order by revenue_usd) as median_revenue_usd,
    count(roi) as films_with_figures,
    percentile_cont(0.5) within group (order by roi) as median_roi
from films
group by release_month
order by release_month
