-- Whose features are wanted: one film that is not in the warehouse, given by parameters. Without a date it comes after all.
subject as (
    select
        cast(0 as bigint) as film_id,
        coalesce(cast($release_date as date), date '9999-12-31') as release_date,
        cast(extract(year from cast($release_date as date)) as integer) as release_year,
        cast($budget_usd as bigint) as budget_usd,
        cast($runtime_min as integer) as runtime_min,
        cast($original_language as text) as original_language
),
subject_genre as (
    select cast(0 as bigint) as film_id, unnest(cast($genre_ids as bigint[])) as genre_id
),
subject_country as (
    select cast(0 as bigint) as film_id, unnest(cast($country_codes as text[])) as country_code
),
subject_member as (
    select cast(0 as bigint) as film_id, 'director' as role, unnest(cast($director_ids as bigint[])) as member_id
    union
    select cast(0 as bigint), 'cast', unnest(cast($cast_ids as bigint[]))
    union
    select cast(0 as bigint), 'company', unnest(cast($company_ids as bigint[]))
    union
    select cast(0 as bigint), 'collection', unnest(cast($collection_ids as bigint[]))
)
