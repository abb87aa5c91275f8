-- en: Payments that are for no rental
-- es: Pagos que no son por ningún alquiler
select p.payment_id, p.paid_at, p.customer_id, p.staff_id, cast(p.amount as double precision) as amount
from shop.fact_payment as p
where p.rental_id is null
order by p.payment_id
