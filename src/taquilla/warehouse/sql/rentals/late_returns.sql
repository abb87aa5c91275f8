-- How late films come back, by store and category, and what is overdue.
-- key: store_id, category
--
-- A film counts in the first of its categories by name. Late: later than the days that the film may be kept, counted in
-- calendar days; mean and median are of the late ones. Overdue: still out after its due day, on the last day in the data.
with rented as (
    select
        r.store_id,
        f.category,
        r.is_open,
        r.is_late,
        case when r.is_late then r.days_late end as days_late,
        r.is_open and r.rented_on + cast(f.rental_duration_days as integer) < (select max(day) from shop.dim_date)
            as is_overdue
    from shop.fact_rental as r
    left join shop.dim_film as f on f.film_id = r.film_id
)

select
    store_id,
    category,
    count(*) as rentals,
    count(is_late) as rentals_with_due_day,
    count(*) filter (where is_late) as rentals_late,
    cast(count(*) filter (where is_late) as double precision) / nullif(count(is_late), 0) as late_share,
    cast(sum(days_late) as double precision) / nullif(count(days_late), 0) as mean_days_late,
    percentile_cont(0.5) within group (order by days_late) as median_days_late,
    count(*) filter (where is_open) as rentals_open,
    count(*) filter (where is_overdue) as rentals_overdue
from rented
group by store_id, category
order by store_id nulls last, category nulls last
