-- The hundred customers who paid most, or rented most where no payments are known: ids, no names.
-- key: customer_id
with rented as (
    select
        customer_id,
        count(*) as rentals,
        count(*) filter (where is_open) as rentals_open,
        count(is_late) as rentals_with_due_day,
        count(*) filter (where is_late) as rentals_late,
        min(rented_on) as first_rented_on,
        max(rented_on) as last_rented_on
    from shop.fact_rental
    group by customer_id
),

paid as (
    select customer_id, sum(amount) as revenue from shop.fact_payment group by customer_id
),

known as (
    select count(*) > 0 as has_payments from (select 1 from shop.fact_payment limit 1) as p
),

ranked as (
    select
        row_number() over (order by p.revenue desc nulls last, coalesce(r.rentals, 0) desc, c.customer_id) as rank,
        c.customer_id,
        c.store_id,
        c.country,
        coalesce(r.rentals, 0) as rentals,
        case when k.has_payments then cast(coalesce(p.revenue, 0) as double precision) end as revenue,
        coalesce(r.rentals_open, 0) as rentals_open,
        cast(r.rentals_late as double precision) / nullif(r.rentals_with_due_day, 0) as late_share,
        r.first_rented_on,
        r.last_rented_on
    from shop.dim_customer as c
    cross join known as k
    left join rented as r on r.customer_id = c.customer_id
    left join paid as p on p.customer_id = c.customer_id
    where c.is_current and (r.rentals is not null or p.revenue is not null)
)

select * from ranked
where rank <= 100
order by rank
