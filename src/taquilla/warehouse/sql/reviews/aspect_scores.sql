-- What people write about and how they find it: reviews, mean stars and mean sentiment of each aspect.
-- key: aspect
--
-- A review counts in each aspect that its text names. Share: of the reviews that have a text. Joined by the number of
-- their row in raw, which is narrower than the review's id.
with texts as (
    select count(*) as reviews from reviews.fact_review where has_text
)

select
    a.aspect,
    count(*) as reviews,
    avg(r.stars) as mean_stars,
    avg(r.sentiment) as mean_sentiment,
    cast(count(*) as double precision) / nullif(max(t.reviews), 0) as share
from reviews.review_aspects as a
join reviews.fact_review as r on r.raw_seq = a.raw_seq
cross join texts as t
group by a.aspect
order by reviews desc, a.aspect
