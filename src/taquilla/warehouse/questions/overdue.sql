-- en: Who has a film that is overdue on a day, with the telephone number to call
-- es: Quién tiene una película fuera de plazo en un día, con el teléfono al que llamar
-- parameters: day = last
--
-- "last" is the last day in the data.
with asked as (
    select coalesce(cast(nullif(cast($day as text), 'last') as date), max(day)) as day from shop.dim_date
)

select
    concat_ws(' ', c.first_name, c.last_name) as customer,
    c.phone,
    f.title as film,
    r.store_id,
    r.rented_on,
    r.rented_on + cast(f.rental_duration_days as integer) as due_on,
    a.day - r.rented_on - cast(f.rental_duration_days as integer) as days_overdue
from shop.fact_rental as r
cross join asked as a
join shop.dim_film as f on f.film_id = r.film_id
join shop.dim_customer as c on c.customer_id = r.customer_id and c.is_current
where r.is_open and r.rented_on + cast(f.rental_duration_days as integer) < a.day
order by days_overdue desc, customer nulls last, r.rental_id
