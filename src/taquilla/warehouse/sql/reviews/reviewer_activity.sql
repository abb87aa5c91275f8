-- How much people write: reviewers by the number of their reviews here, their share, and all that they wrote.
-- key: reviews_written
with wrote as (
    select reviewer_id, count(*) as reviews
    from reviews.fact_review
    where reviewer_id is not null
    group by reviewer_id
),

grouped as (
    select
        case
            when reviews >= 11 then '11+'
            when reviews >= 6 then '6-10'
            when reviews >= 3 then '3-5'
            else cast(reviews as text)
        end as reviews_written,
        min(reviews) as reviews_from,
        count(*) as reviewers,
        cast(sum(reviews) as bigint) as reviews
    from wrote
    group by
        case
            when reviews >= 11 then '11+'
            when reviews >= 6 then '6-10'
            when reviews >= 3 then '3-5'
            else cast(reviews as text)
        end
),

total as (
    select cast(sum(reviewers) as double precision) as reviewers from grouped
)

select g.reviews_written, g.reviewers, g.reviewers / t.reviewers as share, g.reviews
from grouped as g
cross join total as t
order by g.reviews_from, g.reviews_written
