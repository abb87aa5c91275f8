-- Which languages people write in: reviews with a text, their share, mean stars and mean sentiment.
-- key: language
--
-- As recognised from the text; null: it was too short to tell.
with written as (
    select language, count(*) as reviews, avg(stars) as mean_stars, avg(sentiment) as mean_sentiment
    from reviews.fact_review
    where has_text
    group by language
),

total as (
    select cast(sum(reviews) as double precision) as reviews from written
)

select w.language, w.reviews, w.reviews / t.reviews as share, w.mean_stars, w.mean_sentiment
from written as w
cross join total as t
order by w.reviews desc, w.language nulls last
