-- What the customers of each cohort have paid so far: those who rented for the first time in that month.
-- key: cohort_month
--
-- Customers whose only rentals are of a day that is an artefact of the data, and those who never rented, are in the row
-- without a month. Revenue is all that they paid, whatever it was for.
with began as (
    select r.customer_id, min(d.month_begins_on) as cohort_month
    from shop.fact_rental as r
    join shop.dim_date as d on d.day = r.rented_on
    where not d.is_artefact
    group by r.customer_id
),

rented as (
    select customer_id, count(*) as rentals from shop.fact_rental group by customer_id
),

paid as (
    select customer_id, sum(amount) as revenue from shop.fact_payment group by customer_id
),

known as (
    select count(*) > 0 as has_payments from (select 1 from shop.fact_payment limit 1) as p
)

select
    b.cohort_month,
    count(*) as customers,
    cast(coalesce(sum(r.rentals), 0) as bigint) as rentals,
    cast(sum(r.rentals) as double precision) / count(*) as rentals_per_customer,
    cast(sum(case when k.has_payments then coalesce(p.revenue, 0) end) as double precision) as revenue,
    cast(sum(p.revenue) as double precision) / nullif(count(p.revenue), 0) as revenue_per_paying_customer,
    cast(max(p.revenue) as double precision) as highest_revenue
from shop.dim_customer as c
cross join known as k
left join began as b on b.customer_id = c.customer_id
left join rented as r on r.customer_id = c.customer_id
left join paid as p on p.customer_id = c.customer_id
where c.is_current
group by b.cohort_month
order by b.cohort_month nulls last
