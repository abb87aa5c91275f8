-- When people rent: rentals by weekday (1 is Monday) and hour of the shop's own clock.
-- key: weekday, hour
--
-- Rentals of a day that is an artefact, all of one second, are counted apart: nobody stood at the counter.
with rented as (
    select
        d.weekday,
        r.rented_hour as hour,
        count(*) filter (where not d.is_artefact) as rentals,
        count(*) filter (where d.is_artefact) as rentals_artefact
    from shop.fact_rental as r
    join shop.dim_date as d on d.day = r.rented_on
    group by d.weekday, r.rented_hour
),

days as (
    select weekday, count(*) filter (where is_trading) as trading_days
    from shop.dim_date
    group by weekday
),

total as (
    select cast(sum(rentals) as double precision) as rentals from rented
)

select
    r.weekday,
    r.hour,
    r.rentals,
    r.rentals / nullif(t.rentals, 0) as share,
    cast(r.rentals as double precision) / nullif(d.trading_days, 0) as rentals_per_day,
    r.rentals_artefact
from rented as r
join days as d on d.weekday = r.weekday
cross join total as t
order by r.weekday, r.hour
