-- How films changed by year of release: the share not in English, and the share whose money is known.
-- key: release_year
--
-- The language is the original one, and its share is of the films where it is known.
-- Figures: budget and revenue both 1,000 USD or more.
with films as (
    select
        release_year,
        original_language,
        case when budget_usd >= 1000 and revenue_usd >= 1000 then roi end as roi
    from movies
    where not is_removed and release_year is not null
)

select
    release_year,
    count(*) as films,
    count(original_language) as films_with_language,
    cast(count(*) filter (where original_language <> 'en') as double precision)
        / nullif(count(original_language), 0) as share_not_english,
    count(roi) as films_with_figures,
    cast(count(roi) as double precision) / count(*) as share_with_figures
from films
group by release_year
order by release_year
