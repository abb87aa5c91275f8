-- Which signs of spam the texts have: reviews with each sign, and their share of the reviews with a text.
-- key: sign
with texts as (
    select count(*) as reviews from reviews.fact_review where has_text
)

select s.sign, count(*) as reviews, cast(count(*) as double precision) / nullif(max(t.reviews), 0) as share
from reviews.review_spam_signs as s
cross join texts as t
group by s.sign
order by reviews desc, s.sign
