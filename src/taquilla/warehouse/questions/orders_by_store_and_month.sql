-- en: Rentals of each store in each month
-- es: Alquileres de cada tienda en cada mes
select d.year, d.month, r.store_id, count(*) as rentals
from shop.fact_rental as r
join shop.dim_date as d on d.day = r.rented_on
group by d.year, d.month, r.store_id
order by d.year, d.month, r.store_id nulls last
