-- How the stars are spread: reviews by stars, rounded to whole ones, and their share.
-- key: stars
--
-- Of the reviews with stars; half a star is rounded up.
with rounded as (
    select cast(floor(stars + 0.5) as integer) as stars, count(*) as reviews
    from reviews.fact_review
    where stars is not null
    group by cast(floor(stars + 0.5) as integer)
),

total as (
    select cast(sum(reviews) as double precision) as reviews from rounded
)

select r.stars, r.reviews, r.reviews / t.reviews as share
from rounded as r
cross join total as t
order by r.stars
