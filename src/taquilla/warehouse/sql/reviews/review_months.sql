-- How the reviews go month by month: volume, who is new and who comes back, stars, sentiment and owners' answers.
-- key: month
--
-- Reviewers of the month: new where they never wrote before it, else returning. Stars from low to high: 95 %
-- confidence of the mean, of five reviews or more (Student's t). Answer rate: of the reviews whose source tells of
-- owners' replies. Months without reviews have no row; reviews dated in the future are in none.
with scored as (
    select
        month,
        count(*) as reviews,
        avg(stars) as mean_stars,
        case
            when count(stars) >= 5
            then
                stddev_samp(stars) / sqrt(count(stars))
                * (1.95996 + 2.372 / (count(stars) - 1) + 2.822 / power(count(stars) - 1, 2))
        end as margin,
        avg(sentiment) as mean_sentiment,
        cast(count(*) filter (where has_reply) as double precision) / nullif(count(has_reply), 0) as answer_rate
    from reviews.fact_review
    where outlier_rule is distinct from 'future_date'
    group by month
),

wrote as (
    select month, count(*) as reviewers
    from (
        select month, reviewer_id
        from reviews.fact_review
        where reviewer_id is not null and outlier_rule is distinct from 'future_date'
        group by month, reviewer_id
    ) as who
    group by month
),

began as (
    select month, count(*) as new_reviewers
    from (
        select reviewer_id, min(month) as month
        from reviews.fact_review
        where reviewer_id is not null and outlier_rule is distinct from 'future_date'
        group by reviewer_id
    ) as who
    group by month
)

select
    s.month,
    s.reviews,
    coalesce(w.reviewers, 0) as reviewers,
    coalesce(b.new_reviewers, 0) as new_reviewers,
    coalesce(w.reviewers, 0) - coalesce(b.new_reviewers, 0) as returning_reviewers,
    s.mean_stars,
    case when s.margin is not null then greatest(1, s.mean_stars - s.margin) end as stars_low,
    case when s.margin is not null then least(5, s.mean_stars + s.margin) end as stars_high,
    s.mean_sentiment,
    s.answer_rate
from scored as s
left join wrote as w on w.month = s.month
left join began as b on b.month = s.month
order by s.month
