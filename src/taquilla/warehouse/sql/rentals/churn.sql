-- How long ago customers rented for the last time: who stays, who goes, and who never came.
-- key: days_from
--
-- Days are counted from the last rental of all. The last band has no end; the row without days are the customers who
-- never rented. Rentals of a day that is an artefact of the data do not count.
with rented as (
    select r.customer_id, count(*) as rentals, max(r.rented_on) as last_rented_on
    from shop.fact_rental as r
    join shop.dim_date as d on d.day = r.rented_on
    where not d.is_artefact
    group by r.customer_id
),

paid as (
    select customer_id, sum(amount) as revenue from shop.fact_payment group by customer_id
),

known as (
    select count(*) > 0 as has_payments from (select 1 from shop.fact_payment limit 1) as p
),

newest as (
    select max(last_rented_on) as as_of_date from rented
),

aged as (
    select
        r.rentals,
        case when k.has_payments then coalesce(p.revenue, 0) end as revenue,
        case
            when n.as_of_date - r.last_rented_on <= 7 then 0
            when n.as_of_date - r.last_rented_on <= 30 then 8
            when n.as_of_date - r.last_rented_on <= 60 then 31
            when n.as_of_date - r.last_rented_on <= 90 then 61
            when n.as_of_date - r.last_rented_on <= 180 then 91
            when n.as_of_date - r.last_rented_on > 180 then 181
        end as days_from
    from shop.dim_customer as c
    cross join newest as n
    cross join known as k
    left join rented as r on r.customer_id = c.customer_id
    left join paid as p on p.customer_id = c.customer_id
    where c.is_current
)

select
    days_from,
    case days_from when 0 then 7 when 8 then 30 when 31 then 60 when 61 then 90 when 91 then 180 end as days_to,
    count(*) as customers,
    cast(count(*) as double precision) / sum(count(*)) over () as share,
    cast(coalesce(sum(rentals), 0) as bigint) as rentals,
    cast(sum(revenue) as double precision) as revenue
from aged
group by days_from
order by days_from nulls last
