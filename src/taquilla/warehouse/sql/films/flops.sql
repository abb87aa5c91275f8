-- Films that took less than they cost, the biggest losses first.
-- key: film_id
--
-- Loss: budget less revenue, before cinemas and marketing take theirs, in dollars of the time.
-- Budgets and revenues under 1,000 USD are left out as typing errors: they are millions typed as units.
select
    row_number() over (order by budget_usd - revenue_usd desc, film_id) as rank,
    film_id,
    title,
    release_year,
    budget_usd,
    revenue_usd,
    budget_usd - revenue_usd as loss_usd,
    roi
from movies
where not is_removed and budget_usd >= 1000 and revenue_usd >= 1000 and revenue_usd < budget_usd
order by rank
