-- Cities where the customers live: how many there are, what they rent and what they pay.
-- key: country, city
--
-- Each customer where they live now; a customer without a known address is in the row without one.
with rented as (
    select customer_id, count(*) as rentals from shop.fact_rental group by customer_id
),

paid as (
    select customer_id, sum(amount) as revenue from shop.fact_payment group by customer_id
),

known as (
    select count(*) > 0 as has_payments from (select 1 from shop.fact_payment limit 1) as p
)

select
    c.country,
    c.city,
    count(*) as customers,
    count(r.rentals) as customers_with_rentals,
    cast(coalesce(sum(r.rentals), 0) as bigint) as rentals,
    cast(sum(case when k.has_payments then coalesce(p.revenue, 0) end) as double precision) as revenue,
    cast(sum(p.revenue) as double precision) / nullif(count(p.revenue), 0) as revenue_per_paying_customer
from shop.dim_customer as c
cross join known as k
left join rented as r on r.customer_id = c.customer_id
left join paid as p on p.customer_id = c.customer_id
where c.is_current
group by c.country, c.city
order by revenue desc nulls last, rentals desc, c.country nulls last, c.city nulls last
