-- How many films there are to learn from, and why others are left out. The built-in films are numbered from 2^40 on.
select
    count(*) as films,
    count(*) filter (where is_removed) as removed,
    count(*) filter (where not is_removed and release_date is null) as without_release_date,
    count(*) filter (where not is_removed and release_date is not null) as dated,
    count(*) filter (where not is_removed and release_date > as_of_date) as unreleased,
    count(*) filter (where not is_removed and release_date <= as_of_date) as released,
    count(*) filter (
        where extract(month from release_date) = 1 and extract(day from release_date) = 1
            and not is_removed and release_date <= as_of_date
    ) as on_1_january,
    count(*) filter (where film_id >= 1099511627776) as built_in,
    count(*) filter (where film_id < 1099511627776) as from_tmdb
from movies
cross join (select cast(max(fetched_at) at time zone 'UTC' as date) as as_of_date from movies) as read
