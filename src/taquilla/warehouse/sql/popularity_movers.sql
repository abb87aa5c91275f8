-- Which films rise and fall: the change of the popularity percentile over a week of daily exports.
--
-- From the last export day at least 7 days before the newest (failing that, the earliest there is) to the newest.
-- The percentile is among the films of the day's export, because TMDB's popularity has no stable scale;
-- only films in both exports are listed. On a day with several snapshots of a film, the last one counts.
with exported as (
    select
        s.film_id,
        s.popularity,
        cast(s.snapshot_at at time zone 'UTC' as date) as export_date,
        row_number() over (
            partition by s.film_id, cast(s.snapshot_at at time zone 'UTC' as date)
            order by s.snapshot_at desc
        ) as newest_first
    from film_snapshots as s
    join movies as m on m.film_id = s.film_id
    where s.origin = 'export' and s.popularity is not null and not m.is_removed
),

newest as (
    select max(export_date) as to_date from exported
),

compared as (
    select
        n.to_date,
        coalesce(
            max(e.export_date) filter (where e.export_date <= n.to_date - interval '7' day),
            min(e.export_date)
        ) as from_date
    from newest as n
    join exported as e on e.export_date < n.to_date
    group by n.to_date
),

ranked as (
    select
        e.film_id,
        e.export_date,
        e.popularity,
        percent_rank() over (partition by e.export_date order by e.popularity) as percentile
    from exported as e
    join compared as c on e.export_date = c.from_date or e.export_date = c.to_date
    where e.newest_first = 1
),

moved as (
    select
        o.film_id,
        c.from_date,
        c.to_date,
        o.popularity as popularity_before,
        n.popularity as popularity_after,
        o.percentile as percentile_before,
        n.percentile as percentile_after,
        n.percentile - o.percentile as percentile_change
    from compared as c
    join ranked as o on o.export_date = c.from_date
    join ranked as n on n.export_date = c.to_date and n.film_id = o.film_id
)

select
    row_number() over (order by abs(v.percentile_change) desc, v.film_id) as rank,
    v.film_id,
    m.title,
    v.from_date,
    v.to_date,
    v.popularity_before,
    v.popularity_after,
    v.percentile_before,
    v.percentile_after,
    v.percentile_change
from moved as v
join movies as m on m.film_id = v.film_id
order by rank
