-- How each category of places is reviewed: volume, stars, sentiment, who comes back, and growth.
-- key: category
--
-- A review counts in each category of its place; null: places without a category.
-- Venues: those with reviews. Stars from low to high: 95 % confidence of the mean, of five reviews or more (Student's
-- t). Retention: of those who wrote, the share who wrote on two or more different days.
-- Growth: reviews of its latest month that has ended against the month before it, five or more in each; null where
-- there is none. A month has ended where its last day or a later one has a review; dates in the future do not count.
with scored as (
    select
        v.category,
        count(distinct r.venue_id) as venues,
        count(*) as reviews,
        avg(r.stars) as mean_stars,
        case
            when count(r.stars) >= 5
            then
                stddev_samp(r.stars) / sqrt(count(r.stars))
                * (1.95996 + 2.372 / (count(r.stars) - 1) + 2.822 / power(count(r.stars) - 1, 2))
        end as margin,
        avg(r.sentiment) as mean_sentiment
    from reviews.fact_review as r
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
),

months as (
    select
        v.category,
        r.month,
        count(*) as reviews,
        cast(r.month - interval '1 month' as date) as month_before,
        lag(r.month) over by_month as told_before,
        lag(count(*)) over by_month as reviews_before
    from reviews.fact_review as r
    left join reviews.venue_categories as v on v.venue_id = r.venue_id
    where r.outlier_rule is distinct from 'future_date'
    group by v.category, r.month
    window by_month as (partition by v.category order by r.month)
),

grown as (
    select
        category,
        cast(reviews as double precision) / reviews_before - 1 as growth,
        row_number() over (partition by category order by month desc) as newest
    from months
    where
        reviews >= 5
        and reviews_before >= 5
        and told_before = month_before
        and month < (
            select date_trunc('month', cast(max(reviewed_on) + 1 as timestamp))
            from reviews.fact_review
            where outlier_rule is distinct from 'future_date'
        )
)

select
    s.category,
    s.venues,
    s.reviews,
    s.mean_stars,
    case when s.margin is not null then greatest(1, s.mean_stars - s.margin) end as stars_low,
    case when s.margin is not null then least(5, s.mean_stars + s.margin) end as stars_high,
    s.mean_sentiment,
    c.retention,
    g.growth
from scored as s
left join came_back as c on c.category is not distinct from s.category
left join grown as g on g.newest = 1 and g.category is not distinct from s.category
order by s.reviews desc, s.category nulls last
