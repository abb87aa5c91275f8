-- How many films there are, what they took, how often they paid and how they are rated, in one row.
-- key: films
--
-- As of the day of the newest record: this year and this week are counted from there, not from today's clock.
-- Figures: a film has them when budget and revenue are both 1,000 USD or more; less is millions typed as units.
-- Break-even: revenue of 2.5 times the budget, which is a ROI of 1.5 (cinemas and marketing take the rest).
-- Bayesian rating: the film's mean vote with 100 votes added at the mean of all rated films.
with films as (
    select
        film_id,
        release_date,
        release_year,
        original_language,
        budget_usd,
        revenue_usd,
        case when budget_usd >= 1000 and revenue_usd >= 1000 then roi end as roi,
        case when vote_count > 0 then vote_average end as rating,
        vote_count as votes
    from movies
    where not is_removed
),

newest as (
    select cast(max(fetched_at) at time zone 'UTC' as date) as as_of_date
    from movies
    where not is_removed
),

prior as (
    select avg(rating) as mean_rating from films
),

measured as (
    select
        f.*,
        (f.votes * f.rating + 100 * p.mean_rating) / (f.votes + 100) as bayesian_rating,
        n.as_of_date
    from films as f
    cross join newest as n
    cross join prior as p
)

select
    count(*) as films,
    max(as_of_date) as as_of_date,
    count(*) filter (
        where release_year = extract(year from as_of_date) and release_date <= as_of_date
    ) as films_this_year,
    count(*) filter (
        where release_date > as_of_date - interval '7' day and release_date <= as_of_date
    ) as films_this_week,
    count(budget_usd) as films_with_budget,
    count(revenue_usd) as films_with_revenue,
    count(*) filter (where budget_usd is not null and revenue_usd is not null) as films_with_both,
    cast(sum(revenue_usd) as bigint) as revenue_usd,
    count(roi) as films_with_figures,
    cast(count(roi) as double precision) / nullif(count(*), 0) as share_with_figures,
    percentile_cont(0.5) within group (order by roi) as median_roi,
    cast(count(*) filter (where roi > 0) as double precision) / nullif(count(roi), 0) as share_profitable,
    cast(count(*) filter (where roi >= 1.5) as double precision) / nullif(count(roi), 0) as share_break_even,
    count(rating) as films_with_rating,
    avg(rating) as mean_rating,
    avg(bayesian_rating) as mean_bayesian_rating,
    count(original_language) as films_with_language,
    cast(count(*) filter (where original_language <> 'en') as double precision)
        / nullif(count(original_language), 0) as share_not_english
from measured
