-- How owners answer: reviews that were answered by month, and how many hours they waited.
-- key: month
--
-- Of the reviews whose source tells of owners' replies, by the month of the review; dates in the future are
-- left out. Hours: median of those that are
-- known to the hour; a review that was edited after its reply has none.
select
    month,
    count(*) as reviews,
    count(*) filter (where has_reply) as answered,
    cast(count(*) filter (where has_reply) as double precision) / count(*) as answer_rate,
    percentile_cont(0.5) within group (order by reply_hours) as median_reply_hours
from reviews.fact_review
where has_reply is not null and outlier_rule is distinct from 'future_date'
group by month
order by month
