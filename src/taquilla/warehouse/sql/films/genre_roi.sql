-- Which genres pay: the distribution of the return on investment by genre.
-- key: genre_id
--
-- A film counts once in each of its genres. Budgets and revenues under 1,000 USD are left out as typing errors:
-- they are millions typed as units. Break-even: revenue of 2.5 times the budget, which is a ROI of 1.5.
with films as (
    select film_id, roi
    from movies
    where not is_removed and budget_usd >= 1000 and revenue_usd >= 1000
)

select
    g.genre_id,
    g.name as genre,
    count(*) as films_with_figures,
    percentile_cont(0.10) within group (order by f.roi) as p10_roi,
    percentile_cont(0.25) within group (order by f.roi) as p25_roi,
    percentile_cont(0.50) within group (order by f.roi) as median_roi,
    percentile_cont(0.75) within group (order by f.roi) as p75_roi,
    percentile_cont(0.90) within group (order by f.roi) as p90_roi,
    cast(count(*) filter (where f.roi > 0) as double precision) / count(*) as share_profitable,
    cast(count(*) filter (where f.roi >= 1.5) as double precision) / count(*) as share_break_even
from films as f
join movie_genres as m on m.film_id = f.film_id
join genres as g on g.genre_id = m.genre_id
group by g.genre_id, g.name
order by median_roi desc nulls last, g.genre_id
