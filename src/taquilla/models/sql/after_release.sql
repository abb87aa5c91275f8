-- What is known of a film only after its release, or is still edited then; the targets are made of it.
select
    m.film_id,
    m.popularity,
    m.vote_average,
    m.vote_count,
    m.revenue_usd,
    m.roi,
    nullif(count(c.credit_id), 0) as cast_count
from movies as m
left join movie_actors as c on c.film_id = m.film_id
where not m.is_removed and m.release_date is not null
group by m.film_id, m.popularity, m.vote_average, m.vote_count, m.revenue_usd, m.roi
order by m.film_id
