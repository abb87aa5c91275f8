-- Which films rise and fall: the change of the popularity percentile over a week of daily exports.
-- key: film_id
--
-- From the last export day at least 7 days before the newest (failing that, the earliest there is) to the newest.
-- The percentile is among the films of the day's export, because TMDB's popularity has no stable scale;
-- only films in both exports are listed. On a day with several snapshots of a film, the last one counts.
with exported as (
    select
        s.film_id,
        s.popularity,
        s.snapshot_at,
        cast(s.snapshot_at at time zone 'UTC' as date) as export_date
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

days as (
    select from_date as export_date, from_date, to_date from compared
    union all
    select to_date as export_date, from_date, to_date from compared
),

chosen as (
    select
        e.film_id,
        e.popularity,
        d.export_date,
        d.from_date,
        d.to_date,
        row_number() over (partition by e.film_id, d.export_date order by e.snapshot_at desc) as newest_first
    from exported as e
    join days as d on d.export_date = e.export_date
),

ranked as (
    select
        *,
        percent_rank() over (partition by export_date order by popularity) as percentile
    from chosen
    where newest_first = 1
),

paired as (
    select
        film_id,
        from_date,
        to_date,
        max(popularity) filter (where export_date = from_date) as popularity_before,
        max(popularity) filter (where export_date = to_date) as popularity_after,
        max(percentile) filter (where export_date = from_date) as percentile_before,
        max(percentile) filter (where export_date = to_date) as percentile_after
    from ranked
    group by film_id, from_date, to_date
    having count(*) = 2
)

select
    row_number() over (order by abs(p.percentile_after - p.percentile_before) desc, p.film_id) as rank,
    p.film_id,
    m.title,
    p.from_date,
    p.to_date,
    p.popularity_before,
    p.popularity_after,
    p.percentile_before,
    p.percentile_after,
    p.percentile_after - p.percentile_before as percentile_change
from paired as p
join movies as m on m.film_id = p.film_id
order by rank
