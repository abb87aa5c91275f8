-- Segments of customers by how lately, how often and for how much they rent.
-- key: segment
--
-- Each score is a fifth of the customers who rented, 5 the best: days since the last rental, rentals, and what was paid;
-- equals are told apart by their id. Champions: lately (4-5) and often (4-5). Loyal: both 3 or more. Promising: lately,
-- not often. Cannot lose: not lately (1-2), but often (4-5). At risk: not lately, at times (3). Hibernating: neither.
-- Rentals of a day that is an artefact of the data do not count.
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

scored as (
    select
        r.rentals,
        case when k.has_payments then coalesce(p.revenue, 0) end as revenue,
        n.as_of_date - r.last_rented_on as days_since,
        ntile(5) over (order by r.last_rented_on, r.customer_id) as recency,
        ntile(5) over (order by r.rentals, r.customer_id) as frequency,
        ntile(5) over (order by p.revenue nulls first, r.customer_id) as monetary
    from rented as r
    cross join newest as n
    cross join known as k
    left join paid as p on p.customer_id = r.customer_id
),

segmented as (
    select
        *,
        case
            when recency >= 4 and frequency >= 4 then 'champions'
            when recency >= 3 and frequency >= 3 then 'loyal'
            when recency >= 4 then 'promising'
            when recency <= 2 and frequency >= 4 then 'cannot lose'
            when recency <= 2 and frequency = 3 then 'at risk'
            when recency <= 2 then 'hibernating'
            else 'needs attention'
        end as segment
    from scored
)

select
    segment,
    count(*) as customers,
    cast(count(*) as double precision) / sum(count(*)) over () as share,
    cast(sum(rentals) as bigint) as rentals,
    cast(sum(revenue) as double precision) as revenue,
    cast(sum(revenue) as double precision) / nullif(count(revenue), 0) as revenue_per_customer,
    cast(sum(rentals) as double precision) / count(*) as rentals_per_customer,
    cast(sum(days_since) as double precision) / count(*) as mean_days_since,
    case when count(revenue) > 0 then cast(sum(monetary) as double precision) / count(*) end as mean_monetary_score
from segmented
group by segment
order by revenue desc nulls last, customers desc, segment
