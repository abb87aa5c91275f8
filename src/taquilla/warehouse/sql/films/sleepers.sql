-- Small films that paid well: cheap for their decade, with a return among the best tenth.
-- key: film_id
--
-- Cheap: in the lowest quarter of the decade's budgets. Paid well: in the highest tenth of all returns, above zero.
-- Among films with figures: budget and revenue both 1,000 USD or more (less is a typing error), and a release year.
with films as (
    select
        film_id,
        title,
        release_year,
        budget_usd,
        revenue_usd,
        roi,
        percent_rank() over (partition by release_year - release_year % 10 order by budget_usd) as budget_percentile,
        percent_rank() over (order by roi) as roi_percentile
    from movies
    where not is_removed and budget_usd >= 1000 and revenue_usd >= 1000 and release_year is not null
)

select
    row_number() over (order by roi desc, film_id) as rank,
    film_id,
    title,
    release_year,
    budget_usd,
    revenue_usd,
    roi,
    budget_percentile,
    roi_percentile
from films
where budget_percentile <= 0.25 and roi_percentile >= 0.9 and roi > 0
order by rank
