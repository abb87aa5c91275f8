-- How many of the customers who began in a month still rent in the months after it.
-- key: cohort_month, months_since
--
-- A customer begins with their first rental; month 0 is that month. A triangle: each cohort up to the last month in the
-- data, zero where nobody of it rented. Rentals of a day that is an artefact of the data do not count.
with months as (
    select distinct r.customer_id, d.month_begins_on, d.year * 12 + d.month as month_number
    from shop.fact_rental as r
    join shop.dim_date as d on d.day = r.rented_on
    where not d.is_artefact
),

began as (
    select customer_id, min(month_begins_on) as cohort_month, min(month_number) as cohort_number
    from months
    group by customer_id
),

cohorts as (
    select cohort_month, cohort_number, count(*) as customers
    from began
    group by cohort_month, cohort_number
),

calendar as (
    select distinct year * 12 + month as month_number
    from shop.dim_date
    where year * 12 + month <= (select max(month_number) from months)
),

active as (
    select b.cohort_number, m.month_number, count(*) as customers
    from months as m
    join began as b on b.customer_id = m.customer_id
    group by b.cohort_number, m.month_number
)

select
    c.cohort_month,
    n.month_number - c.cohort_number as months_since,
    c.customers,
    coalesce(a.customers, 0) as customers_active,
    cast(coalesce(a.customers, 0) as double precision) / c.customers as retention
from cohorts as c
join calendar as n on n.month_number >= c.cohort_number
left join active as a on a.cohort_number = c.cohort_number and a.month_number = n.month_number
order by c.cohort_month, months_since
