-- How tastes moved: the share of each decade's films that belong to a genre.
-- key: decade, genre_id
--
-- The share is of the decade's films with a known genre; a film has several, so that the shares add up to more than 1.
with films as (
    select film_id, release_year - release_year % 10 as decade
    from movies
    where not is_removed and release_year is not null
),

labelled as (
    select f.film_id, f.decade, m.genre_id
    from films as f
    join movie_genres as m on m.film_id = f.film_id
),

decades as (
    select decade, count(distinct film_id) as films
    from labelled
    group by decade
)

select
    l.decade,
    g.genre_id,
    g.name as genre,
    count(*) as films,
    d.films as films_with_genre,
    cast(count(*) as double precision) / d.films as share_of_films
from labelled as l
join decades as d on d.decade = l.decade
join genres as g on g.genre_id = l.genre_id
group by l.decade, g.genre_id, g.name, d.films
order by l.decade, share_of_films desc, g.genre_id
