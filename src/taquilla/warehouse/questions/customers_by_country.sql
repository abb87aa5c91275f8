-- en: How many customers live in each country, and what they paid
-- es: Cuántos clientes viven en cada país, y lo que pagaron
with paid as (
    select customer_id, sum(amount) as revenue from shop.fact_payment group by customer_id
)

select c.country, count(*) as customers, cast(sum(p.revenue) as double precision) as revenue
from shop.dim_customer as c
left join paid as p on p.customer_id = c.customer_id
where c.is_current
group by c.country
order by customers desc, c.country nulls last
