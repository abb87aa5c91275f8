-- en: Revenue of each day, and all of it up to that day
-- es: Ingresos de cada día, y todos hasta ese día
select
    paid_on as day,
    count(*) as payments,
    cast(sum(amount) as double precision) as revenue,
    cast(sum(sum(amount)) over (order by paid_on) as double precision) as revenue_so_far
from shop.fact_payment
group by paid_on
order by paid_on
