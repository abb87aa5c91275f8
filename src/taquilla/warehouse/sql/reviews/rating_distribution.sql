-- How films are rated: ratings of each value, from 0.5 to 5, and their share.
-- key: rating
with rated as (
    select rating, count(*) as ratings from reviews.fact_rating group by rating
),

total as (
    select cast(sum(ratings) as double precision) as ratings from rated
)

select r.rating, r.ratings, r.ratings / t.ratings as share
from rated as r
cross join total as t
order by r.rating
