-- How the places of each state are reviewed: volume, stars, sentiment, who comes back, and growth.
-- key: state
--
-- State, province or region is the place's, as its source writes it; null: nobody tells where the place is.
-- Venues: those with reviews. Stars from low to high: 95 % confidence of the mean. Retention: of those who wrote, the
-- share who wrote on two or more different days.
-- Growth: reviews of the last whole month in the data against the month before it.
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
        v.state,
        count(distinct r.venue_id) as venues,
        count(*) as reviews,
        count(r.stars) as reviews_with_stars,
        avg(r.stars) as mean_stars,
        stddev_samp(r.stars) as deviation,
        avg(r.sentiment) as mean_sentiment,
        count(*) filter (where r.month = m.month) as reviews_month,
        count(*) filter (where r.month = m.month_before) as reviews_month_before
    from reviews.fact_review as r
    cross join last_month as m
    join reviews.dim_venue as v on v.venue_id = r.venue_id
    group by v.state
),

came_back as (
    select
        state,
        cast(count(*) filter (where last_on > first_on) as double precision) / count(*) as retention
    from (
        select v.state, r.reviewer_id, min(r.reviewed_on) as first_on, max(r.reviewed_on) as last_on
        from reviews.fact_review as r
        join reviews.dim_venue as v on v.venue_id = r.venue_id
        where r.reviewer_id is not null
        group by v.state, r.reviewer_id
    ) as who
    group by state
)

select
    s.state,
    s.venues,
    s.reviews,
    s.mean_stars,
    s.mean_stars - 1.96 * s.deviation / sqrt(s.reviews_with_stars) as stars_low,
    s.mean_stars + 1.96 * s.deviation / sqrt(s.reviews_with_stars) as stars_high,
    s.mean_sentiment,
    c.retention,
    cast(s.reviews_month as double precision) / nullif(s.reviews_month_before, 0) - 1 as growth
from scored as s
left join came_back as c on c.state is not distinct from s.state
order by s.reviews desc, s.state nulls last
