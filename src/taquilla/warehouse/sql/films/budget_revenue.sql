-- What each film cost and took, and whether it passed its budget (1x) or broke even (2.5x).
-- key: film_id
--
-- One row a film with both figures. Budgets and revenues under 1,000 USD are left out as typing errors.
select
    film_id,
    title,
    release_year,
    budget_usd,
    revenue_usd,
    cast(revenue_usd as double precision) / budget_usd as revenue_multiple,
    roi,
    case
        when revenue_usd >= 2.5 * budget_usd then '2.5x and more'
        when revenue_usd >= budget_usd then '1x to 2.5x'
        else 'under 1x'
    end as break_even_band
from movies
where not is_removed and budget_usd >= 1000 and revenue_usd >= 1000
order by revenue_usd desc, film_id
