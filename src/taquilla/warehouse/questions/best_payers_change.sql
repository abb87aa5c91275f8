-- en: How what the best payers pay changes from one month to the next, the largest rise first
-- es: Cómo cambia de un mes al siguiente lo que pagan los mejores pagadores, primero la mayor subida
-- parameters: customers = 10
with best as (
    select customer_id, sum(amount) as revenue
    from shop.fact_payment
    group by customer_id
    order by revenue desc, customer_id
    limit cast($customers as bigint)
),

months as (
    select distinct month_begins_on from shop.dim_date
    where day between (select min(paid_on) from shop.fact_payment) and (select max(paid_on) from shop.fact_payment)
),

paid as (
    select b.customer_id, m.month_begins_on, coalesce(sum(p.amount), 0) as revenue
    from best as b
    cross join months as m
    left join (
        select f.customer_id, d.month_begins_on, f.amount
        from shop.fact_payment as f
        join shop.dim_date as d on d.day = f.paid_on
    ) as p on p.customer_id = b.customer_id and p.month_begins_on = m.month_begins_on
    group by b.customer_id, m.month_begins_on
),

changed as (
    select
        customer_id,
        month_begins_on,
        revenue,
        lag(revenue) over (partition by customer_id order by month_begins_on) as revenue_before
    from paid
)

select
    n.customer_id,
    concat_ws(' ', c.first_name, c.last_name) as customer,
    n.month_begins_on,
    cast(n.revenue_before as double precision) as revenue_before,
    cast(n.revenue as double precision) as revenue,
    cast(n.revenue - n.revenue_before as double precision) as change
from changed as n
join shop.dim_customer as c on c.customer_id = n.customer_id and c.is_current
where n.revenue_before is not null
order by change desc, n.customer_id, n.month_begins_on
