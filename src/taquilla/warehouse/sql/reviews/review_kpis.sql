-- How the reviews stand: volume, stars, sentiment, answers, who comes back, growth, and what is odd, in one row.
-- key: reviews
--
-- Venues and reviewers: those with reviews. Stars from low to high: 95 % confidence of the mean. Answer rate: of the
-- reviews whose source tells of owners' replies. Retention: of the reviewers, the share who wrote on two or more
-- different days. Growth: reviews of the last whole month in the data against the month before it. Bursts: days on
-- which a place had far more reviews than its mean, as review_bursts tells. Unknown is null.
with last_month as (
    select
        cast(ends_before - interval '1 month' as date) as month,
        cast(ends_before - interval '2 month' as date) as month_before
    from (
        select cast(date_trunc('month', cast(max(reviewed_on) + 1 as timestamp)) as date) as ends_before
        from reviews.fact_review
    ) as d
),

scored as (
    select
        count(*) as reviews,
        count(stars) as reviews_with_stars,
        avg(stars) as mean_stars,
        stddev_samp(stars) as deviation,
        avg(sentiment) as mean_sentiment,
        cast(count(*) filter (where has_reply) as double precision) / nullif(count(has_reply), 0) as answer_rate,
        count(*) filter (where r.month = m.month) as reviews_month,
        count(*) filter (where r.month = m.month_before) as reviews_month_before,
        count(*) filter (where is_orphan) as orphans,
        min(reviewed_on) as first_on,
        max(reviewed_on) as last_on
    from reviews.fact_review as r
    cross join last_month as m
),

placed as (
    select count(*) as venues
    from (select venue_id from reviews.fact_review group by venue_id) as v
),

wrote as (
    select
        count(*) as reviewers,
        cast(count(*) filter (where last_on > first_on) as double precision) / nullif(count(*), 0) as retention
    from (
        select reviewer_id, min(reviewed_on) as first_on, max(reviewed_on) as last_on
        from reviews.fact_review
        where reviewer_id is not null
        group by reviewer_id
    ) as who
),

bursting as (
    select count(*) as bursts
    from (
        select venue_id, reviewed_on from reviews.fact_review where is_in_burst group by venue_id, reviewed_on
    ) as b
),

rated as (
    select count(*) as ratings from reviews.fact_rating
)

select
    s.reviews,
    p.venues,
    w.reviewers,
    s.mean_stars,
    s.mean_stars - 1.96 * s.deviation / sqrt(s.reviews_with_stars) as stars_low,
    s.mean_stars + 1.96 * s.deviation / sqrt(s.reviews_with_stars) as stars_high,
    s.mean_sentiment,
    s.answer_rate,
    w.retention,
    cast(s.reviews_month as double precision) / nullif(s.reviews_month_before, 0) - 1 as growth,
    s.orphans,
    b.bursts,
    t.ratings,
    s.first_on,
    s.last_on
from scored as s
cross join placed as p
cross join wrote as w
cross join bursting as b
cross join rated as t
