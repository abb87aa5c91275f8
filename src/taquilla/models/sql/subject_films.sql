-- Whose features are wanted: every film that is not removed and was out when the warehouse last heard of any.
subject as (
    select film_id, release_date, release_year, budget_usd, runtime_min, original_language
    from movies
    where not is_removed and release_date <= (select cast(max(fetched_at) at time zone 'UTC' as date) from movies)
),
subject_genre as (
    select film_id, genre_id from movie_genres
),
subject_country as (
    select film_id, country_code from movie_countries
),
subject_member as (
    select film_id, 'director' as role, person_id as member_id from movie_directors
    union
    select film_id, 'cast', person_id from movie_actors where cast_order < 5
    union
    select film_id, 'company', company_id from movie_production_companies
    union
    select film_id, 'collection', collection_id from movies where collection_id is not null
)
