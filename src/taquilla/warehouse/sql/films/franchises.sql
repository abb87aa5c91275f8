-- What franchises took: films, revenue, first and last release, and how the later films did against the first.
-- key: collection_id
--
-- A franchise is a TMDB collection with two films or more here. Uplift: the later films' mean revenue over the first's.
with films as (
    select
        film_id,
        collection_id,
        release_date,
        revenue_usd,
        row_number() over (partition by collection_id order by release_date nulls last, film_id) as part
    from movies
    where not is_removed and collection_id is not null
),

measured as (
    select
        collection_id,
        count(*) as films,
        min(release_date) as first_release_date,
        max(release_date) as last_release_date,
        count(revenue_usd) as films_with_revenue,
        cast(sum(revenue_usd) as bigint) as revenue_usd,
        max(revenue_usd) filter (where part = 1) as first_film_revenue_usd,
        count(revenue_usd) filter (where part > 1) as later_films_with_revenue,
        avg(cast(revenue_usd as double precision)) filter (where part > 1) as mean_later_revenue_usd
    from films
    group by collection_id
    having count(*) >= 2
)

select
    row_number() over (order by m.revenue_usd desc nulls last, m.collection_id) as rank,
    m.collection_id,
    c.name as franchise,
    m.films,
    m.first_release_date,
    m.last_release_date,
    m.films_with_revenue,
    m.revenue_usd,
    m.first_film_revenue_usd,
    m.later_films_with_revenue,
    m.mean_later_revenue_usd,
    m.mean_later_revenue_usd / m.first_film_revenue_usd as revenue_uplift
from measured as m
join collections as c on c.collection_id = m.collection_id
order by rank
