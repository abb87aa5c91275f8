-- Which traits of films earn at the counter: revenue per copy and day against the mean of the linked films.
-- key: trait, value
--
-- Of the shop's films that were found in the catalogue and that it has copies of; traits are the catalogue's, but for
-- the shop's own rating. A day is one on which anything was rented or returned. A film counts in each of its genres.
-- Index: revenue per copy and day of the trait's films, of that of all linked films; 1 is the mean. Shrunk index: with
-- five films added at the mean, so that few films say little. Where no payments are known only rentals are compared.
-- A trait goes with what it earns; that does not say that it is why.
with stocked as (
    select film_id, count(*) as copies from shop.dim_copy where film_id is not null group by film_id
),

rented as (
    select film_id, count(*) as rentals from shop.fact_rental group by film_id
),

paid as (
    select film_id, sum(amount) as revenue from shop.fact_payment group by film_id
),

known as (
    select
        count(*) filter (where is_trading) as trading_days,
        (select count(*) from (select 1 from shop.fact_payment limit 1) as p) > 0 as has_payments
    from shop.dim_date
),

films as (
    select
        f.film_id,
        f.rating,
        m.film_id as catalogue_film_id,
        m.release_year,
        m.budget_usd,
        m.runtime_min,
        m.original_language,
        m.collection_id,
        m.popularity_level,
        case when m.vote_count > 0 then m.vote_average end as vote_average,
        case when m.vote_count > 0 then m.vote_count end as vote_count,
        s.copies,
        coalesce(r.rentals, 0) as rentals,
        case when k.has_payments then coalesce(p.revenue, 0) end as revenue
    from shop.dim_film as f
    cross join known as k
    join movies as m on m.film_id = f.catalogue_film_id and not m.is_removed
    join stocked as s on s.film_id = f.film_id
    left join rented as r on r.film_id = f.film_id
    left join paid as p on p.film_id = f.film_id
),

-- Bands are told with the number that they begin with, so that they can be put in order.
traits (film_id, trait, value) as (
    select f.film_id, 'genre', g.name
    from films as f
    join movie_genres as l on l.film_id = f.catalogue_film_id
    join genres as g on g.genre_id = l.genre_id
    union
    select film_id, 'rating', rating from films
    union
    select film_id, 'decade', cast(release_year - release_year % 10 as text) from films
    union
    select
        film_id,
        'budget_usd',
        case
            when budget_usd < 10000000 then 'under 10 million'
            when budget_usd < 50000000 then '10 to 50 million'
            when budget_usd < 100000000 then '50 to 100 million'
            when budget_usd >= 100000000 then '100 million and more'
        end
    from films
    union
    select
        film_id,
        'runtime_min',
        case
            when runtime_min < 90 then 'under 90'
            when runtime_min < 120 then '90 to 119'
            when runtime_min >= 120 then '120 and more'
        end
    from films
    union
    select
        film_id,
        'vote_average',
        case
            when vote_average < 5 then 'under 5'
            when vote_average < 6 then '5 to 6'
            when vote_average < 7 then '6 to 7'
            when vote_average < 8 then '7 to 8'
            when vote_average >= 8 then '8 and more'
        end
    from films
    union
    select
        film_id,
        'vote_count',
        case
            when vote_count < 100 then 'under 100'
            when vote_count < 1000 then '100 to 999'
            when vote_count >= 1000 then '1000 and more'
        end
    from films
    union
    select film_id, 'popularity_level', popularity_level from films
    union
    select film_id, 'language', case when original_language = 'en' then 'en' else 'other' end
    from films
    where original_language is not null
    union
    select film_id, 'franchise', case when collection_id is null then 'no' else 'yes' end from films
),

summed as (
    select
        t.trait,
        t.value,
        count(*) as films,
        cast(sum(f.copies) as bigint) as copies,
        cast(sum(f.rentals) as bigint) as rentals,
        cast(sum(f.revenue) as double precision) as revenue
    from traits as t
    join films as f on f.film_id = t.film_id
    where t.value is not null
    group by t.trait, t.value
),

shop as (
    select
        cast(sum(f.copies) as double precision) as copies,
        cast(sum(f.rentals) as double precision) as rentals,
        cast(sum(f.revenue) as double precision) as revenue,
        max(k.trading_days) as trading_days
    from films as f
    cross join known as k
),

measured as (
    select
        t.*,
        t.revenue / nullif(t.copies * s.trading_days, 0) as revenue_per_copy_day,
        cast(t.rentals as double precision) / nullif(t.copies * s.trading_days, 0) as rentals_per_copy_day,
        t.revenue / t.copies / nullif(s.revenue / s.copies, 0) as revenue_index,
        t.rentals / cast(t.copies as double precision) / nullif(s.rentals / s.copies, 0) as rentals_index
    from summed as t
    cross join shop as s
)

select
    trait,
    value,
    films,
    copies,
    rentals,
    revenue,
    revenue_per_copy_day,
    rentals_per_copy_day,
    revenue_index,
    rentals_index,
    (films * revenue_index + 5) / (films + 5) as shrunk_revenue_index,
    (films * rentals_index + 5) / (films + 5) as shrunk_rentals_index
from measured
order by trait, shrunk_revenue_index desc nulls last, shrunk_rentals_index desc nulls last, value
