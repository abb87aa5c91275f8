-- en: When people check in: the busiest hours of the week (1 is Monday)
-- es: Cuándo registra la gente su visita: las horas de más afluencia de la semana (1 es lunes)
-- parameters: hours = 10
select
    cast(extract(isodow from checked_in_on) as integer) as weekday,
    hour,
    cast(sum(checkins) as bigint) as checkins
from reviews.fact_checkin
group by cast(extract(isodow from checked_in_on) as integer), hour
order by checkins desc, weekday, hour
limit cast($hours as bigint)
