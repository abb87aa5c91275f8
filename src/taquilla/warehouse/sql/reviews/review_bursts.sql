-- Days on which a place had far more reviews than usual: how many, how many were expected, and their mean stars.
-- key: venue_id, day
--
-- The rule: at least 5 reviews on the day, and more than the mean plus 3 * sqrt(mean), where the mean is the place's
-- own: its reviews over the days from its first to its last. Reviews of which only the month is known, and
-- those dated in the future, do not count.
-- Score: so many square roots of the mean above it. The load marks the reviews by the same rule (is_in_burst).
with bursts as (
    select venue_id, reviewed_on as day, count(*) as reviews, avg(stars) as mean_stars
    from reviews.fact_review
    where is_in_burst
    group by venue_id, reviewed_on
),

means as (
    select
        venue_id,
        cast(count(*) as double precision) / (max(reviewed_on) - min(reviewed_on) + 1) as expected
    from reviews.fact_review
    where
        date_precision <> 'month'
        and outlier_rule is distinct from 'future_date'
        and venue_id in (select venue_id from bursts)
    group by venue_id
)

select
    b.venue_id,
    v.name,
    b.day,
    b.reviews,
    m.expected,
    (b.reviews - m.expected) / sqrt(m.expected) as score,
    b.mean_stars
from bursts as b
join means as m on m.venue_id = b.venue_id
join reviews.dim_venue as v on v.venue_id = b.venue_id
order by score desc, b.venue_id, b.day
