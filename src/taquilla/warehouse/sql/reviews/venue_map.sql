-- Where the places are: every place with a position, its reviews here and their mean stars.
-- key: venue_id
--
-- A place without reviews counts 0 of them and has no mean.
with scored as (
    select venue_id, count(*) as reviews, avg(stars) as mean_stars
    from reviews.fact_review
    group by venue_id
)

select
    v.venue_id,
    v.name,
    v.latitude,
    v.longitude,
    coalesce(s.reviews, 0) as reviews,
    s.mean_stars,
    v.is_cinema
from reviews.dim_venue as v
left join scored as s on s.venue_id = v.venue_id
where v.latitude is not null and v.longitude is not null
order by reviews desc, v.venue_id
