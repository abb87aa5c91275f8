-- How each category of places is reviewed: volume, stars, sentiment, who comes back, and growth.
-- key: category
--
-- A review counts in each category of its place; null: places without a category.
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
        v.category,
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
    left join reviews.venue_categories as v on v.venue_id = r.venue_id
    group by v.category
),

came_back as (
    select
        category,
        cast(count(*) filter (where last_on > first_on) as double precision) / count(*) as retention
    from (
        select v.category, r.reviewer_id, min(r.reviewed_on) as first_on, max(r.reviewed_on) as last_on
        from reviews.fact_review as r
        left join reviews.venue_categories as v on v.venue_id = r.venue_id
        where r.reviewer_id is not null
        group by v.category, r.reviewer_id
    ) as who
    group by category
)

select
    s.category,
    s.venues,
    s.reviews,
    s.mean_stars,
    s.mean_stars - 1.96 * s.deviation / sqrt(s.reviews_with_stars) as stars_low,
    s.mean_stars + 1.96 * s.deviation / sqrt(s.reviews_with_stars) as stars_high,
    s.mean_sentiment,
    c.retention,
    cast(s.reviews_month as double precision) / nullif(s.reviews_month_before, 0) - 1 as growth
from scored as s
left join came_back as c on c.category is not distinct from s.category
order by s.reviews desc, s.category nulls last
