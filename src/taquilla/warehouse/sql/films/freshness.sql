-- How old the films' records are: films by days since they were read, counted from the newest.
-- key: is_built_in, age_days_from
--
-- A part of a day counts as a day: a record read 180 days and an hour before the newest is over 180 days old.
-- The last band has no end. Built-in films (ids from 2^40 = 1099511627776) are under a free licence and may stay;
-- TMDB's must be read anew or deleted within 180 days.
with films as (
    select
        film_id >= 1099511627776 as is_built_in,
        fetched_at,
        fetched_at at time zone 'UTC' as fetched_utc
    from movies
    where not is_removed
),

newest as (
    select max(fetched_utc) as newest_utc from films
),

aged as (
    select
        f.is_built_in,
        f.fetched_at,
        case
            when f.fetched_utc >= n.newest_utc - interval '1' day then 0
            when f.fetched_utc >= n.newest_utc - interval '7' day then 2
            when f.fetched_utc >= n.newest_utc - interval '30' day then 8
            when f.fetched_utc >= n.newest_utc - interval '90' day then 31
            when f.fetched_utc >= n.newest_utc - interval '180' day then 91
            else 181
        end as age_days_from
    from films as f
    cross join newest as n
)

select
    is_built_in,
    age_days_from,
    case age_days_from when 0 then 1 when 2 then 7 when 8 then 30 when 31 then 90 when 91 then 180 end as age_days_to,
    count(*) as films,
    min(fetched_at) as oldest_fetched_at
from aged
group by is_built_in, age_days_from
order by is_built_in, age_days_from
