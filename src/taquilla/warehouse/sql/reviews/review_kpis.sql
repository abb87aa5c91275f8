-- How the reviews stand: volume, stars, sentiment, answers, who comes back, growth, and what is odd, in one row.
-- key: reviews
--
-- Venues and reviewers: those with reviews. Stars from low to high: 95 % confidence of the mean, of five reviews or
-- more (Student's t). Answer rate: of the reviews whose source tells of owners' replies. Retention: of the reviewers,
-- the share who wrote on two or more different days. Growth: reviews of `month` against the month before it; that is
-- the latest month that has ended with five reviews or more in it and in the one before. A month has ended where its
-- last day or a later one has a review. Bursts: days on which a place had far more reviews than its mean, as
-- review_bursts tells. First, last, months: dates in the future do not count. Unknown is null.
with ended as (
    select cast(date_trunc('month', cast(max(reviewed_on) + 1 as timestamp)) as date) as before
    from reviews.fact_review
    where outlier_rule is distinct from 'future_date'
),

months as (
    select month, count(*) as reviews
    from reviews.fact_review
    where outlier_rule is distinct from 'future_date'
    group by month
),

grown as (
    select m.month, cast(m.reviews as double precision) / b.reviews - 1 as growth
    from months as m
    join months as b on b.month = cast(m.month - interval '1 month' as date)
    join ended as e on m.month < e.before
    where m.reviews >= 5 and b.reviews >= 5
    order by m.month desc
    limit 1
),

scored as (
    select
        count(*) as reviews,
        avg(stars) as mean_stars,
        case
            when count(stars) >= 5
            then
                stddev_samp(stars) / sqrt(count(stars))
                * (1.95996 + 2.372 / (count(stars) - 1) + 2.822 / power(count(stars) - 1, 2))
        end as margin,
        avg(sentiment) as mean_sentiment,
        cast(count(*) filter (where has_reply) as double precision) / nullif(count(has_reply), 0) as answer_rate,
        count(*) filter (where is_orphan) as orphans,
        min(reviewed_on) filter (where outlier_rule is distinct from 'future_date') as first_on,
        max(reviewed_on) filter (where outlier_rule is distinct from 'future_date') as last_on
    from reviews.fact_review
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
    case when s.margin is not null then greatest(1, s.mean_stars - s.margin) end as stars_low,
    case when s.margin is not null then least(5, s.mean_stars + s.margin) end as stars_high,
    s.mean_sentiment,
    s.answer_rate,
    w.retention,
    g.growth,
    s.orphans,
    b.bursts,
    t.ratings,
    s.first_on,
    s.last_on,
    g.month
from scored as s
cross join placed as p
cross join wrote as w
cross join bursting as b
cross join rated as t
left join grown as g on true
