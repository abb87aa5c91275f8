-- Are the popular films the well rated ones: films and return by popularity level and rating level.
-- key: popularity_level, rating_level
--
-- Films with both labels. Every level that a film has against every other: a cell that no film is in has 0 films.
-- Levels run from the highest to the lowest. Figures: budget and revenue both 1,000 USD or more.
with films as (
    select
        popularity_level,
        rating_level,
        case lower(popularity_level) when 'alta' then 1 when 'media' then 2 when 'baja' then 3 else 4 end
            as popularity_place,
        case lower(rating_level) when 'excelente' then 1 when 'buena' then 2 when 'regular' then 3 else 4 end
            as rating_place,
        case when budget_usd >= 1000 and revenue_usd >= 1000 then roi end as roi
    from movies
    where not is_removed and popularity_level is not null and rating_level is not null
),

popularity_levels as (
    select distinct popularity_level, popularity_place from films
),

rating_levels as (
    select distinct rating_level, rating_place from films
)

select
    p.popularity_level,
    r.rating_level,
    count(f.popularity_level) as films,
    count(f.roi) as films_with_figures,
    percentile_cont(0.5) within group (order by f.roi) as median_roi
from popularity_levels as p
cross join rating_levels as r
left join films as f on f.popularity_level = p.popularity_level and f.rating_level = r.rating_level
group by p.popularity_level, p.popularity_place, r.rating_level, r.rating_place
order by p.popularity_place, r.rating_place, p.popularity_level, r.rating_level
