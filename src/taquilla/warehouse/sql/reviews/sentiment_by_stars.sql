-- How sentiment goes with stars: mean and quartiles of the sentiment of the reviews with so many stars.
-- key: stars
--
-- Of the reviews with stars whose text has a sentiment; half a star is rounded up.
select
    cast(floor(stars + 0.5) as integer) as stars,
    count(*) as reviews,
    avg(sentiment) as mean_sentiment,
    percentile_cont(0.25) within group (order by sentiment) as q1,
    percentile_cont(0.5) within group (order by sentiment) as median,
    percentile_cont(0.75) within group (order by sentiment) as q3
from reviews.fact_review
where stars is not null and sentiment is not null
group by cast(floor(stars + 0.5) as integer)
order by stars
