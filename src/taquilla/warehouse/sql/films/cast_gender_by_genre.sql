-- Who plays the leads: women, men and non-binary people among the first five billed, by genre.
-- key: genre_id
--
-- A person counts once a film, whatever the number of characters, and once in each of the film's genres.
-- Films: those where the gender of at least one lead is known. Unknown: leads of any film whose gender TMDB does not
-- tell; the share of women is of the known.
with leads as (
    select distinct film_id, person_id
    from movie_actors
    where cast_order < 5
),

credited as (
    select l.film_id, g.genre_id, p.gender
    from leads as l
    join people as p on p.person_id = l.person_id
    join movies as m on m.film_id = l.film_id
    join movie_genres as g on g.film_id = l.film_id
    where not m.is_removed
)

select
    g.genre_id,
    g.name as genre,
    count(distinct c.film_id) filter (where c.gender is not null) as films,
    count(*) filter (where c.gender = 1) as women,
    count(*) filter (where c.gender = 2) as men,
    count(*) filter (where c.gender = 3) as non_binary,
    count(*) filter (where c.gender is null) as unknown,
    cast(count(*) filter (where c.gender = 1) as double precision) / nullif(count(c.gender), 0) as share_women
from credited as c
join genres as g on g.genre_id = c.genre_id
group by g.genre_id, g.name
order by share_women desc nulls last, g.genre_id
