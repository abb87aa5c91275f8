-- en: The customers who paid most, and what they paid in each month
-- es: Los clientes que más pagaron, y lo que pagaron en cada mes
-- parameters: customers = 10
with best as (
    select customer_id, sum(amount) as revenue
    from shop.fact_payment
    group by customer_id
    order by revenue desc, customer_id
    limit cast($customers as bigint)
)

select
    b.customer_id,
    concat_ws(' ', c.first_name, c.last_name) as customer,
    d.month_begins_on,
    count(*) as payments,
    cast(sum(p.amount) as double precision) as revenue,
    cast(b.revenue as double precision) as revenue_in_all
from best as b
join shop.dim_customer as c on c.customer_id = b.customer_id and c.is_current
join shop.fact_payment as p on p.customer_id = b.customer_id
join shop.dim_date as d on d.day = p.paid_on
group by b.customer_id, b.revenue, c.first_name, c.last_name, d.month_begins_on
order by b.revenue desc, b.customer_id, d.month_begins_on
