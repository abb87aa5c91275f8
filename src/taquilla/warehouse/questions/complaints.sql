-- en: What people complain of: the aspects of the reviews with two stars or fewer
-- es: De qué se queja la gente: los aspectos de las reseñas de dos estrellas o menos
-- parameters: city = all
--
-- "all" is every city, and the places of which nobody tells where they are.
with bad as (
    select r.review_id, r.sentiment
    from reviews.fact_review as r
    join reviews.dim_venue as v on v.venue_id = r.venue_id
    where r.stars <= 2 and (cast($city as text) = 'all' or lower(v.city) = lower(cast($city as text)))
)

select
    a.aspect,
    count(*) as reviews,
    cast(count(*) as double precision) / (select count(*) from bad) as share,
    avg(b.sentiment) as mean_sentiment
from bad as b
join reviews.review_aspects as a on a.review_id = b.review_id
group by a.aspect
order by reviews desc, a.aspect
