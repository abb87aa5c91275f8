-- What is known: for each column of the films, how many films have it.
-- key: column_name
--
-- Unknown is null, never zero: a film whose budget TMDB writes as 0 has none here.
with known as (
    select
        count(*) as films,
        count(title) as title,
        count(original_title) as original_title,
        count(original_language) as original_language,
        count(overview) as overview,
        count(release_date) as release_date,
        count(release_year) as release_year,
        count(status) as status,
        count(budget_usd) as budget_usd,
        count(revenue_usd) as revenue_usd,
        count(runtime_min) as runtime_min,
        count(popularity) as popularity,
        count(popularity_at) as popularity_at,
        count(popularity_percentile) as popularity_percentile,
        count(popularity_level) as popularity_level,
        count(vote_average) as vote_average,
        count(vote_count) as vote_count,
        count(rating_level) as rating_level,
        count(roi) as roi,
        count(is_profitable) as is_profitable,
        count(is_adult) as is_adult,
        count(imdb_id) as imdb_id,
        count(poster_path) as poster_path,
        count(collection_id) as collection_id,
        count(fetched_at) as fetched_at
    from movies
    where not is_removed
),

counted (column_number, column_name, films, films_known) as (
    select 1, 'title', films, title from known
    union all
    select 2, 'original_title', films, original_title from known
    union all
    select 3, 'original_language', films, original_language from known
    union all
    select 4, 'overview', films, overview from known
    union all
    select 5, 'release_date', films, release_date from known
    union all
    select 6, 'release_year', films, release_year from known
    union all
    select 7, 'status', films, status from known
    union all
    select 8, 'budget_usd', films, budget_usd from known
    union all
    select 9, 'revenue_usd', films, revenue_usd from known
    union all
    select 10, 'runtime_min', films, runtime_min from known
    union all
    select 11, 'popularity', films, popularity from known
    union all
    select 12, 'popularity_at', films, popularity_at from known
    union all
    select 13, 'popularity_percentile', films, popularity_percentile from known
    union all
    select 14, 'popularity_level', films, popularity_level from known
    union all
    select 15, 'vote_average', films, vote_average from known
    union all
    select 16, 'vote_count', films, vote_count from known
    union all
    select 17, 'rating_level', films, rating_level from known
    union all
    select 18, 'roi', films, roi from known
    union all
    select 19, 'is_profitable', films, is_profitable from known
    union all
    select 20, 'is_adult', films, is_adult from known
    union all
    select 21, 'imdb_id', films, imdb_id from known
    union all
    select 22, 'poster_path', films, poster_path from known
    union all
    select 23, 'collection_id', films, collection_id from known
    union all
    select 24, 'fetched_at', films, fetched_at from known
)

select
    column_number,
    column_name,
    films,
    films_known,
    cast(films_known as double precision) / nullif(films, 0) as share_known
from counted
order by column_number
