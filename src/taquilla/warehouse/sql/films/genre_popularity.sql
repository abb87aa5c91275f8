-- Which genres are popular: films and popularity by genre.
-- key: genre_id
--
-- A film counts once in each of its genres. The percentile is comparable over time; the popularity itself is not.
with films as (
    select film_id, popularity, popularity_percentile
    from movies
    where not is_removed
)

select
    g.genre_id,
    g.name as genre,
    count(*) as films,
    count(f.popularity) as films_with_popularity,
    avg(f.popularity) as mean_popularity,
    percentile_cont(0.5) within group (order by f.popularity) as median_popularity,
    avg(f.popularity_percentile) as mean_popularity_percentile
from films as f
join movie_genres as m on m.film_id = f.film_id
join genres as g on g.genre_id = m.genre_id
group by g.genre_id, g.name
order by mean_popularity desc nulls last, g.genre_id
