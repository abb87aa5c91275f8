-- en: Which places answer their reviews, how often, and after how many hours
-- es: Qué sitios responden a sus reseñas, con qué frecuencia y al cabo de cuántas horas
-- parameters: venues = 10
--
-- Of the reviews whose source tells of owners' replies; hours as far as they are known.
select
    v.venue_id,
    v.name as venue,
    v.city,
    count(*) as reviews,
    count(*) filter (where r.has_reply) as answered,
    cast(count(*) filter (where r.has_reply) as double precision) / count(*) as answer_rate,
    percentile_cont(0.5) within group (order by r.reply_hours) as median_reply_hours
from reviews.fact_review as r
join reviews.dim_venue as v on v.venue_id = r.venue_id
where r.has_reply is not null
group by v.venue_id, v.name, v.city
order by answer_rate desc, reviews desc, v.venue_id
limit cast($venues as bigint)
