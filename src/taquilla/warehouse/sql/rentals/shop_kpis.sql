-- How the shop does: rentals, revenue, customers, late returns, and how its copies are used, in one row.
-- key: rentals
--
-- As of the last day in the data, not of today's clock. Unknown is null: without payments there is no revenue, not 0.
-- Late share: of the returned rentals whose film says how long it may be kept. Days late: of the late ones.
-- Utilisation: days that copies were out and came back, of the days that they could have been out: copies times days on
-- which anything was rented or returned. Turns: rentals per copy. Payback: revenue per replacement cost of the copies.
with rented as (
    select
        count(*) as rentals,
        count(*) filter (where not r.is_open) as rentals_returned,
        count(*) filter (where r.is_open) as rentals_open,
        count(*) filter (where r.is_open and r.rented_on < (select max(day) from shop.dim_date) - 30)
            as rentals_open_over_30_days,
        count(*) filter (where d.is_artefact) as rentals_artefact,
        count(r.is_late) as rentals_with_due_day,
        count(*) filter (where r.is_late) as rentals_late,
        cast(sum(r.days_late) as double precision) as days_late,
        cast(sum(r.days_out) as double precision) as days_out
    from shop.fact_rental as r
    join shop.dim_date as d on d.day = r.rented_on
),

-- Grouped and then counted: PostgreSQL sorts all rows for a count of distinct values.
renting as (
    select
        count(*) as customers_with_rentals,
        count(*) filter (where last_rented_on > (select max(day) from shop.dim_date) - 90) as customers_active_90_days
    from (select customer_id, max(rented_on) as last_rented_on from shop.fact_rental group by customer_id) as c
),

paying as (
    select count(*) as customers_with_payments
    from (select customer_id from shop.fact_payment group by customer_id) as c
),

paid as (
    select
        count(*) as payments,
        cast(sum(amount) as double precision) as revenue,
        count(*) filter (where rental_id is null) as payments_without_rental,
        count(*) filter (where amount = 0) as payments_of_zero
    from shop.fact_payment
),

stocked as (
    select
        count(*) as copies,
        count(distinct c.film_id) as films_stocked,
        case when count(*) = count(f.replacement_cost) then cast(sum(f.replacement_cost) as double precision) end
            as replacement_cost
    from shop.dim_copy as c
    left join shop.dim_film as f on f.film_id = c.film_id
),

days as (
    select max(day) as as_of_date, min(day) as first_date, count(*) filter (where is_trading) as trading_days
    from shop.dim_date
)

select
    d.first_date,
    d.as_of_date,
    d.trading_days,
    r.rentals,
    r.rentals_returned,
    r.rentals_open,
    r.rentals_open_over_30_days,
    r.rentals_artefact,
    (select count(*) from shop.dim_store) as stores,
    (select count(*) from shop.dim_film) as films,
    s.films_stocked,
    s.copies,
    (select count(*) from shop.dim_customer where is_current) as customers,
    c.customers_with_rentals,
    c.customers_active_90_days,
    nullif(p.payments, 0) as payments,
    p.revenue,
    p.revenue / nullif(y.customers_with_payments, 0) as revenue_per_customer,
    p.revenue / nullif(p.payments, 0) as revenue_per_payment,
    case when p.payments > 0 then p.payments_without_rental end as payments_without_rental,
    case when p.payments > 0 then p.payments_of_zero end as payments_of_zero,
    cast(r.rentals_late as double precision) / nullif(r.rentals_with_due_day, 0) as late_share,
    r.days_late / nullif(r.rentals_late, 0) as mean_days_late,
    r.days_out / nullif(r.rentals_returned, 0) as mean_days_out,
    r.days_out / nullif(s.copies * d.trading_days, 0) as utilisation,
    cast(r.rentals as double precision) / nullif(s.copies, 0) as turns,
    p.revenue / nullif(s.replacement_cost, 0) as payback
from rented as r
cross join renting as c
cross join paying as y
cross join paid as p
cross join stocked as s
cross join days as d
