-- How each place is reviewed: volume, mean stars and what they are worth, sentiment, answers and who comes back.
-- key: venue_id
--
-- Places with reviews; those that no source row tells of have no name. Stars from low to high: 95 % confidence of the
-- mean, of five reviews or more (Student's t). Bayesian stars: with ten reviews added at the mean of all, so that few
-- reviews say little. Answer rate: of the reviews whose source tells of owners' replies. Retention: of those who wrote,
-- the share who wrote on two or more different days. Last: dates in the future do not count.
with overall as (
    select avg(stars) as mean_stars from reviews.fact_review
),

scored as (
    select
        venue_id,
        count(*) as reviews,
        count(stars) as reviews_with_stars,
        avg(stars) as mean_stars,
        case
            when count(stars) >= 5
            then
                stddev_samp(stars) / sqrt(count(stars))
                * (1.95996 + 2.372 / (count(stars) - 1) + 2.822 / power(count(stars) - 1, 2))
        end as margin,
        avg(sentiment) as mean_sentiment,
        cast(count(*) filter (where has_reply) as double precision) / nullif(count(has_reply), 0) as answer_rate,
        max(reviewed_on) filter (where outlier_rule is distinct from 'future_date') as last_on
    from reviews.fact_review
    group by venue_id
),

came_back as (
    select venue_id, cast(count(*) filter (where last_on > first_on) as double precision) / count(*) as retention
    from (
        select venue_id, reviewer_id, min(reviewed_on) as first_on, max(reviewed_on) as last_on
        from reviews.fact_review
        where reviewer_id is not null
        group by venue_id, reviewer_id
    ) as who
    group by venue_id
)

select
    s.venue_id,
    v.name,
    v.city,
    v.state,
    s.reviews,
    s.mean_stars,
    case when s.margin is not null then greatest(1, s.mean_stars - s.margin) end as stars_low,
    case when s.margin is not null then least(5, s.mean_stars + s.margin) end as stars_high,
    (s.reviews_with_stars * s.mean_stars + 10 * o.mean_stars) / (s.reviews_with_stars + 10) as bayesian_stars,
    s.mean_sentiment,
    s.answer_rate,
    c.retention,
    s.last_on
from scored as s
cross join overall as o
join reviews.dim_venue as v on v.venue_id = s.venue_id
left join came_back as c on c.venue_id = s.venue_id
order by bayesian_stars desc nulls last, s.reviews desc, s.venue_id
