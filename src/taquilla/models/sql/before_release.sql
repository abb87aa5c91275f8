-- What is known of the subjects before their release; of earlier films, only those released strictly before.
-- A date of 1 January may stand for a year alone: as history such a film counts from the year's end on.
-- A film that was not out yet when the warehouse last heard of any is nobody's history.
-- Decimals, because their sums are the same in any order; those of floats differ in the last digits.
film as (
    select
        film_id,
        case
            when extract(month from release_date) = 1 and extract(day from release_date) = 1
            then make_date(release_year, 12, 31)
            else release_date
        end as settled_date,
        cast(ln(1 + popularity) as decimal(18, 9)) as log_popularity,
        cast(vote_average as decimal(18, 9)) as rating,
        cast(ln(revenue_usd) as decimal(18, 9)) as log_revenue,
        cast(ln(budget_usd) as decimal(18, 9)) as log_budget
    from movies
    where not is_removed and release_date <= (select cast(max(fetched_at) at time zone 'UTC' as date) from movies)
),
film_member as (
    select film_id, 'director' as role, person_id as member_id from movie_directors
    union
    select film_id, 'cast', person_id from movie_actors where cast_order < 10
    union
    select film_id, 'company', company_id from movie_production_companies
    union
    select film_id, 'collection', collection_id from movies where collection_id is not null
),
credit as (
    select p.role, p.member_id, f.* from film_member as p join film as f on f.film_id = p.film_id
),
-- The mean of all films released before a day: what a short history is drawn towards.
day as (
    select day, sum(popularities) as popularities, sum(popularity) as popularity, sum(ratings) as ratings,
        sum(rating) as rating
    from (
        select settled_date as day, count(log_popularity) as popularities, sum(log_popularity) as popularity,
            count(rating) as ratings, sum(rating) as rating
        from film
        group by settled_date
        union all
        select distinct release_date, 0, 0, 0, 0 from subject
    ) as part
    group by day
),
usual as (
    select
        day,
        cast(sum(popularity) over earlier as double precision) / nullif(sum(popularities) over earlier, 0)
            as log_popularity,
        cast(sum(rating) over earlier as double precision) / nullif(sum(ratings) over earlier, 0) as rating
    from day
    window earlier as (order by day rows between unbounded preceding and 1 preceding)
),
wanted as (
    select distinct m.role, m.member_id, s.release_date
    from subject_member as m
    join subject as s on s.film_id = m.film_id
),
member as (
    select
        w.role,
        w.member_id,
        w.release_date,
        count(f.film_id) as films,
        count(f.log_popularity) as popularities,
        sum(f.log_popularity) as log_popularity,
        max(f.log_popularity) as best_log_popularity,
        count(f.rating) as ratings,
        sum(f.rating) as rating,
        cast(avg(f.log_revenue) as decimal(18, 9)) as log_revenue,
        cast(avg(f.log_budget) as decimal(18, 9)) as log_budget
    from wanted as w
    left join credit as f
        on f.role = w.role and f.member_id = w.member_id and f.settled_date < w.release_date
    group by w.role, w.member_id, w.release_date
),
-- A history of n films counts n / (n + 2), the usual the rest; without any it is unknown.
history as (
    select
        s.film_id,
        m.role,
        count(*) as members,
        max(m.films) as films,
        exp(
            (cast(sum(m.log_popularity) as double precision) + 2 * max(u.log_popularity))
            / (nullif(sum(m.popularities), 0) + 2)
        ) - 1 as popularity,
        exp(
            max(
                (cast(m.log_popularity as double precision) + 2 * u.log_popularity)
                / (nullif(m.popularities, 0) + 2)
            )
        ) - 1 as top_popularity,
        exp(cast(max(m.best_log_popularity) as double precision)) - 1 as best_popularity,
        (cast(sum(m.rating) as double precision) + 2 * max(u.rating)) / (nullif(sum(m.ratings), 0) + 2) as rating,
        exp(cast(avg(m.log_revenue) as double precision)) as revenue_usd,
        exp(cast(avg(m.log_budget) as double precision)) as budget_usd
    from subject as s
    join subject_member as c on c.film_id = s.film_id
    join member as m on m.role = c.role and m.member_id = c.member_id and m.release_date = s.release_date
    join usual as u on u.day = s.release_date
    group by s.film_id, m.role
),
genre as (
    select film_id, array_agg(genre_id order by genre_id) as genres from subject_genre group by film_id
),
country as (
    select film_id, array_agg(country_code order by country_code) as countries, count(*) as country_count
    from subject_country
    group by film_id
),
dated as (
    select *, extract(month from release_date) = 1 and extract(day from release_date) = 1 as is_year_alone from subject
)
select
    s.film_id,
    case when s.is_year_alone then make_date(s.release_year, 12, 31) else s.release_date end as split_date,
    s.budget_usd,
    s.runtime_min,
    s.release_year,
    case when s.release_year is not null and not s.is_year_alone
        then cast(extract(month from s.release_date) as integer) end as release_month,
    case when s.release_year is not null and not s.is_year_alone
        then cast(extract(isodow from s.release_date) as integer) end as release_weekday,
    genre.genres,
    s.original_language,
    country.countries,
    country.country_count,
    company.members as company_count,
    director.films as director_films,
    director.popularity as director_popularity,
    director.best_popularity as director_best_popularity,
    director.rating as director_rating,
    director.revenue_usd as director_revenue_usd,
    director.budget_usd as director_budget_usd,
    actor.films as cast_films,
    actor.popularity as cast_popularity,
    actor.top_popularity as cast_top_popularity,
    actor.best_popularity as cast_best_popularity,
    actor.rating as cast_rating,
    actor.revenue_usd as cast_revenue_usd,
    actor.budget_usd as cast_budget_usd,
    company.films as company_films,
    company.popularity as company_popularity,
    company.top_popularity as company_top_popularity,
    company.best_popularity as company_best_popularity,
    company.rating as company_rating,
    company.revenue_usd as company_revenue_usd,
    company.budget_usd as company_budget_usd,
    -- A collection is made once there is a sequel: that a first film has one says how the film did.
    nullif(collection.films, 0) as collection_films,
    collection.popularity as collection_popularity
from dated as s
left join genre on genre.film_id = s.film_id
left join country on country.film_id = s.film_id
left join history as director on director.film_id = s.film_id and director.role = 'director'
left join history as actor on actor.film_id = s.film_id and actor.role = 'cast'
left join history as company on company.film_id = s.film_id and company.role = 'company'
left join history as collection on collection.film_id = s.film_id and collection.role = 'collection'
order by split_date, s.film_id
