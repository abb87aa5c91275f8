-- When people check in: check-ins by weekday (1 is Monday) and hour of the source's own clock.
-- key: weekday, hour
select
    cast(extract(isodow from checked_in_on) as integer) as weekday,
    hour,
    cast(sum(checkins) as bigint) as checkins
from reviews.fact_checkin
group by cast(extract(isodow from checked_in_on) as integer), hour
order by weekday, hour
